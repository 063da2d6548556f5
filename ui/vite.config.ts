// Builds the single-page app; in development the API comes from a real or a fixture server on port 8099.

import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

const api = process.env['SECUMON_API'] ?? 'http://localhost:8099'

export default defineConfig({
  plugins: [svelte()],
  preview: { proxy: { '/api': { target: api } } },
  server: { port: 5173, proxy: { '/api': { target: api } } },
  build: {
    target: 'es2022',
    manifest: true,
    sourcemap: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 400,
  },
})
