import { sql } from 'kysely'
import { visibleTitles } from '../changes/changes.ts'
import type { Reading } from '../records/reading.ts'
import { findMatches, type Sought } from './find.ts'
import { keysOf, type Facts, type MatchRules } from './keys.ts'
import { rankOf, together, visibleKinds, type KeyKind, type Matched, type Reason, type Strength } from './kinds.ts'

/** A record that may be the same as one that is being entered. `record` is null for one that the reader may not see. */
export interface Match { object: Matched, record: { object: string, id: string, title: string | null } | null, owner: string | null, strength: Strength, reasons: Reason[] }

/** By these a person is found at a client, and a client by its person. */
const ACROSS = ['phone', 'email', 'messenger']
/** Matches by these alone say that somebody is called alike. */
const NAME_KINDS: readonly KeyKind[] = ['name', 'similarName', 'personName', 'initials']
const MOST = 20
const MOST_NAMED = 5

/**
 * Records that may be the same as these, those with the same number or address before those that are called alike, each strongest first: those that the reader sees, by what he may read. Who has
 * `duplicates.see` also learns that there is one that he may not see, and whose it is, where the match is a strong one.
 * @param hints also names that are alike, and people at clients and clients of people who share a number or address: never more than medium
 */
export async function matchesOf(reading: Reading, facts: readonly Facts[], rules: MatchRules, hints: boolean, except: string | null = null): Promise<Match[][]> {
  const object = facts[0]!.object
  const keys = facts.map((one) => keysOf(one, rules))
  const result = facts.map((): Match[] => [])
  const collect = async (other: Matched): Promise<void> => {
    const kinds = visibleKinds(reading.generation.model, reading.access, other)
    if (!reading.generation.model.objects.has(other) || !kinds.size) return
    const sought: Sought[] = keys.map((list, i) => ({ ref: String(i), id: except, keys: list.filter((key) => kinds.has(key.kind) && (other === object || ACROSS.includes(key.kind))) }))
    const similar = hints && other === object && kinds.has('similarName') && rules.kinds.has('similarName')
    const found = await findMatches(reading.db, other, sought, similar)
    const seen = await visibleTitles(reading, [...found.values()].flatMap((of) => [...of.keys()]).map((id) => [other, id]))
    const owners = await ownersOf(reading, other, [...found.values()].flatMap((of) => [...of.keys()].filter((id) => !seen.has(id))))
    for (const [ref, of] of found) for (const [id, reasons] of of) {
      const strength = together(reasons)
      const known = facts[Number(ref)]!.clients.includes(id)
      if (!strength || known) continue
      const told: Strength = other === object || rankOf(strength) < rankOf('medium') ? strength : 'medium'
      if (seen.has(id)) result[Number(ref)]!.push({ object: other, record: { object: other, id, title: seen.get(id) ?? null }, owner: null, strength: told, reasons })
      else if (other === object && rankOf(strength) >= rankOf('strong') && owners) result[Number(ref)]!.push({ object: other, record: null, owner: owners.get(id) ?? null, strength, reasons })
    }
  }
  await collect(object)
  if (hints) await collect(object === 'client' ? 'contact' : 'client')
  return result.map((list) => foremost(list))
}

/** What is known by a number or an address first, and of what is only called alike no more than a few: they would bury it. */
function foremost(matches: Match[]): Match[] {
  const { named = [], keyed = [] } = Object.groupBy(matches.sort((a, b) => rankOf(b.strength) - rankOf(a.strength)), (match) => (isAlikeByName(match) ? 'named' : 'keyed'))
  return [...keyed.slice(0, MOST), ...named.slice(0, MOST_NAMED)]
}
const isAlikeByName = ({ reasons }: Match): boolean => reasons.every(({ kind }) => NAME_KINDS.includes(kind))

/** Whose the hidden records are; null for who may not learn it. */
async function ownersOf(reading: Reading, object: Matched, ids: string[]): Promise<Map<string, string | null> | null> {
  if (!reading.access.capability('duplicates.see')) return null
  const table = reading.generation.model.objects.get(object)!.table
  const { rows } = await sql<{ id: string, owner: string | null }>`select id, owner_id as owner from core.${sql.id(table)} where id = any(${ids}::uuid[])`.execute(reading.db)
  const names = await visibleTitles(reading, rows.flatMap((row) => (row.owner ? [['user', row.owner] as [string, string]] : [])))
  const owner = reading.generation.model.objects.get(object)!.byKey.get('owner')!
  return new Map(rows.map((row) => [row.id, row.owner && reading.access.canRead(owner) ? names.get(row.owner) ?? null : null]))
}
