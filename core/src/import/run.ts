import { DomainError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { isPassing } from '../database/index.ts'
import { itemError } from '../graphql/errors.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { amongOthers } from '../records/write/batches.ts'
import { write } from '../records/write/writing.ts'
import { Again, applyBatch } from './batch.ts'
import type { CsvRow } from './csv-reader.ts'
import { errorColumnCount, withoutErrorColumns } from './error-file.ts'
import { advance, cancelAsked, findJob, finishJob, LostJob, noteError, startJob } from './job.ts'
import type { BatchCount, ImportJob } from './job.ts'
import { numberOf, textsOf } from './lookup.ts'
import { rowProblem } from './messages.ts'
import type { RowProblem } from './messages.ts'
import { planImport } from './plan.ts'
import type { Built, ImportPlan } from './plan.ts'
import { openTable } from './table-file.ts'
import type { TableFile } from './table-file.ts'
import type { Trial } from './trial.ts'

/** Rows in one transaction. */
export const BATCH = 500

export interface ImportRun {
  engine: Engine
  caller: Caller
  job: ImportJob
  /** The whole file from its beginning; a resumed import skips what was loaded. */
  open(): AsyncIterable<Uint8Array>
  /** Where the file lies; without it, no workbook can be read. */
  path?: string
  signal?: AbortSignal
  onProgress?(job: ImportJob): void
  /** What the earlier files of the same trial held. */
  trial?: Trial
}

/**
 * Runs an import to its end, or goes on where it was left: rows are written batch by batch, each with its position in one
 * transaction, all in one change set. Stops after a batch when cancelled; when `signal` fires, or the database fails for a reason
 * that passes, the import stays `running` and another process may go on.
 * @throws what stopped it before its end: a reason that passes, or what makes the whole import impossible (a wrong mapping, no right to import), after noting it in the job
 */
export async function runImport(run: ImportRun): Promise<ImportJob> {
  const { engine, caller } = run
  const { db } = engine
  let { job } = run
  let file: TableFile | undefined
  try {
    const generation = engine.live.current
    const access = accessOf(engine, generation, caller.actor)
    access.require('import.run')
    if (job.mapping.history) access.require('gates.pass')
    const table = file = await openTable({ open: run.open, path: run.path, bytes: job.bytes }, { ...job.mapping.file, decimal: job.mapping.decimal })
    const bytesRead = (): number => Math.round((table.progress() ?? 0) * (job.bytes ?? 0))
    const extra = errorColumnCount(table.header)
    const header = table.header.slice(extra)
    const plan = planImport({ generation, access }, job.mapping, header, extra)
    await startJob(db, job, header, table.separator)
    job = (await findJob(db, job.id))!
    let skip = job.position
    let batch: Built[] = []
    const flush = async (): Promise<void> => {
      if (batch.length === 0) return
      await runBatch(run, job, plan, batch, bytesRead(), undone, remember)
      batch = []
      job = (await findJob(db, job.id))!
      if (job.position !== job.created + job.updated + job.skipped + job.failed) throw new DomainError('INTERNAL', 'The numbers of the import do not add up.')
      run.onProgress?.(job)
      run.signal?.throwIfAborted()
      if (await cancelAsked(db, job.id)) throw new Cancelled()
    }
    const keys = new Set<string>()
    // What a trial undid, its later rows would have found.
    const undone = new Set<string>()
    const remember = run.trial?.begin(plan)
    for await (const rows of table.rows()) {
      for (const row of rows) {
        if (skip > 0) { skip--; continue }
        const built = buildRow(plan, trimRow(row, extra, table.separator), table.header.length, extra)
        // Two rows that may be one record must not share a batch: the second has to see what the first wrote.
        const marks = marksOf(run, built)
        if (marks.some((mark) => keys.has(mark))) { await flush(); keys.clear() }
        for (const mark of marks) keys.add(mark)
        batch.push(built)
        if (batch.length >= BATCH) { await flush(); keys.clear() }
      }
    }
    await flush()
    await finishJob(db, job.id, 'done')
  } catch (error) {
    if (error instanceof Cancelled) await finishJob(db, job.id, 'cancelled')
    else if (error instanceof LostJob || run.signal?.aborted) throw error
    else if (isPassing(error)) {
      await noteError(db, job.id, itemError(error as Error, engine.log, caller.actor.locale).message).catch(() => undefined)
      throw error
    }
    else {
      await finishJob(db, job.id, 'failed', itemError(error as Error, engine.log, caller.actor.locale).message)
      throw error
    }
  } finally {
    file?.close()
  }
  return (await findJob(db, job.id))!
}

class Cancelled extends Error {}

/** Key, tax number and contact points of a row, as far as the description matches by them. */
function marksOf({ engine, job }: ImportRun, row: Built): string[] {
  const ways = new Set([...(row.key === null ? [] : ['key' as const]), ...(job.mapping.match ?? [])])
  return [...ways].flatMap((way) => textsOf({ generation: engine.live.current }, way, row).map((text) => `${way} ${way === 'taxId' ? numberOf(text) : text}`))
}

/** A row of an error file that is loaded again loses its two error columns. */
function trimRow(row: CsvRow, extra: number, separator: string): CsvRow {
  return extra === 0 ? row : { ...row, raw: withoutErrorColumns(row.raw, separator) }
}

function buildRow(plan: ImportPlan, row: CsvRow, width: number, extra: number): Built {
  if (row.problem === null && !row.cells.every((cell) => cell.trim() === '')) return plan.build(row)
  const params = row.problem === 'cells' ? { found: row.cells.length - extra, expected: width - extra } : {}
  const rule = row.problem === 'cells' && row.cells.length < width ? 'cellsMissing' : row.problem
  const problems = rule === null ? [] : [{ column: null, rule, params }]
  return { row, key: null, input: {}, pending: [], columns: new Map(), problems, history: {}, also: [], whole: null }
}

const isBlank = (built: Built): boolean => built.row.problem === null && built.row.cells.every((cell) => cell.trim() === '')

async function runBatch(run: ImportRun, job: ImportJob, plan: ImportPlan, rows: Built[], bytesRead: number, undone: Set<string>, remember?: (row: Built) => void): Promise<void> {
  const { engine, caller } = run
  const { locale } = caller.actor
  const known = new Map<Built, RowProblem[]>()
  // Of a row that cannot be read nothing else is known.
  for (const row of rows) if (row.row.problem !== null) known.set(row, row.problems.map((one) => rowProblem(one.column, one.rule, one.params, locale)))
  const blank = rows.filter(isBlank)
  const options = { summary: job.name, changeSetId: job.changeSetId, passGates: Boolean(job.mapping.history), withoutRules: !job.mapping.rules, statementTimeoutMs: 120_000 }
  const { onMatch = 'skip' } = job.mapping
  const again = new Set(undone.size && onMatch !== 'create' ? rows.filter((row) => marksOf(run, row).some((mark) => undone.has(mark))) : [])
  const skipped = onMatch === 'skip' ? again : new Set<Built>()
  const count = (applied: BatchCount): BatchCount => ({
    ...applied, skipped: applied.skipped + blank.length + [...skipped].filter((row) => !known.has(row)).length,
    failed: [...applied.failed, ...[...known].map(([row, problems]) => ({ rowNumber: row.row.rowNumber, raw: row.row.raw, problems }))],
  })
  const failedIn = ({ failed }: BatchCount): Set<number> => new Set(failed.map(({ rowNumber }) => rowNumber))
  // Made in the trial, because the first one was undone: in earnest they change it.
  const trialOf = (total: BatchCount, good: readonly Built[]): BatchCount => {
    const changed = good.filter((row) => again.has(row) && !failedIn(total).has(row.row.rowNumber)).length
    return { ...total, created: total.created - changed, updated: total.updated + changed }
  }
  for (;;) {
    const good = rows.filter((row) => !known.has(row) && !blank.includes(row) && !skipped.has(row))
    try {
      // Built inputs are plain data and are used again; references are put anew.
      await amongOthers(() => write(engine, { ...caller, origin: 'import' }, options, async (w) => {
        await run.trial?.writeNamed(w, plan, good)
        const total = count(await applyBatch(w, plan, good))
        if (job.dryRun) throw new Undo(trialOf(total, good))
        await advance(w.db, job, total, bytesRead)
      }))
      return
    } catch (error) {
      if (error instanceof Undo) {
        await engine.db.transaction().execute((trx) => advance(trx, job, error.count, bytesRead))
        const failed = failedIn(error.count)
        for (const row of good) {
          if (failed.has(row.row.rowNumber)) continue
          remember?.(row)
          for (const mark of marksOf(run, row)) undone.add(mark)
        }
        return
      }
      if (!(error instanceof Again)) throw error
      for (const [row, problems] of error.failed) {
        if (rows.includes(row)) known.set(row, problems)
        else run.trial?.forget(row)
      }
    }
  }
}

/** Carries the result of a dry run out of the transaction that it undoes. */
class Undo extends Error {
  readonly count: BatchCount
  constructor(count: BatchCount) {
    super('dry run')
    this.count = count
  }
}
