import { sql, type RawBuilder } from 'kysely'
import { InputError, LimitError, NotFoundError, type Filter } from '@kartotek/sdk'
import { accessPredicate, transferPredicate } from '../access/predicate.ts'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import { invalid } from '../model/change.ts'
import type { ObjectModel } from '../model/model.ts'
import { compileFilter } from '../records/filter.ts'
import type { Reading } from '../records/reading.ts'
import { withSegments } from '../segments/in-filter.ts'
import { BELONGINGS, belongingsOf } from './belongings.ts'
import type { Letter } from './letter-text.ts'
import { handedOver, isOpen, parentsOf } from './objects.ts'

/** What is handed over, and to whom. */
export interface HandOverInput {
  from: string
  objects: { object: string, openOnly?: boolean | null }[]
  /** One person gets all; of several each gets the next one in turn. */
  to?: string[] | null
  /** First match wins. What matches none goes to `to`, or stays. */
  conditions?: { object: string, filter: Filter, to: string }[] | null
  reason?: string | null
  /** A day, in the time zone of the company, on which it begins by itself; without it begins at once. */
  startOn?: string | null
  /** What the clients that move are told by e-mail when it is done. */
  letter?: Letter | null
}

/** To whom one record goes; null: nobody gets it, it stays. */
export interface Step { object: string, id: string, to: string | null }

/** More than this is not one person's work, and a preview of it would wait too long. */
const MOST = 200_000
const MOST_CONDITIONS = 50

/**
 * Who gets which record. What hangs on a record that goes to somebody goes with it (the orders and contacts of a client, the
 * tasks about it), so that nobody gets half of a client; the rest goes by condition, then in turn. Only records that the
 * reader may hand over himself. What belongs to the work and is no record goes in turn, without conditions.
 * @throws NotFoundError, InputError
 */
export async function planHandOver(given: Reading, input: HandOverInput): Promise<Step[]> {
  const { objects: chosen, belongings } = await check(given, input)
  const reading = await withSegments(given, { and: (input.conditions ?? []).map((c) => c.filter) })
  const { model } = reading.generation
  const gets = new Map<string, string | null>()
  const steps: Step[] = []
  let turn = 0
  for (const { object, openOnly } of chosen) {
    const mine = (input.conditions ?? []).filter((c) => c.object === object.name)
    const which = mine.length
      ? sql<number | null>`case ${sql.join(mine.map((c, i) => sql`when ${compileFilter(reading, object, c.filter, 'r')} then ${sql.lit(i)}`), sql` `)} end` : sql<number | null>`null::int`
    const parents = parentsOf(model, object)
    const above: RawBuilder<unknown> = parents.length ? sql.join(parents.map((p) => p.ids('r')), sql` || `) : sql`array[]::uuid[]`
    const { rows } = await sql<{ id: string, which: number | null, parents: (string | null)[] }>`select r.id, ${which} as which, (${above})::text[] as parents
      from core.${sql.id(object.table)} r where ${belongs(reading, object, input.from, openOnly)} order by r.id limit ${sql.lit(MOST + 1 - steps.length)}`.execute(reading.db)
    for (const row of rows) {
      const parent = row.parents.find((id) => id !== null && gets.has(id))
      const to = parent ? gets.get(parent)! : row.which !== null ? mine[row.which]!.to : input.to?.length ? input.to[turn++ % input.to.length]! : null
      gets.set(row.id, to)
      steps.push({ object: object.name, id: row.id, to })
    }
    if (steps.length > MOST) throw new LimitError(`One hand-over moves at most ${MOST} records.`, { limit: MOST })
  }
  for (const name of belongings) {
    for (const id of await belongingsOf(given, name, input.from)) steps.push({ object: name, id, to: input.to?.length ? input.to[turn++ % input.to.length]! : null })
  }
  return steps
}

/** Records of the person that the reader may hand over. */
export function belongs(reading: Reading, object: ObjectModel, from: string, openOnly: boolean): RawBuilder<boolean> {
  const { access, generation: { model } } = reading
  const conditions = [sql<boolean>`r.owner_id = ${from}::uuid and r.trashed_at is null`]
  for (const condition of [accessPredicate(model, access, object, 'update', 'r', true), transferPredicate(access, object, 'r'), openOnly ? isOpen(object, 'r') : null]) if (condition) conditions.push(condition)
  return sql.join(conditions, sql` and `) as RawBuilder<boolean>
}

async function check(reading: Reading, input: HandOverInput): Promise<{ objects: { object: ObjectModel, openOnly: boolean }[], belongings: string[] }> {
  const to = input.to ?? []
  const conditions = input.conditions ?? []
  if (conditions.length > MOST_CONDITIONS || to.length > MOST_CONDITIONS) throw new LimitError(`At most ${MOST_CONDITIONS} people and conditions.`, { limit: MOST_CONDITIONS })
  if (!to.length && !conditions.length) throw invalid('to', 'required', 'Choose who takes over.')
  const people = [...new Set([...to, ...conditions.map((c) => c.to)])]
  const seen = await visibleTitles(reading, [input.from, ...people].filter((id) => UUID.test(id)).map((id) => ['user', id]))
  if (!seen.has(input.from)) throw new NotFoundError('There is no such user.', { id: input.from })
  const { rows } = await sql<{ id: string }>`select id from core."user" where id = any(${people.filter((id) => seen.has(id))}::uuid[]) and active and trashed_at is null`.execute(reading.db)
  const known = new Set(rows.map((r) => r.id))
  if (people.some((id) => !known.has(id))) throw invalid('to', 'reference', 'There is no such user.')
  if (people.includes(input.from)) throw invalid('to', 'reference', 'Choose another person.')
  const possible = handedOver(reading.generation.model, reading.access)
  const names = new Map(input.objects.map((o) => [o.object, o.openOnly ?? false]))
  const belongings = [...BELONGINGS].flatMap(([name, kind]) => (names.has(name) && kind.may(reading.access) ? [name] : []))
  const unknown = [...[...names.keys()].filter((name) => !belongings.includes(name)), ...conditions.map((c) => c.object)].find((name) => !possible.some((o) => o.name === name))
  if (unknown) throw new InputError(`There is no object "${unknown}".`, [{ field: 'objects', rule: 'unknown', message: `There is no object "${unknown}".` }])
  if (!names.size) throw invalid('objects', 'required', 'Choose what is handed over.')
  return { objects: possible.filter((o) => names.has(o.name)).map((object) => ({ object, openOnly: names.get(object.name)! })), belongings }
}
