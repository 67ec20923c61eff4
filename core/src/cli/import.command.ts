import { createReadStream } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { DomainError } from '@kartotek/sdk'
import { uuidv7 } from 'uuidv7'
import { SYSTEM_CALLER, type Caller } from '../access/caller.ts'
import { isPassing, StartError } from '../database/errors.ts'
import { UUID } from '../facts/uuid.ts'
import { countAlike, createJob, errorFile, findJob, importCaller, parseMapping, runImport, Trial } from '../import/index.ts'
import type { ImportJob, ImportRun } from '../import/index.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { UsageError, type Command, type Io } from './command.ts'
import { STOP_SIGNALS } from './until-stopped.ts'
import { withDatabase } from './with-database.ts'
import { withEngine } from './with-engine.ts'

export const importCommand: Command = {
  name: 'import',
  usage: '[--dry-run] [--as EMAIL] [--errors FOLDER] MAPPING FILE [MAPPING FILE]… | --resume ID FILE [MAPPING FILE]…',
  summary: 'Load CSV and XLSX files by their import descriptions (docs/import.md), all in one change set.',
  async run(args, io) {
    const { values, positionals } = read(args)
    const [begun, ...others] = values.resume ? positionals : ['', ...positionals]
    if (begun === undefined) throw new UsageError('--resume needs the id of an import and its file.')
    const pairs = values.resume && others.length === 0 ? [] : pairsOf(others)
    return withDatabase(io, (db, config, log) => withEngine(db, config, log, (engine) => stoppable(io, async (signal) => {
      const caller = await callerFor(engine, values.as)
      const folder = resolve(io.cwd, values.errors ?? '.')
      const started = values.resume ? await unfinished(engine, values.resume, resolve(io.cwd, begun)) : null
      const changeSetId = started?.changeSetId ?? uuidv7()
      const dryRun = started?.dryRun ?? values['dry-run'] ?? false
      const trial = dryRun ? new Trial() : undefined
      const again = ['kartotek', 'import', ...values.as ? ['--as', values.as] : [], ...values.errors ? ['--errors', values.errors] : [], '--resume']
      const load = (job: ImportJob, path: string, rest: [string, string][]): Promise<void> =>
        one({ engine, caller, job, path, signal, trial }, folder, io, [...again, job.id, path, ...rest.flat()].map(quoted).join(' '))
      if (started) await load(started, resolve(io.cwd, begun), pairs)
      for (const [at, [description, file]] of pairs.entries()) {
        const path = resolve(io.cwd, file)
        const mapping = await mappingFrom(resolve(io.cwd, description))
        const job = await createJob(engine.db, { mapping, fileName: basename(path), dryRun, bytes: await sizeOf(path), userId: caller.actor.userId, changeSetId })
        await load(job, path, pairs.slice(at + 1))
      }
      if (!dryRun) io.out(`change set ${changeSetId}`)
      return 0
    })))
  },
}

/** Ctrl-C lets the present batch end. It may come twice, from the terminal and from the parent process: that changes nothing. */
async function stoppable<Result>(io: Io, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const stop = new AbortController()
  stop.signal.onabort = () => { io.err('Stopping as soon as the rows that are being written are done.') }
  const interrupt = (): void => { stop.abort() }
  for (const signal of STOP_SIGNALS) process.on(signal, interrupt)
  try {
    return await work(stop.signal)
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, interrupt)
  }
}

/** A word as a shell takes it. */
const quoted = (word: string): string => /^[\p{L}\p{N}_@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll(`'`, `'\\''`)}'`

function read(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: {
      'dry-run': { type: 'boolean' }, as: { type: 'string' }, errors: { type: 'string' }, resume: { type: 'string' },
    } })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function pairsOf(words: string[]): [string, string][] {
  if (words.length === 0 || words.length % 2 !== 0) throw new UsageError('Give pairs of an import description and a file.')
  return Array.from({ length: words.length / 2 }, (_, i) => {
    const [first, second] = [words[2 * i]!, words[2 * i + 1]!]
    // Which of the two is the description is plain from the names: nobody should have to remember the order.
    return second.endsWith('.json') && !first.endsWith('.json') ? [second, first] : [first, second]
  })
}

async function mappingFrom(path: string) {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    throw new StartError(`The import description ${path} cannot be read.`)
  }
  try {
    return parseMapping(JSON.parse(text))
  } catch (error) {
    throw new StartError(`${path}: ${(error as Error).message}`)
  }
}

/** An import that stands still before its end, with the file that it began with. */
async function unfinished(engine: Engine, id: string, path: string): Promise<ImportJob> {
  const job = UUID.test(id) ? await findJob(engine.db, id) : null
  if (!job || job.state === 'done' || job.state === 'cancelled') throw new StartError(`There is no unfinished import ${id}.`)
  const bytes = await sizeOf(path)
  if (job.bytes !== null && job.bytes !== bytes) throw new StartError(`The import began with a file of ${job.bytes} bytes, and ${path} has ${bytes}: give the file that it began with.`)
  return job
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    throw new StartError(`The file ${path} cannot be read.`)
  }
}

async function callerFor(engine: Engine, email: string | undefined): Promise<Caller> {
  if (!email) return { ...SYSTEM_CALLER, origin: 'import' }
  const caller = await importCaller(engine.db, { email: email.trim().toLowerCase() })
  if (!caller) throw new StartError(`There is no active user with the address ${email}.`)
  return caller
}

/** @param resume the command line that goes on with it and with the files that are to follow */
async function one(run: Omit<ImportRun, 'open' | 'path'> & { path: string }, folder: string, io: Io, resume: string): Promise<void> {
  const { engine, caller, job } = run
  let shown = 0, { position } = job
  try {
    const done = await runImport({
      ...run, open: () => createReadStream(run.path),
      onProgress(now) {
        ({ position } = now)
        if (position - shown < 10_000) return
        shown = position
        io.err(`${job.fileName}: ${position} rows${now.bytes ? `, ${Math.round(100 * now.bytesRead / now.bytes)} %` : ''}`)
      },
    })
    io.out(`${done.fileName}: ${done.position} rows: ${done.created} created, ${done.updated} updated, ${done.skipped} skipped, ${done.failed} failed${done.dryRun ? ' (dry run)' : ''}`)
    const alike = await countAlike(readingOf(engine, caller), done.id)
    if (alike > 0) io.out(`  ${alike} rows resemble records that were there already: look at them under Duplicates`)
    if (done.failed > 0) io.out(`  rows to correct and load again: ${await writeErrors(engine, done, folder)}`)
  } catch (error) {
    if (run.signal?.aborted) throw new StartError(`${job.fileName}: stopped after ${position} rows. Go on with: ${resume}`)
    if (isPassing(error)) throw new StartError(`${job.fileName}: ${(error as Error).message}. Go on with: ${resume}`)
    if (error instanceof DomainError) throw new StartError(`${job.fileName}: ${error.message}`)
    throw error
  }
}

async function writeErrors(engine: Engine, job: ImportJob, folder: string): Promise<string> {
  const path = resolve(folder, `${job.fileName.replace(/(\.errors)?\.(csv|xlsx)$/i, '')}.errors.csv`)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, errorFile(engine.db, job))
  return path
}
