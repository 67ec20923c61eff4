import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { DomainError } from '@kartotek/sdk'
import { SYSTEM_CALLER, type Caller } from '../access/caller.ts'
import { applyModel, exportModel, planModel, type Step } from '../blueprint/blueprint.ts'
import { workshopOf } from '../blueprint/workshop.ts'
import { StartError } from '../database/errors.ts'
import { importCaller } from '../import/index.ts'
import { UsageError, type Command, type Io } from './command.ts'
import { withDatabase } from './with-database.ts'
import { withKartotek } from './with-engine.ts'

const DIFFERENT = 1

export const model: Command = {
  name: 'model',
  usage: 'export [FILE] | plan FILE [--check] | apply FILE [--as EMAIL]',
  summary: 'The model as a file: objects, fields, roles, pipelines, rules (docs/model-as-code.md).',
  async run(args, io) {
    const { values, positionals: [action, path, ...rest] } = read(args)
    if (rest.length > 0 || !['export', 'plan', 'apply'].includes(action ?? '')) throw new UsageError('Say export, plan or apply, and one file.')
    if (!path && action !== 'export') throw new UsageError(`${action} needs a file.`)
    const file = action === 'export' ? null : await jsonFrom(resolve(io.cwd, path!))
    return withDatabase(io, (db, config, log) => withKartotek(db, config, log, async (kartotek) => {
      const workshop = workshopOf(kartotek, await callerFor(kartotek.engine.db, values.as))
      try {
        if (action === 'export') return await save(io, path, await exportModel(workshop))
        if (action === 'plan') {
          const steps = await planModel(workshop, file)
          for (const step of steps) say(io, step)
          const changes = steps.filter(({ what }) => what !== 'keep').length
          io.out(changes === 0 ? 'The company is as the file says.' : `Differences: ${changes}.`)
          return values.check && changes > 0 ? DIFFERENT : 0
        }
        const count = await applyModel(workshop, file, (step) => say(io, step))
        await kartotek.jobs.enqueue(null, 'model', 'buildIndexes', {}, { key: 'indexes' })
        io.out(count === 0 ? 'The company was as the file says already.' : `Changes made: ${count}.`)
        return 0
      } catch (error) {
        if (error instanceof DomainError) throw new StartError(error.message)
        throw error
      }
    }))
  },
}

function read(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { as: { type: 'string' }, check: { type: 'boolean' } } })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function jsonFrom(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    throw new StartError(`The file ${path} cannot be read.`)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new StartError(`${path} is no JSON: ${(error as Error).message}`)
  }
}

async function save(io: Io, path: string | undefined, file: object): Promise<number> {
  const text = JSON.stringify(file, null, 2)
  if (path) await writeFile(resolve(io.cwd, path), `${text}\n`)
  else io.out(text)
  return 0
}

const WORDS = { make: 'make', change: 'change', refuse: 'cannot', keep: 'stays' } as const

function say(io: Io, { section, key, what, details }: Step): void {
  io.out(`${WORDS[what].padEnd(7)} ${section.word} ${key}${what === 'keep' ? ' (not in the file)' : ''}`)
  for (const line of details) io.out(`          ${line}`)
}

async function callerFor(db: Parameters<typeof importCaller>[0], email: string | undefined): Promise<Caller> {
  if (!email) return SYSTEM_CALLER
  const caller = await importCaller(db, { email: email.trim().toLowerCase() })
  if (!caller) throw new StartError(`There is no active user with the address ${email}.`)
  return { ...caller, origin: 'api' }
}
