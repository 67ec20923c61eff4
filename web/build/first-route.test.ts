import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { LOCALES } from '@kartotek/sdk'

const dist = join(import.meta.dirname, '../dist')
const manifest = join(dist, '.vite/manifest.json')
type Manifest = Record<string, { file: string, name?: string, imports?: string[] }>

/** What a browser loads before it shows a list, in kB of gzip: the entry, the frame of the app, the list, a language. */
function firstRoute(chunks: Manifest, locale: string): number {
  const needed = new Set<string>()
  const take = (key: string): void => {
    if (needed.has(key)) return
    needed.add(key)
    chunks[key]!.imports?.forEach(take)
  }
  const named = (name: string): string => Object.keys(chunks).find(key => chunks[key]!.name === name)!
  for (const key of [named('start'), named('frame'), 'src/shell/AppShell.vue', 'src/records/ObjectView.vue', `src/i18n/locales/${locale}.json`]) take(key)
  const files = [...needed].map(key => chunks[key]!.file).filter(file => file.endsWith('.js'))
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file))).length, 0) / 1000
}

// `npm test` builds the app first; a single run of this file may come before that.
it.runIf(existsSync(manifest)).each(LOCALES)('the first route loads at most 300 kB of scripts, in %s', (locale) => {
  expect(firstRoute(JSON.parse(readFileSync(manifest, 'utf8')) as Manifest, locale)).toBeLessThanOrEqual(300)
})
