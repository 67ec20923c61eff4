/**
 * What the build of a web part imports.
 * @module @kartotek/sdk/vite
 */
import { createHash } from 'node:crypto'
import vue from '@vitejs/plugin-vue'
import { esmExternalRequirePlugin, type PluginOption } from 'vite'

/**
 * Modules that the app gives to the web parts of plugins, so that there is one instance of each.
 *
 * @example
 * // A bundler of one's own, in place of the preset: these are left to the import map of the page.
 * import { SHARED_MODULES } from '@kartotek/sdk/vite'
 *
 * export const external = (id: string): boolean => SHARED_MODULES.includes(id)
 */
export const SHARED_MODULES: readonly string[] = ['vue', 'vue-router', 'vue-i18n', '@kartotek/sdk/web']

/** What {@link kartotekPlugin} needs to know. */
export interface WebPartOptions {
  /** Id of the plugin. */
  id: string
  /** Module with the `defineWebPlugin`, beside the configuration. @defaultValue `index.ts` */
  entry?: string
}

/**
 * Builds the web part of a plugin as the app loads it: `dist/index.js`, its parts with hashes in their names, and
 * `dist/manifest.json`, in which the server finds its styles. Brings the plugin for Vue files.
 *
 * @example
 * // web/vite.config.ts
 * import { kartotekPlugin } from '@kartotek/sdk/vite'
 * import { defineConfig } from 'vite'
 *
 * export default defineConfig({ plugins: [kartotekPlugin({ id: 'telephony' })] })
 */
export function kartotekPlugin({ id, entry = 'index.ts' }: WebPartOptions): PluginOption[] {
  return [
    // Two plugins may both have a Tab.vue: the scope of its styles must differ.
    vue({ features: { componentIdGenerator: (path, source, isProduction) => createHash('sha256').update(`${id}:${path}${isProduction ? source : ''}`).digest('hex').slice(0, 8) } }),
    {
      name: 'kartotek:web-part',
      config: () => ({
        // Parts are found beside the module that asks for them, wherever the app serves it.
        base: './',
        publicDir: false as const,
        // The whole page has one Vue with these features.
        define: { 'process.env.NODE_ENV': '"production"' },
        build: {
          outDir: 'dist', emptyOutDir: true, target: 'es2023', manifest: 'manifest.json', cssCodeSplit: true, modulePreload: { polyfill: false }, reportCompressedSize: false,
          rolldownOptions: {
            input: { index: entry },
            // Also for `require` inside CommonJS dependencies.
            plugins: [esmExternalRequirePlugin({ external: [...SHARED_MODULES] })],
            preserveEntrySignatures: 'strict' as const,
            output: { format: 'es' as const, entryFileNames: 'index.js', chunkFileNames: 'parts/[name]-[hash].js', assetFileNames: 'assets/[name]-[hash][extname]' },
          },
        },
      }),
    },
  ]
}
