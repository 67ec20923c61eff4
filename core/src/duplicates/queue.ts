import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import type { Engine } from '../records/engine.ts'
import { factsOfRecords } from './facts.ts'
import { findMatches } from './find.ts'
import { keysOf, type MatchKey, type MatchRules } from './keys.ts'
import { rankOf, together, type Matched, type Reason } from './kinds.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

interface Pair { first: string, second: string, strength: number, kinds: string[], reasons: Reason[] }

/** `keys`: what is found by equal keys. `similar`: names that are alike, too, which takes its time. */
type Depth = 'keys' | 'similar'

/**
 * Brings the keys of these records up to date, and then the pairs of the queue that they are in. Keys are committed before
 * pairs are looked for: of two records that are brought up to date at once, the later one finds the other.
 * @param always look for pairs also where no key changed (a scan)
 * @returns ids of the pairs that stand open
 */
export async function refreshRecords(engine: Engine, object: Matched, ids: readonly string[], rules: MatchRules, { always = false, depth = 'similar' as Depth } = {}): Promise<string[]> {
  const keys = new Map<string, MatchKey[]>()
  const changed = await engine.db.transaction().execute(async (trx) => {
    // A scan and an event may come to one record at once: the second finds its keys written.
    await sql`select pg_advisory_xact_lock(hashtext('kartotek duplicates'))`.execute(trx)
    const facts = await factsOfRecords(trx, engine.live.current.model, object, ids)
    for (const id of ids) keys.set(id, facts.has(id) ? keysOf(facts.get(id)!, rules) : [])
    return storeKeys(trx, object, keys)
  })
  const judged = always ? [...keys.keys()] : changed
  if (!judged.length) return []
  return engine.db.transaction().execute(async (trx) => {
    const { rows: [clock] } = await sql<{ now: string }>`select clock_timestamp()::text as now`.execute(trx)
    const similar = depth === 'similar' && rules.kinds.has('similarName')
    return storePairs(trx, object, judged, await pairsOf(trx, object, new Map(judged.map((id) => [id, keys.get(id)!])), similar), clock!.now, depth)
  })
}

/** Gives the ids of the records whose keys are others than before. */
async function storeKeys(trx: Db, object: Matched, keys: ReadonlyMap<string, MatchKey[]>): Promise<string[]> {
  const { rows } = await sql<{ record_id: string, kind: string, key: string, detail: string | null }>`select record_id, kind, key, detail from core.match_key where record_id = any(${[...keys.keys()]}::uuid[])`.execute(trx)
  const stored = Map.groupBy(rows, (row) => row.record_id)
  const form = (list: readonly { kind: string, key: string, detail: string | null }[]): string => list.map(({ kind, key, detail }) => JSON.stringify([kind, key, detail])).sort().join()
  const changed = [...keys].filter(([id, list]) => form(list) !== form(stored.get(id) ?? []))
  if (!changed.length) return []
  await sql`delete from core.match_key where record_id = any(${changed.map(([id]) => id)}::uuid[])`.execute(trx)
  await sql`insert into core.match_key (object, kind, key, record_id, detail) select ${object}, kind, key, id, detail
    from jsonb_to_recordset(${JSON.stringify(changed.flatMap(([id, list]) => list.map((key) => ({ id, ...key }))))}::jsonb) as k (id uuid, kind text, key text, detail text)`.execute(trx)
  return changed.map(([id]) => id)
}

async function pairsOf(trx: Db, object: Matched, keys: ReadonlyMap<string, MatchKey[]>, similar: boolean): Promise<Map<string, Pair>> {
  const found = await findMatches(trx, object, [...keys].map(([id, list]) => ({ ref: id, id, keys: list })), similar)
  const pairs = new Map<string, Pair>()
  for (const [id, others] of found) for (const [other, reasons] of others) {
    const strength = together(reasons)
    if (!strength) continue
    const [first, second] = id < other ? [id, other] : [other, id]
    pairs.set(`${first} ${second}`, { first, second, strength: rankOf(strength), kinds: [...new Set(reasons.map((r) => r.kind))], reasons })
  }
  return pairs
}

/**
 * Open pairs of these records become exactly the ones found; what somebody decided stays as he decided it. Pairs that
 * somebody else found since `begun` stay, too: we could not see them.
 */
async function storePairs(trx: Db, object: Matched, ids: readonly string[], pairs: ReadonlyMap<string, Pair>, begun: string, depth: Depth): Promise<string[]> {
  const list = JSON.stringify([...pairs.values()].map((pair) => ({ ...pair, id: uuidv7() })).sort((a, b) => (a.first + a.second < b.first + b.second ? -1 : 1)))
  await sql`delete from core.duplicate_pair d where d.object = ${object} and d.state = 'open' and (d.first_id = any(${ids}::uuid[]) or d.second_id = any(${ids}::uuid[])) and d.seen_at < ${begun}::timestamptz
    ${depth === 'keys' ? sql`and d.kinds <> array['similarName']` : sql``}
    and not exists (select 1 from jsonb_to_recordset(${list}::jsonb) as p (first uuid, second uuid) where p.first = d.first_id and p.second = d.second_id)`.execute(trx)
  const { rows } = await sql<{ id: string }>`insert into core.duplicate_pair as d (id, object, first_id, second_id, strength, kinds, reasons)
    select id, ${object}, first, second, strength, kinds, reasons from jsonb_to_recordset(${list}::jsonb) as p (id uuid, first uuid, second uuid, strength smallint, kinds text[], reasons jsonb)
    on conflict (object, first_id, second_id) do update set strength = excluded.strength, kinds = excluded.kinds, reasons = excluded.reasons, seen_at = clock_timestamp() where d.state = 'open' returning id`.execute(trx)
  return rows.map((row) => row.id)
}

/** Records in one step of a scan: many by their keys, few by names that are alike. */
const STEP = { keys: 500, similar: 50 }

/**
 * Goes through all records of an object, from where it was left, for at most this long: first by keys, then by similar
 * names. A scan begins by itself where there was none yet, or what counts was changed.
 * @returns whether it came to the end
 */
export async function scan(engine: Engine, object: Matched, rules: MatchRules, milliseconds: number, found: (pairs: string[]) => Promise<void>): Promise<boolean> {
  await sql`insert into core.duplicate_scan as s (object, settings) values (${object}, ${rules.signature}) on conflict (object) do update
    set settings = excluded.settings, stage = 'keys', cursor = null, done = 0, started_at = now(), finished_at = null where s.settings <> excluded.settings`.execute(engine.db)
  const table = engine.live.current.model.objects.get(object)!.table
  const end = Date.now() + milliseconds
  while (Date.now() < end) {
    const { rows: [state] } = await sql<{ stage: Depth, cursor: string | null, finished_at: Date | null }>`select stage, cursor, finished_at from core.duplicate_scan where object = ${object}`.execute(engine.db)
    if (!state || state.finished_at) return true
    const size = STEP[state.stage]
    const { rows } = await sql<{ id: string }>`select id from core.${sql.id(table)} where trashed_at is null ${state.cursor ? sql`and id > ${state.cursor}` : sql``} order by id limit ${sql.lit(size)}`.execute(engine.db)
    await found(await refreshRecords(engine, object, rows.map((row) => row.id), rules, { always: true, depth: state.stage }))
    const last = rows.length < size
    const next = last && state.stage === 'keys' && object === 'client' && rules.kinds.has('similarName') ? sql`stage = 'similar', cursor = null, done = 0`
      : sql`cursor = ${rows.at(-1)?.id ?? state.cursor}, done = done + ${rows.length}, finished_at = ${last ? sql`now()` : sql`null`}`
    // Who finds that another run was here already has only repeated what it did.
    await sql`update core.duplicate_scan set ${next} where object = ${object} and stage = ${state.stage} and cursor is not distinct from ${state.cursor}::uuid and finished_at is null`.execute(engine.db)
  }
  return false
}

/** Begins a scan anew. */
export async function startScan(db: Db, object: Matched): Promise<void> {
  await sql`update core.duplicate_scan set stage = 'keys', cursor = null, done = 0, started_at = now(), finished_at = null where object = ${object}`.execute(db)
}
