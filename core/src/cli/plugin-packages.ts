import { parseArgs } from 'node:util'
import { migrate, StartError, type Database } from '../database/index.ts'
import { migrations } from '../migrations.ts'
import { BUNDLED_PLUGINS } from '../plugins/entries.ts'
import { choices } from '../plugins/packages/choice.ts'
import { pluginLog } from '../plugins/log/plugin-log.ts'
import { addPackage, enablePlugin, manifestOfKept, planPackage, planRemoval, removePlugin, requirePackage, upgradePackage, useKept, type Administrator, type Plan } from '../plugins/packages/install.ts'
import { listPlugins, type ListedPlugin } from '../plugins/packages/list.ts'
import { registryNameOf } from '../plugins/packages/newest.ts'
import { withPackage } from '../plugins/packages/open.ts'
import { factsText } from '../plugins/packages/plan.ts'
import { PluginError } from '../plugins/state.ts'
import { UsageError, type Io } from './command.ts'
import { withDatabase } from './with-database.ts'

/** What `kartotek plugin` does with packages, by word; each takes what follows the word. */
export const packageActions: Readonly<Record<string, (args: string[], io: Io) => Promise<number | void>>> = {
  add: (args, io) => {
    const { words: [spec], yes } = read(args, 1)
    return work(io, (db) => withPackage(spec!, { cwd: io.cwd, env: io.env }, async (opened) => {
      const plan = await planPackage(db, opened)
      print(plan, io)
      if (!await confirmed(io, yes, `Add ${plan.plugin} ${plan.to}, and grant what is listed?`)) return 1
      await addPackage(db, opened, OPERATOR)
      io.err(`${plan.plugin} ${plan.to} is stored. ${AT_START}`)
      return 0
    }))
  },
  upgrade: (args, io) => {
    const { words: [id, spec], yes } = read(args, 1, 2)
    return work(io, async (db) => {
      const { version } = await requirePackage(db.kysely, id!)
      const kept = spec === undefined ? null : await manifestOfKept(db.kysely, id!, spec)
      if (kept) {
        print(await planPackage(db, { manifest: kept, unrun: [] }), io)
        if (!await confirmed(io, yes, `Go from ${id} ${version} to ${spec}, which is kept here?`)) return 1
        await useKept(db, id!, spec!, OPERATOR)
        io.err(`${id} ${spec} is chosen. ${AT_START}`)
        return 0
      }
      return withPackage(await sourceOf(db, id!, spec), { cwd: io.cwd, env: io.env }, async (opened) => {
        const plan = await planPackage(db, opened)
        if (plan.plugin !== id) throw new PluginError(`That package is the plugin ${plan.plugin}, not ${id}.`)
        print(plan, io)
        if (!await confirmed(io, yes, `Go from ${id} ${version} to ${plan.to}, and grant what is listed?`)) return 1
        await upgradePackage(db, id!, opened, OPERATOR)
        io.err(`${id} ${plan.to} is stored. ${AT_START} \`kartotek plugin upgrade ${id} ${version}\` goes back, unless its tables change.`)
        return 0
      })
    })
  },
  enable: (args, io) => switched(args, io, true),
  disable: (args, io) => switched(args, io, false),
  remove: (args, io) => {
    const { words: [id], yes, data: asked } = read(args, 1)
    return work(io, async (db) => {
      const data = asked ?? await dataChoice(db, io, id!)
      const plan = await planRemoval(db.kysely, id!)
      if (data === 'drop') print(plan, io)
      else for (const note of plan.notes) io.out(note)
      if (!await confirmed(io, yes, data === 'drop' ? `Remove ${id} and drop all that is listed?` : `Remove ${id} and keep its data?`)) return 1
      const done = await removePlugin(db, id!, data, await known(db), OPERATOR)
      io.err(done ? `${id} is removed.` : `${id} is removed as soon as no node runs it any more: restart them. Until then it works.`)
      return 0
    })
  },
  plan: (args, io) => {
    const { words: [what], remove } = read(args, 1)
    return work(io, async (db) => {
      if (remove) return print(await planRemoval(db.kysely, what!), io)
      const stored = (await choices(db.kysely)).get(what!)?.version != null
      await withPackage(stored ? await sourceOf(db, what!, undefined) : what!, { cwd: io.cwd, env: io.env }, async (opened) => { print(await planPackage(db, opened), io) })
    })
  },
  list: (args, io) => {
    read(args, 0)
    return work(io, async (db) => {
      const plugins = await listPlugins(db.kysely)
      for (const one of plugins) io.out(lineOf(one))
      if (!plugins.length) io.err('No plugin is here.')
    })
  },
  log: (args, io) => {
    const { words: [id] } = read(args, 1)
    return work(io, async (db) => {
      const notes = await pluginLog(db.kysely, id!)
      for (const { at, kind, name, times, gaveUp, message } of notes) io.out([at.toISOString(), [kind, name].filter(Boolean).join(' '), `${times}×${gaveUp ? ', gave up' : ''}`, message.replaceAll('\n', ' ')].join('\t'))
      if (!notes.length) io.err(`Nothing went wrong with ${id} within 30 days.`)
    })
  },
  check: async (args, io) => {
    const { words: [spec] } = read(args, 1)
    const { checkPackage } = await import('../plugins/packages/check.ts')
    return guarded(async () => {
      const findings = await checkPackage(spec!, { cwd: io.cwd, env: io.env })
      for (const { severity, text } of findings) io.out(`${severity}\t${text}`)
      const errors = findings.filter(({ severity }) => severity === 'error').length
      io.err(errors ? `${errors} error(s): it would not run.` : 'No errors.')
      return errors ? 1 : 0
    })
  },
}

const OPERATOR: Administrator = { userId: null, name: 'command line' }
const AT_START = 'It counts from the next start of each node on.'

function read(args: string[], least: number, most = least) {
  let parsed
  try {
    parsed = parseArgs({ args, allowPositionals: true, options: { yes: { type: 'boolean', default: false }, data: { type: 'string' }, remove: { type: 'boolean', default: false } } })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const { positionals: words, values: { yes, data, remove } } = parsed
  if (words.length < least) throw new UsageError('Words are missing.')
  if (words.length > most) throw new UsageError(`Too many words: ${words.slice(most).join(' ')}.`)
  if (data !== undefined && data !== 'keep' && data !== 'drop') throw new UsageError(`--data is keep or drop; got ${data}.`)
  return { words, yes, data: data as 'keep' | 'drop' | undefined, remove }
}

function work<Result>(io: Io, run: (db: Database) => Promise<Result>): Promise<Result> {
  return guarded(() => withDatabase(io, async (db) => {
    await migrate(db, migrations)
    return run(db)
  // A folder where nothing runs is the wrong one: what is added there would be looked for in vain.
  }, { existing: true }))
}

async function guarded<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof PluginError) throw new StartError(error.message)
    throw error
  }
}

function switched(args: string[], io: Io, enabled: boolean): Promise<void> {
  const { words: [id] } = read(args, 1)
  return work(io, async (db) => {
    await enablePlugin(db, id!, enabled, await known(db), OPERATOR)
    io.err(`${id} is ${enabled ? 'enabled' : 'disabled'}. ${AT_START}`)
  })
}

async function known(db: Database): Promise<Set<string>> {
  return new Set([...BUNDLED_PLUGINS, ...(await listPlugins(db.kysely)).map(({ id }) => id)])
}

/** Where a version of a stored plugin comes from: `1.2.0` or nothing means its package in the registry. */
async function sourceOf(db: Database, id: string, spec: string | undefined): Promise<string> {
  if (spec !== undefined && !/^[\^~]?\d+(\.\d+)*([-+][\w.-]+)?$/.test(spec)) return spec
  const { name, spec: file } = await registryNameOf(db.kysely, id)
  if (name === null) throw new PluginError(`${id} came from the file ${file}: give the tarball of the other version.`)
  return spec === undefined ? name : `${name}@${spec}`
}

/** What the plugin's author thinks right for its data, or the answer of who sits there. */
async function dataChoice(db: Database, io: Io, id: string): Promise<'keep' | 'drop'> {
  const version = (await choices(db.kysely)).get(id)?.version
  const manifest = version ? await manifestOfKept(db.kysely, id, version) : null
  const wish = (manifest?.plugin.tables as { onUninstall?: string } | undefined)?.onUninstall
  if (wish === 'keep' || wish === 'drop') return wish
  if (!io.confirm) throw new UsageError('Say what becomes of its data: --data keep or --data drop.')
  print(await planRemoval(db.kysely, id), io)
  return await io.confirm('Drop its data, too? «No» keeps them for another time.') ? 'drop' : 'keep'
}

async function confirmed(io: Io, yes: boolean, question: string): Promise<boolean> {
  if (yes) return true
  if (!io.confirm) throw new UsageError('Nobody is at the terminal to agree: give --yes once the plan is right (`kartotek plugin plan`).')
  return io.confirm(question)
}

const SIGNS = { add: '+', change: '~', remove: '-' }
function print({ plugin, from, to, changes, notes }: Plan, io: Io): void {
  io.out(`${plugin}: ${from ?? 'not here'} → ${to ?? 'removed'}`)
  for (const change of changes) {
    const facts = factsText(change)
    io.out(`  ${SIGNS[change.change]} ${change.kind} ${change.name}${facts && ` (${facts})`}`)
  }
  if (!changes.length) io.out('  Nothing that it brings changes.')
  for (const note of notes) io.out(`  ! ${note}`)
}

function lineOf({ id, version, source, state, running, previous }: ListedPlugin): string {
  const nodes = running.map((run) => `runs in ${run.version} on ${run.nodes} node${run.nodes === 1 ? '' : 's'}`)
  return [id, version ?? '?', source, state, ...nodes, ...previous ? [`before: ${previous}`] : []].join('\t')
}
