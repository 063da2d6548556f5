// Read by the editor, svelte-check and Vite.

/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default {}
