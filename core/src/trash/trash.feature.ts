import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { definePlugin, type PluginDefinition } from '@kartotek/sdk'
import type { Summary } from '../changes/summary.ts'
import type { Engine } from '../records/engine.ts'
import { columnOf, type Model, type ObjectModel } from '../model/model.ts'

/** Days for which a record can be restored from the trash. */
export const TRASH_DAYS = 30
const BATCH = 500
const TRASH_EMPTIED: Summary = { key: 'trashEmptied' }

/** Empties the trash of what lay in it for 30 days. The audit trail keeps that it was there and when it went. */
export async function emptyTrash(engine: Engine, olderThanDays = TRASH_DAYS): Promise<number> {
  let removed = 0
  const model = await engine.live.withHidden(engine.db)
  for (const object of engine.live.current.model.objects.values()) {
    // People stay: history refers to them.
    if (object.partOf.length || object.name === 'user') continue
    for (;;) {
      const count = await engine.db.transaction().execute((trx) => removeBatch(trx, engine, model, object, olderThanDays))
      removed += count
      if (count < BATCH) break
    }
  }
  return removed
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
async function removeBatch(trx: Kysely<any>, engine: Engine, model: Model, object: ObjectModel, days: number): Promise<number> {
  // A client with orders stays in the trash: taking it away would change the orders, also those that are hidden now.
  const referrers = [...model.objects.values()].flatMap((other) => other.fields
    .filter((f) => f.to === object.name && !other.partOf.some((p) => p.object === object.name && p.field === f.key))
    .map((f) => sql`and not exists (select 1 from core.${sql.id(other.table)} o where ${sql.ref(`o.${columnOf(f)}`)} = r.id)`))
  const { rows } = await sql<{ id: string, version: number }>`select id, version from core.${sql.id(object.table)}
    r where trashed_at < now() - make_interval(days => ${days}) ${sql.join(referrers, sql` `)} order by trashed_at limit ${sql.lit(BATCH)} for update skip locked`.execute(trx)
  if (!rows.length) return 0
  const ids = rows.map((r) => r.id)
  const set = uuidv7()
  await sql`insert into core.change_set (id, actor_kind, actor_id, actor_name, origin, message, object, records)
    values (${set}, 'system', 'system', 'Kartotek', 'system', ${JSON.stringify(TRASH_EMPTIED)}::jsonb, ${object.name}, ${ids.length})`.execute(trx)
  const changes = rows.map((r) => ({ id: uuidv7(), record: r.id, version: r.version + 1 }))
  await sql`insert into core.change (id, change_set_id, object, record_id, root_object, root_id, action, version)
    select id, ${set}::uuid, ${object.name}, record, ${object.name}, record, 'delete', version from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as c (id uuid, record uuid, version int)`.execute(trx)
  await sql`delete from core.share where object = ${object.name} and record_id = any(${ids}::uuid[])`.execute(trx)
  await sql`delete from core.stage_visit where record_id = any(${ids}::uuid[])`.execute(trx)
  await sql`delete from core.stage_approval where record_id = any(${ids}::uuid[])`.execute(trx)
  await sql`delete from core.field_period where record_id = any(${ids}::uuid[])`.execute(trx)
  await sql`delete from core.external_ref where object = ${object.name} and record_id = any(${ids}::uuid[])`.execute(trx)
  await removePapers(trx, engine, object, ids, set)
  await sql`delete from core.${sql.id(object.table)} where id = any(${ids}::uuid[])`.execute(trx)
  return ids.length
}

/** What is seen only by way of a record goes with it: the entries of its timeline, its files. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
async function removePapers(trx: Kysely<any>, engine: Engine, object: ObjectModel, ids: string[], set: string): Promise<void> {
  for (const other of engine.live.current.model.objects.values()) {
    for (const field of other.fields.filter((f) => f.type === 'record' && other.accessFrom?.includes(f.key))) {
      const { rows } = await sql<{ id: string }>`delete from core.${sql.id(other.table)} where ${sql.id(columnOf(field))} = any(${ids}::uuid[])
        and ${sql.id(columnOf(field, 'object'))} = ${object.name} returning id`.execute(trx)
      const gone = rows.map((row) => ({ id: uuidv7(), record: row.id }))
      await sql`insert into core.change (id, change_set_id, object, record_id, root_object, root_id, action, version)
        select id, ${set}::uuid, ${other.name}, record, ${other.name}, record, 'delete', 0 from jsonb_to_recordset(${JSON.stringify(gone)}::jsonb) as c (id uuid, record uuid)`.execute(trx)
    }
  }
}

/** Daily housekeeping of records: the trash after 30 days, idempotency keys after 48 hours. */
export function trashFeature(deps: { engine(): Engine }): PluginDefinition {
  return definePlugin({
    id: 'trash',
    version: '1.0.0',
    schedules: [{
      id: 'empty',
      cron: '41 2 * * *',
      async run(ctx) {
        const removed = await emptyTrash(deps.engine())
        await sql`delete from core.idempotency where at < now() - interval '48 hours'`.execute(deps.engine().db)
        if (removed) ctx.log.info({ removed }, 'the trash was emptied of old records')
      },
    }],
  })
}
