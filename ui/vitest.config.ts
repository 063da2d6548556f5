// Tests of the data shaping: pure TypeScript, no browser.

import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['src/**/*.test.ts'], environment: 'node' } })
