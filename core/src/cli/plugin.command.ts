import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { StartError } from '../database/index.ts'
import { SDK_VERSION } from '../plugins/discovery.ts'
import { loadPlugin, locate } from '../plugins/load.ts'
import { checkManifest } from '../plugins/manifest.ts'
import { MANIFEST_FILE, manifestOf, packageFolder } from '../plugins/static-manifest.ts'
import { PluginError } from '../plugins/state.ts'
import { UsageError, type Command, type Io } from './command.ts'
import { packageActions } from './plugin-packages.ts'

/** What authors of plugins use; each is loaded when it is called. */
const TOOLS = {
  new: async () => (await import('../plugin-tools/new.ts')).newPlugin,
  dev: async () => (await import('../plugin-tools/dev.ts')).devPlugin,
  test: async () => (await import('../plugin-tools/test.ts')).testPlugin,
} satisfies Record<string, () => Promise<(args: string[], io: Io) => Promise<number | void>>>

export const plugin: Command = {
  name: 'plugin',
  usage: 'new ID [FOLDER] | dev [FOLDER] [--demo] | test [FOLDER] | build [FOLDER] | list | log ID | add SPEC [--yes] | upgrade ID [SPEC] [--yes] | enable ID | disable ID | remove ID [--data keep|drop] [--yes] | plan SPEC|ID [--remove] | check TARBALL',
  summary: `Begin a plugin (new), run it at every change (dev), run its tests (test); write the ${MANIFEST_FILE} of a plugin; see, add and remove plugins; see what went wrong with one (log); show what that would change (plan); look through a package before it is published (check). SPEC is name@version in a registry, or a tarball.`,
  async run(args, io) {
    const tool = Object.hasOwn(TOOLS, args[0] ?? '') ? await TOOLS[args[0] as keyof typeof TOOLS]() : undefined
    if (tool) return tool(args.slice(1), io)
    const packages = Object.hasOwn(packageActions, args[0] ?? '') ? packageActions[args[0]!] : undefined
    if (packages) return packages(args.slice(1), io)
    const [action, folder, ...more] = words(args)
    if (more.length) throw new UsageError(`Too many words: ${more.join(' ')}.`)
    if (action === 'build') return build(folder ?? '.', io)
    throw new UsageError(action ? `${action}: words are missing or unknown.` : 'What to do is missing.')
  },
}

function words(args: string[]): string[] {
  try {
    return parseArgs({ args, allowPositionals: true, options: {} }).positionals
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function build(folder: string, io: Io): Promise<void> {
  const entry = resolve(io.cwd, folder)
  try {
    const definition = await loadPlugin(entry, io.cwd, 10_000)
    checkManifest(definition)
    const file = join(packageFolder(locate(entry, io.cwd)) ?? entry, MANIFEST_FILE)
    writeFileSync(file, `${JSON.stringify(manifestOf(definition, SDK_VERSION), null, 2)}\n`)
    io.out(`${file}: ${definition.id} ${definition.version}`)
  } catch (error) {
    if (error instanceof PluginError) throw new StartError(error.message)
    throw error
  }
}
