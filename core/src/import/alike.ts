import { sql, type RawBuilder } from 'kysely'
import { accessPredicate } from '../access/predicate.ts'
import { visibleTitles } from '../changes/changes.ts'
import { MATCHED, shownKind, visibleKinds, type KeyKind, type Matched } from '../duplicates/kinds.ts'
import type { Reading } from '../records/reading.ts'

interface Link { object: string, id: string, title: string | null }

/** What the new record of a row resembles. `record` is null in a trial, and where the reader may not see it. */
export interface ImportAlike { row: number, object: string, record: Link | null, others: Link[], reasons: ReturnType<typeof shownKind>[] }

/** Rows of an import whose new records resemble records that the reader sees, by what he may read. */
export async function countAlike(reading: Reading, job: string): Promise<number> {
  const seen = visible(reading)
  if (!seen) return 0
  const { rows: [count] } = await sql<{ n: number }>`select count(distinct a.row_number)::int as n from core.import_alike a where a.job_id = ${job} and ${seen}`.execute(reading.db)
  return count!.n
}

/** These rows, in pages by row number. */
export async function listAlike(reading: Reading, job: string, after: number, limit: number): Promise<ImportAlike[]> {
  const seen = visible(reading)
  if (!seen) return []
  const { rows } = await sql<{ row: number, object: Matched, record: string | null, other: string, kinds: KeyKind[] }>`
    select a.row_number as row, a.object, a.record_id as record, a.other_id as other, a.kinds from core.import_alike a where a.job_id = ${job} and ${seen} and a.row_number in (
      select distinct a.row_number from core.import_alike a where a.job_id = ${job} and a.row_number > ${after} and ${seen} order by 1 limit ${limit})
    order by a.row_number, a.object, a.record_id, a.other_id`.execute(reading.db)
  const titles = await visibleTitles(reading, rows.flatMap(({ object, record, other }): [string, string][] => [[object, other], ...(record ? [[object, record] as [string, string]] : [])]))
  const link = (object: string, id: string): Link[] => (titles.has(id) ? [{ object, id, title: titles.get(id) ?? null }] : [])
  return [...Map.groupBy(rows, ({ row, object, record }) => `${row} ${object} ${record}`).values()].map((group) => {
    const { row, object, record } = group[0]!
    const kinds = visibleKinds(reading.generation.model, reading.access, object)
    return {
      row, object, record: record ? link(object, record)[0] ?? null : null, others: group.flatMap(({ other }) => link(object, other)),
      reasons: [...new Set(group.flatMap((one) => one.kinds))].filter((kind) => kinds.has(kind)).map((kind) => shownKind(kind, reading.locale)),
    }
  })
}

/** The reader may have lost rights since the import. */
function visible({ generation: { model }, access }: Reading): RawBuilder<boolean> | null {
  const conditions = MATCHED.flatMap((name) => {
    const object = model.objects.get(name)
    const kinds = object && access.scope(object, 'read') !== 'none' ? [...visibleKinds(model, access, name)] : []
    if (!object || !kinds.length) return []
    const allowed = accessPredicate(model, access, object, 'read', 'r')
    return [sql`(a.object = ${name} and a.kinds && ${kinds}::text[] and exists (select from core.${sql.id(object.table)} r where r.id = a.other_id${allowed ? sql` and ${allowed}` : sql``}))`]
  })
  return conditions.length ? sql<boolean>`(${sql.join(conditions, sql` or `)})` : null
}
