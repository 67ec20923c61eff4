import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import type { Plugin, ResolvedConfig } from 'vite'

/** Modules that plugins share with the app: bare specifier → entry file of the app's own build. */
export const SHARED: Record<string, string> = {
  'vue': 'src/shared/vue.ts',
  'vue-router': 'src/shared/vue-router.ts',
  'vue-i18n': 'src/shared/vue-i18n.ts',
  '@kartotek/sdk/web': 'src/sdk/web.ts',
}

/**
 * Makes every shared module an entry of the build and writes an import map for them into index.html.
 * The app itself imports them the ordinary way: app and entry share one chunk, so there is one instance of each.
 */
export function sharedModules(): Plugin {
  let config: ResolvedConfig
  return {
    name: 'kartotek:shared-modules',
    config: (_config, { command }) => command !== 'build' ? {} : {
      build: {
        rolldownOptions: {
          input: {
            index: 'index.html',
            ...Object.fromEntries(Object.entries(SHARED).map(([name, file]) => [`shared-${name.replace(/[@/]/g, '_')}`, resolve(file)])),
          },
          preserveEntrySignatures: 'strict',
        },
      },
    },
    configResolved(resolved) { config = resolved },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const imports: Record<string, string> = {}
        for (const [name, file] of Object.entries(SHARED)) {
          if (!bundle) {
            imports[name] = config.base + file
            continue
          }
          const path = resolve(file)
          const chunk = Object.values(bundle).find(c => c.type === 'chunk' && c.isEntry && c.facadeModuleId === path)
          if (!chunk) throw new Error(`The build made no chunk for the shared module ${name}.`)
          imports[name] = config.base + chunk.fileName
        }
        // A plugin under its own Vite server imports kartotek://shared/…, which Vite leaves alone and the page resolves.
        for (const [name, url] of Object.entries(imports)) imports[`kartotek://shared/${name}`] = url
        return [{ tag: 'script', attrs: { type: 'importmap' }, children: JSON.stringify({ imports }), injectTo: 'head-prepend' }]
      },
    },
    // The inline import map needs its hash in the Content-Security-Policy; the server computes the same from index.html.
    writeBundle(_options, bundle) {
      const html = bundle['index.html']
      if (html?.type !== 'asset') return
      const map = /<script type="importmap"[^>]*>([\s\S]*?)<\/script>/.exec(String(html.source))?.[1]
      if (map) this.info(`import map CSP hash: 'sha256-${createHash('sha256').update(map).digest('base64')}'`)
    },
  }
}
