import { sql, type Kysely } from 'kysely'
import type { MatchKey } from './keys.ts'
import { rankOf, strengthOf, type KeyKind, type Matched, type Reason } from './kinds.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** What so many records have tells nothing of any of them: the telephone of a business centre. */
export const MOST_HOLDERS = 20
const MOST_SIMILAR = 10
/** Rule C.14: names of at least this similarity by trigrams are a weak match. */
const SIMILARITY = 0.6

/** A record whose matches are looked for; `id` is null where it is not stored yet. */
export interface Sought { ref: string, id: string | null, keys: readonly MatchKey[] }

/**
 * Records of an object that have keys in common with these, and what they have in common, by `ref`. Two statements, each by
 * an index, however many are sought.
 */
export async function findMatches(db: Db, object: Matched, sought: readonly Sought[], similar: boolean): Promise<Map<string, Map<string, Reason[]>>> {
  const found = new Map<string, Map<string, Reason[]>>()
  const note = (ref: string, record: string, reason: Reason): void => {
    if (!strengthOf(reason)) return
    const of = found.get(ref) ?? found.set(ref, new Map()).get(ref)!
    const reasons = of.get(record) ?? of.set(record, []).get(record)!
    if (!reasons.some((r) => r.kind === reason.kind && r.key === reason.key)) reasons.push(reason)
  }
  const wanted = sought.flatMap(({ ref, id, keys }) => keys.map((key) => ({ ref, id, ...key })))
  const { rows } = await sql<{ ref: string, kind: KeyKind, key: string, detail: string | null, record_id: string, other: string | null }>`
    select w.ref, w.kind, w.key, w.detail, m.record_id, m.detail as other from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w (ref text, id uuid, kind text, key text, detail text)
    cross join lateral (select k.record_id, k.detail from core.match_key k where k.object = ${object} and k.kind = w.kind and k.key = w.key and k.record_id is distinct from w.id
      limit ${sql.lit(MOST_HOLDERS + 1)}) m`.execute(db)
  for (const group of Map.groupBy(rows, (row) => `${row.ref} ${row.kind} ${row.key}`).values()) {
    if (group.length > MOST_HOLDERS) continue
    for (const { ref, kind, key, detail, record_id: record, other } of group) note(ref, record, { kind, key, details: [detail, other] })
  }
  const names = similar && object === 'client' ? wanted.filter((key) => key.kind === 'name') : []
  if (names.length) {
    // The index counts trigrams in common, beginning with the rarest, by the limit that is set before it is asked.
    const { rows: alike } = await sql<{ ref: string, record_id: string, key: string }>`
      select w.ref, m.record_id, m.key from jsonb_to_recordset(${JSON.stringify(names)}::jsonb) as w (ref text, id uuid, key text)
      cross join (select set_config('pg_trgm.similarity_threshold', ${String(SIMILARITY)}, true) as set) l
      cross join lateral (select k.record_id, k.key from core.match_key k where l.set is not null and k.object = 'client' and k.kind = 'name' and k.key % w.key and k.key <> w.key and k.record_id is distinct from w.id
        order by k.key <-> w.key limit ${sql.lit(MOST_SIMILAR)}) m`.execute(db)
    for (const { ref, record_id: record, key } of alike) note(ref, record, { kind: 'similarName', key, details: [null, null] })
  }
  for (const of of found.values()) for (const reasons of of.values()) reasons.sort((a, b) => rankOf(strengthOf(b)!) - rankOf(strengthOf(a)!))
  return found
}
