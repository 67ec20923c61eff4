import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { PluginError } from './state.ts'

/** The files that a plugin gives to the web app. */
export interface WebPart {
  folder: string
  /** Of all files: it stands in their addresses, so that browsers may keep them for ever. */
  hash: string
  /** Module of the plugin, in the folder. */
  entry: string
  /** Styles that the module needs from the start, in the folder. */
  css: string[]
}

/** `./web/dist/index.js`: in a folder of its own, so that nothing else of the package is served. */
const PATH = /^\.\/(?:[\w-][\w.-]*\/)+[\w-][\w.-]*\.js$/
const MOST_BYTES = 50 * 1024 * 1024

export function webProblems({ web }: { web?: string }): string[] {
  return web === undefined || PATH.test(web) ? [] : [`The web part ${JSON.stringify(web)} must be a module in a folder of the package that holds nothing else, such as "./web/dist/index.js".`]
}

/**
 * Reads what is to be served of a package.
 * @param web path of the module in the package
 * @throws PluginError where it was not built, or is too much
 */
export function readWebPart(packageFolder: string, web: string): WebPart {
  const file = join(packageFolder, web)
  if (!existsSync(file)) throw new PluginError(`There is no file ${web}: build the web part with \`vite build\`.`)
  const folder = dirname(file)
  const hash = createHash('sha256')
  let bytes = 0
  for (const path of filesOf(folder)) {
    const content = readFileSync(path)
    bytes += content.length
    if (bytes > MOST_BYTES) throw new PluginError(`The folder of ${web} holds more than ${MOST_BYTES / 1024 / 1024} MB.`)
    hash.update(relative(folder, path)).update('\0').update(content)
  }
  const entry = relative(folder, file)
  return { folder, hash: hash.digest('hex').slice(0, 16), entry, css: stylesOf(folder, entry) }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort()
}

type Chunks = Record<string, { file: string, css?: string[], imports?: string[] }>

/** Of the module and of what it imports at once; parts that are fetched later bring theirs themselves. */
function stylesOf(folder: string, entry: string): string[] {
  const file = join(folder, 'manifest.json')
  if (!existsSync(file)) return []
  const css = new Set<string>()
  try {
    const chunks = JSON.parse(readFileSync(file, 'utf8')) as Chunks
    const seen = new Set<string>()
    const take = (key: string): void => {
      if (seen.has(key)) return
      seen.add(key)
      chunks[key]?.imports?.forEach(take)
      chunks[key]?.css?.forEach((path) => css.add(path))
    }
    const start = Object.keys(chunks).find((key) => chunks[key]!.file === entry.split(sep).join('/'))
    if (start) take(start)
  } catch (error) {
    throw new PluginError('The manifest.json of its web part cannot be read: build it anew.', { cause: error })
  }
  return [...css]
}
