import { sql, type Kysely, type RawBuilder } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import type { Summary } from '../changes/summary.ts'
import type { Engine } from '../records/engine.ts'
import { writeRecords } from '../records/write/batch.ts'
import { AT_ONCE } from '../records/write/batches.ts'
import type { ItemResult } from '../records/write/draft.ts'
import { loadForUpdate } from '../records/write/load.ts'
import { write, type Writing, type WritingOptions } from '../records/write/writing.ts'
import type { Trying } from './change.ts'
import { columnOf, objectOf, type ObjectModel } from './model.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** Records that stand in the way of a change of the model until they are written: those that meet `condition` get `input`. */
export interface WrittenFirst {
  object: ObjectModel
  condition: RawBuilder<unknown>
  input: Record<string, unknown>
  /** In whose name, and with whose rights. */
  caller: Caller
  passGates?: boolean
  summary: Summary
}

/** A change of the model needs records to be written first: more than a request has time for, or such as were just added. */
export class RecordsFirst extends ConflictError {
  /** How many are known. */
  readonly records: number
  constructor(records: number, message = 'Somebody just added records that must be written first. Try again.') {
    super(message)
    this.records = records
  }
}

export async function countOf(db: Db, { object, condition }: WrittenFirst): Promise<number> {
  const { rows: [count] } = await sql<{ n: number }>`select count(*)::int as n from core.${sql.id(object.table)} where ${condition} and trashed_at is null`.execute(db)
  return count!.n
}

export const optionsOf = ({ passGates, summary }: WrittenFirst, changeSetId: string): WritingOptions => ({ changeSetId, passGates, summary, statementTimeoutMs: 120_000 })

/**
 * Writes all of these `records` in one change set.
 * @throws RecordsFirst where they are more than may be written at once, what stands against one of them
 */
export async function writeFirst(engine: Engine, first: WrittenFirst, records: number, { atOnce = Infinity }: Trying = {}): Promise<void> {
  if (records > atOnce) throw new RecordsFirst(records)
  const changeSetId = uuidv7()
  for (let after: string | null = null; ;) {
    const { result: { last } }: { result: Written } = await write(engine, first.caller, optionsOf(first, changeSetId), (w) => writeNext(w, first, after))
    if (last === null) return
    after = last
  }
}

/** `last` is null where there are no more behind. */
interface Written { written: number, last: string | null }

/**
 * Writes the next of them, by id.
 * @throws what stands against one of them
 */
export async function writeNext(w: Writing, { object, condition, input }: WrittenFirst, after: string | null): Promise<Written> {
  const { rows } = await sql<{ id: string }>`select id from core.${sql.id(object.table)}
    where ${condition} and trashed_at is null and id > ${after ?? '00000000-0000-0000-0000-000000000000'}::uuid order by id limit ${sql.lit(AT_ONCE)}`.execute(w.db)
  const [now, ids] = [objectOf(w.generation.model, object.name), rows.map(({ id }) => id)]
  const results = now.partOf.length ? await writeRows(w, now, ids, condition, input) : await writeRecords(w, now, ids.map((id) => ({ op: 'update', id, input })))
  const failed = results.find((result) => !result.ok)
  if (failed && !failed.ok) throw failed.error
  return { written: rows.length, last: rows.length < AT_ONCE ? null : rows.at(-1)!.id }
}

/** Rows are written with their records: these have the change in their history, a new version, and are found by it. */
async function writeRows(w: Writing, part: ObjectModel, ids: readonly string[], condition: RawBuilder<unknown>, input: Record<string, unknown>): Promise<ItemResult[]> {
  const results: ItemResult[] = []
  for (const place of part.partOf) {
    const whole = objectOf(w.generation.model, place.object)
    const list = whole.lists.find((one) => one.part && one.object === part.name && one.field === place.field)!
    const [table, back] = [sql`core.${sql.id(part.table)}`, sql.id(columnOf(part.byKey.get(place.field)!))]
    const { rows: wholes } = await sql<{ id: string }>`select distinct ${back} as id from ${table} where id = any(${ids}::uuid[]) and ${back} is not null`.execute(w.db)
    // Nobody adds a row, or fills one, from here on.
    await loadForUpdate(w, whole, wholes.map(({ id }) => id))
    const { rows } = await sql<{ id: string, whole: string, meets: boolean }>`select id, ${back} as whole, id = any(${ids}::uuid[]) and ${condition} as meets from ${table}
      where ${back} = any(${wholes.map(({ id }) => id)}::uuid[]) order by position, id`.execute(w.db)
    results.push(...await writeRecords(w, whole, [...Map.groupBy(rows, (row) => row.whole)].map(([id, own]) => ({
      op: 'update', id, input: { [list.name]: own.map((row) => (row.meets ? { id: row.id, ...input } : { id: row.id })) },
    }))))
  }
  return results
}
