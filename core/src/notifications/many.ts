import { textIn } from '@kartotek/sdk'
import { sql, type RawBuilder } from 'kysely'
import { accessPredicate } from '../access/predicate.ts'
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
    const counts: [ObjectModel, number][] = []
    for (const [name, ids] of await gotBy(reading, row)) {
      const object = reading.generation.model.objects.get(name)
      const n = object ? await stillOwn(reading, object, ids, exact) : 0
      if (n) counts.push([object!, n])
      if (n && !exact) break
    }
    if (counts.length) texts.set(row.id, counts.map(([object, n]) => `${textIn(object.labelPlural, reading.locale)}: ${new Intl.NumberFormat(reading.locale).format(n)}`).join(', '))
  }
  return texts
}

/** The ids of the records that the change gave to somebody, by object. */
async function gotBy({ access }: Reading, row: NotificationRow): Promise<[object: string, ids: RawBuilder<unknown>][]> {
  if (!row.object || !row.change_set_id || !access.actor.userId) return []
  return [[row.object, sql`select record_id from core.change where change_set_id = ${row.change_set_id} and object = ${row.object} and (action = 'create' or 'owner' = any(fields))`]]
}

async function stillOwn({ access, generation: { model }, db }: Reading, object: ObjectModel, ids: RawBuilder<unknown>, exact: boolean): Promise<number> {
  if (!object.owned || access.scope(object, 'read') === 'none') return 0
  const allowed = accessPredicate(model, access, object, 'read', 'r')
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from (select 1 from core.${sql.id(object.table)} r where r.id in (${ids}) and r.owner_id = ${access.actor.userId}::uuid and r.trashed_at is null
    ${allowed ? sql`and ${allowed}` : sql``} ${exact ? sql`` : sql`limit 1`}) own`.execute(db)
  return rows[0]!.n
}
