import { sql, type Kysely } from 'kysely'
import type { Home } from '../facts/phone.ts'
import type { Row } from '../model/generation.ts'
import { columnOf, objectOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { Draft } from '../records/write/draft.ts'
import { searchOf } from '../records/write/search-column.ts'
import { MESSENGERS, normaliseContactPoint } from './contact-points.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** Grows when {@link normaliseContactPoint} finds the number of a phone in more than it did. */
const VERSION = 2
const KINDS = ['phone', 'fax', ...MESSENGERS]
const BATCH = 500

/**
 * Brings the keys of stored phones, faxes and messengers up to date, and the search texts of whom they belong to: after the
 * rules changed, or the company set its city code. Keys that are whole numbers already stay. It is no change of a record, so
 * neither versions nor histories know of it. May be cut off anywhere and run any number of times.
 * @returns how many keys were changed
 */
export async function refreshContactKeys(engine: Engine, home: Home, signal?: AbortSignal): Promise<number> {
  const rules = JSON.stringify([VERSION, home.areaCode ?? null])
  const { rows: [state] } = await sql<{ rules: string }>`select rules from core.contact_key_rules`.execute(engine.db)
  if (state?.rules === rules) return 0
  let changed = 0
  for (let after: string | null = null; ;) {
    signal?.throwIfAborted()
    await engine.live.refresh()
    const { partOf, byKey } = objectOf(engine.live.current.model, 'contactPoint')
    const wholes = partOf.flatMap(({ object, field }) => (byKey.has(field) ? { object, back: columnOf(byKey.get(field)!) } : []))
    const { rows } = await sql<{ id: string, wholes: (string | null)[] }>`select id, array[${sql.join(wholes.map(({ back }) => sql.id(back)))}]::uuid[] as wholes from core.contact_point
      where kind = any(${KINDS}) and key !~ '^\\+[0-9]+$' and ${after === null ? sql`true` : sql`id > ${after}`} order by id limit ${sql.lit(BATCH)}`.execute(engine.db) as { rows: { id: string, wholes: (string | null)[] }[] }
    for (const [i, { object, back }] of wholes.entries()) {
      const ids = [...new Set(rows.flatMap((row) => row.wholes[i] ?? []))]
      if (ids.length) changed += await engine.db.transaction().execute((trx) => refreshWholes(engine, trx, object, back, ids, home))
    }
    if (rows.length < BATCH) break
    after = rows.at(-1)!.id
  }
  await sql`insert into core.contact_key_rules (rules) values (${rules}) on conflict (one) do update set rules = excluded.rules, done_at = now()`.execute(engine.db)
  return changed
}

/** The whole is locked first, as by who writes it: nobody replaces its contact points meanwhile. */
async function refreshWholes(engine: Engine, trx: Db, name: string, back: string, ids: string[], home: Home): Promise<number> {
  const generation = engine.live.current
  const object = objectOf(generation.model, name)
  const { rows: wholes } = await sql<Row>`select * from core.${sql.id(object.table)} where id = any(${ids}::uuid[]) order by id for no key update`.execute(trx)
  const { rows: points } = await sql<{ id: string, whole: string, kind: string, value: string, key: string | null }>`select id, ${sql.id(back)} as whole, kind, value, key from core.contact_point
    where ${sql.id(back)} = any(${ids}::uuid[]) and kind = any(${KINDS})`.execute(trx)
  const news = points.flatMap(({ id, whole, kind, value, key }) => {
    const next = normaliseContactPoint(kind, value, home).key
    return next?.startsWith('+') && next !== key && !/^\+\d+$/.test(key ?? '') ? [{ id, whole, key: next }] : []
  })
  if (!news.length) return 0
  await sql`update core.contact_point p set key = n.key from jsonb_to_recordset(${JSON.stringify(news)}::jsonb) as n (id uuid, key text) where p.id = n.id`.execute(trx)
  const touched = new Set(news.map((n) => n.whole))
  const drafts = wholes.filter((row) => touched.has(row.id)).map((row) => new Draft(object, { op: 'update', id: row.id, input: {} }, row, false))
  const texts = [...await searchOf({ db: trx, generation }, object, drafts)].map(([draft, search]) => ({ id: draft.row.id, search }))
  await sql`update core.${sql.id(object.table)} r set search = n.search from jsonb_to_recordset(${JSON.stringify(texts)}::jsonb) as n (id uuid, search text) where r.id = n.id`.execute(trx)
  return news.length
}
