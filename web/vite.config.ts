import vue from '@vitejs/plugin-vue'
import ui from '@nuxt/ui/vite'
import { defineConfig } from 'vite'
import { offlineIcons } from './build/offline-icons.ts'
import { sharedModules } from './build/shared-modules.ts'

// In development the API comes from a running server: `KARTOTEK_SERVER=http://127.0.0.1:3000 npx vite`.
const server = process.env.KARTOTEK_SERVER ?? 'http://127.0.0.1:3000'
const proxied = ['/auth', '/uploads', '/contents', '/exports', '/health', '/plugins']

export default defineConfig({
  plugins: [
    vue(),
    ui({
      ui: {
        // A red button that waits for a confirmation must not look as if it could be pressed.
        button: { slots: { base: 'disabled:opacity-50 aria-disabled:opacity-50' } },
        // Long titles must not run below the cross, and what floats must stand out in the dark.
        modal: { slots: { header: 'pe-14' } },
        slideover: { slots: { header: 'pe-14' } },
        ...Object.fromEntries(['popover', 'dropdownMenu', 'select', 'selectMenu'].map(name => [name, { slots: { content: 'ring-accented' } }])),
        colors: { primary: 'teal', neutral: 'stone', warning: 'amber', error: 'red', success: 'emerald', info: 'sky' },
      },
      icon: { clientBundle: { scan: { globInclude: ['src/**/*.{vue,ts}'] } } },
    }),
    sharedModules(),
    offlineIcons(),
  ],
  define: { __INTLIFY_PROD_DEVTOOLS__: 'false', __VUE_I18N_LEGACY_API__: 'false' },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/graphql': { target: server, ws: true },
      ...Object.fromEntries(proxied.map(path => [path, { target: server }])),
    },
  },
  build: {
    manifest: true, modulePreload: { polyfill: false }, reportCompressedSize: false, target: 'es2023',
    // What every page needs, and what the frame and the lists need besides: one file each instead of ninety small ones, each of
    // which would cost a request and compress worse.
    rolldownOptions: { output: { codeSplitting: { groups: [
      { name: 'start', tags: ['$initial'], priority: 2 },
      { name: 'frame', test: /src[\\/](shell[\\/]AppShell|records[\\/]ObjectView)\.vue$/, priority: 1 },
    ] } } },
  },
})
