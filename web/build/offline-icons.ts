import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Plugin } from 'vite'

/**
 * Serves the lucide icon set at `/icons/lucide.json`, in development and in the build. Icons named in the sources are
 * bundled; only icons that an admin chooses for an object are read from here, so that none ever comes from outside.
 */
export function offlineIcons(): Plugin {
  const read = () => readFileSync(createRequire(import.meta.url).resolve('@iconify-json/lucide/icons.json'))
  return {
    name: 'kartotek:offline-icons',
    configureServer(server) {
      server.middlewares.use('/icons/lucide.json', (_request, response) => {
        response.setHeader('content-type', 'application/json').end(read())
      })
    },
    generateBundle() { this.emitFile({ type: 'asset', fileName: 'icons/lucide.json', source: read() }) },
  }
}
