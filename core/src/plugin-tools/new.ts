import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packForAuthors } from '../cli/sdk.command.ts'
import { UsageError, type Io } from '../cli/command.ts'
import { StartError } from '../database/errors.ts'
import { camelId, ID, pascalId } from '../plugins/names.ts'

const TEMPLATE = fileURLToPath(new URL('../../templates/plugin', import.meta.url))

/** `kartotek plugin new ID [FOLDER]`: a small whole plugin under the id, ready to be tested and run. */
export async function newPlugin([id, folder, ...more]: string[], io: Io): Promise<void> {
  if (!id || more.length) throw new UsageError('Give the id of the plugin, and a folder if it is not to be called the same.')
  if (!ID.test(id) || id.length > 40) throw new UsageError(`The id ${JSON.stringify(id)} is not kebab-case with at most 40 characters: write it like "voice-mail".`)
  const target = resolve(io.cwd, folder ?? id)
  if (existsSync(target) && readdirSync(target).length) throw new StartError(`${target} is not empty: give another folder.`)
  mkdirSync(target, { recursive: true })
  cpSync(TEMPLATE, target, { recursive: true, filter: (path) => !/\/(node_modules|dist)(\/|$)/.test(path.slice(TEMPLATE.length)) })
  renameSync(join(target, 'gitignore'), join(target, '.gitignore'))
  for (const path of readdirSync(target, { recursive: true, withFileTypes: true })) {
    if (path.isFile()) rename(join(path.parentPath, path.name), id)
  }
  io.err('Packing the SDK for it …')
  const vendor = join(target, 'vendor')
  mkdirSync(vendor)
  for (const [name, file] of Object.entries(packForAuthors(vendor))) renameSync(file, join(vendor, name))
  io.out(`${target}: the plugin ${id}. Go on with its README.md.`)
}

/** `door-bell` → `Door bell`. */
function titleOf(id: string): string {
  const words = id.replaceAll('-', ' ')
  return words[0]!.toUpperCase() + words.slice(1)
}

/** The names of the template, in contents and in the file's own. */
function rename(file: string, id: string): void {
  const named = (text: string): string => text.replaceAll('my-plugin', id).replaceAll('myPlugin', camelId(id)).replaceAll('MyPlugin', pascalId(id)).replaceAll('My plugin', titleOf(id))
  writeFileSync(file, named(readFileSync(file, 'utf8')))
  const name = file.split('/').at(-1)!
  if (named(name) !== name) renameSync(file, join(file, '..', named(name)))
}
