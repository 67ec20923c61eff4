import { textIn, type Localized } from '@kartotek/sdk'
import { sql, type RawBuilder } from 'kysely'
import { accessPredicate } from '../access/predicate.ts'
import { BELONGINGS, type Belonging } from '../handover/belongings.ts'
import type { ObjectModel } from '../model/model.ts'
import type { Reading } from '../records/reading.ts'
import type { NotificationRow } from './shown.ts'

/**
 * What the notifications about many records have to say to their reader now: of which objects, and how many, he still has and
 * may see. One that says nothing any more is absent. `exact`: false where it only matters whether there is any.
 */
export async function manyTold(reading: Reading, rows: readonly NotificationRow[], exact: boolean): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for (const row of rows) {
    const counts: [Localized | undefined, number][] = []
    for (const [name, ids] of await gotBy(reading, row)) {
      const object = reading.generation.model.objects.get(name)
      const kind = BELONGINGS.get(name)
      const n = object ? await stillOwned(reading, object, ids, row.for_id ?? reading.access.actor.userId!, exact) : kind && !row.for_id ? await stillHeld(reading, kind, ids) : 0
      if (n) counts.push([object?.labelPlural ?? kind?.label, n])
      if (n && !exact) break
    }
    if (counts.length) texts.set(row.id, counts.map(([label, n]) => `${textIn(label, reading.locale)}: ${new Intl.NumberFormat(reading.locale).format(n)}`).join(', '))
  }
  return texts
}

/** The ids of the records that the change or the hand-over gave to the reader, or to whom he stands in for, by object. */
async function gotBy({ access, db }: Reading, row: NotificationRow): Promise<[object: string, ids: RawBuilder<unknown>][]> {
  const me = row.for_id ?? access.actor.userId
  if (!me) return []
  if (row.hand_over_id) {
    // What came back went to who had it before.
    const items = sql`from core.hand_over_item i join core.hand_over h on h.id = i.hand_over_id
      where i.hand_over_id = ${row.hand_over_id} and ((i.to_id = ${me}::uuid and i.state in ('moved', 'kept')) or (h.from_id = ${me}::uuid and i.state = 'returned'))`
    const { rows } = await sql<{ object: string }>`select i.object ${items} group by i.object order by min(i.position)`.execute(db)
    return rows.map(({ object }) => [object, sql`select i.record_id ${items} and i.object = ${object}`])
  }
  if (!row.object || !row.change_set_id) return []
  return [[row.object, sql`select record_id from core.change where change_set_id = ${row.change_set_id} and object = ${row.object} and (action = 'create' or 'owner' = any(fields))`]]
}

async function stillHeld({ access, db }: Reading, kind: Belonging, ids: RawBuilder<unknown>): Promise<number> {
  const held = await kind.heldBy(db, access.actor.userId!)
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from (${ids}) got (id) where got.id = any(${held}::uuid[])`.execute(db)
  return rows[0]!.n
}

async function stillOwned({ access, generation: { model }, db }: Reading, object: ObjectModel, ids: RawBuilder<unknown>, owner: string, exact: boolean): Promise<number> {
  if (!object.owned || access.scope(object, 'read') === 'none') return 0
  const allowed = accessPredicate(model, access, object, 'read', 'r')
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from (select 1 from core.${sql.id(object.table)} r where r.id in (${ids}) and r.owner_id = ${owner}::uuid and r.trashed_at is null
    ${allowed ? sql`and ${allowed}` : sql``} ${exact ? sql`` : sql`limit 1`}) own`.execute(db)
  return rows[0]!.n
}
