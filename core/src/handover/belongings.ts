import { sql, type Kysely } from 'kysely'
import type { Localized } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import type { Caller } from '../access/caller.ts'
import { intakeSettings, type Rule } from '../intake/intake-settings.ts'
import type { Member } from '../intake/pick.ts'
import type { Reading } from '../records/reading.ts'
import { changeSection, readSection } from '../settings/section.ts'
import { seenBy, SHARED, type SavedTable } from '../views/saved.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** One thing on its way to somebody. `detail`: what the way back needs to know. */
export interface Passed { position: number, id: string, to: string, detail?: unknown }

/** What belongs to somebody's work and is no record: it goes along with a hand-over, and comes back with it. */
export interface Belonging {
  label: Localized
  /** Whether this person may give it to others at all. */
  may(access: Access): boolean
  /** Ids of all that the person has. */
  heldBy(db: Db, user: string): Promise<string[]>
  /** Names of those that the reader may see. */
  names(reading: Reading, ids: readonly string[]): Promise<Map<string, string>>
  /** @returns those that went, each with its detail; the others were not his any more */
  give(db: Db, caller: Caller, from: string, passed: readonly Passed[]): Promise<Passed[]>
  /** @returns those that came back; the others went on since */
  takeBack(db: Db, caller: Caller, from: string, passed: readonly Passed[]): Promise<Passed[]>
}

/** Turns among whom requests are shared out: the new person stands where the former one stood, with his weight and cap. */
const queues: Belonging = {
  label: { ru: 'Места в очередях распределения', uk: 'Місця в чергах розподілу', fi: 'Paikat jakojonoissa', en: 'Places in queues' },
  may: (access) => access.capability('intake.manage'),
  heldBy: async (db, user) => (await readSection(db, intakeSettings)).value.rules.filter((rule) => placeOf(rule, user) >= 0).map((rule) => rule.id),
  async names({ db, access }, ids) {
    if (!access.capability('intake.manage')) return new Map()
    return new Map((await readSection(db, intakeSettings)).value.rules.filter((rule) => ids.includes(rule.id)).map((rule) => [rule.id, rule.name]))
  },
  give: (db, caller, from, passed) => changePools(db, caller, passed, (rule, one) => {
    const at = placeOf(rule, from)
    if (at < 0) return null
    const member = rule.pool[at]!
    // Who stands in the queue already keeps his own place.
    const joins = placeOf(rule, one.to) < 0
    return { pool: joins ? rule.pool.with(at, { ...member, user: one.to }) : rule.pool.toSpliced(at, 1), one: { ...one, detail: { at, member, joins } } }
  }),
  takeBack: (db, caller, from, passed) => changePools(db, caller, passed, (rule, one) => {
    const { at, member, joins } = one.detail as { at: number, member: Member, joins: boolean }
    const now = placeOf(rule, one.to)
    if (placeOf(rule, from) >= 0 || (joins && now < 0)) return null
    return { pool: joins ? rule.pool.with(now, member) : rule.pool.toSpliced(at, 0, member), one }
  }),
}

const placeOf = (rule: Rule, user: string): number => rule.pool.findIndex((member) => member.user === user)

async function changePools(db: Db, caller: Caller, passed: readonly Passed[], change: (rule: Rule, one: Passed) => { pool: Member[], one: Passed } | null): Promise<Passed[]> {
  const done: Passed[] = []
  await changeSection(db, intakeSettings, caller, (settings) => ({
    ...settings,
    rules: settings.rules.map((rule) => {
      const one = passed.find(({ id }) => id === rule.id)
      const changed = one && change(rule, one)
      if (!changed) return rule
      done.push(changed.one)
      return { ...rule, pool: changed.pool }
    }),
  }))
  return done
}

/** Views and segments that others use; what somebody saved for himself stays his. */
function saved(table: SavedTable, label: Localized): Belonging {
  const give = async (db: Db, passed: readonly Passed[], from: (one: Passed) => string, to: (one: Passed) => string): Promise<Passed[]> => {
    const { rows } = await sql<{ id: string }>`update core.${sql.id(table)} s set owner_id = p.new_owner, version = version + 1, updated_at = now()
      from jsonb_to_recordset(${JSON.stringify(passed.map((one) => ({ id: one.id, old_owner: from(one), new_owner: to(one) })))}::jsonb) as p (id uuid, old_owner uuid, new_owner uuid)
      where s.id = p.id and s.owner_id = p.old_owner and s.trashed_at is null and ${SHARED} returning s.id`.execute(db)
    return passed.filter(({ id }) => rows.some((row) => row.id === id))
  }
  return {
    label,
    may: (access) => access.capability('views.share'),
    heldBy: async (db, user) => (await sql<{ id: string }>`select id from core.${sql.id(table)} where owner_id = ${user}::uuid and trashed_at is null and ${SHARED} order by id`.execute(db)).rows.map(({ id }) => id),
    async names({ db, access }, ids) {
      const { rows } = await sql<{ id: string, name: string }>`select id, name from core.${sql.id(table)} where id = any(${ids}::uuid[]) and ${access.everything ? SHARED : seenBy(access.actor)}`.execute(db)
      return new Map(rows.map(({ id, name }) => [id, name]))
    },
    give: (db, _, from, passed) => give(db, passed, () => from, ({ to }) => to),
    takeBack: (db, _, from, passed) => give(db, passed, ({ to }) => to, () => from),
  }
}

/** By the name under which a hand-over knows them, in the order in which they are offered. */
export const BELONGINGS: ReadonlyMap<string, Belonging> = new Map([
  ['intakeQueue', queues],
  ['view', saved('view', { ru: 'Общие представления', uk: 'Спільні подання', fi: 'Jaetut näkymät', en: 'Shared views' })],
  ['segment', saved('segment', { ru: 'Общие сегменты', uk: 'Спільні сегменти', fi: 'Jaetut segmentit', en: 'Shared segments' })],
])

/** Those of a person that the reader may give to others. */
export async function belongingsOf(reading: Reading, name: string, user: string): Promise<string[]> {
  const kind = BELONGINGS.get(name)
  if (!kind?.may(reading.access)) return []
  const held = await kind.heldBy(reading.db, user)
  const seen = await kind.names(reading, held)
  return held.filter((id) => seen.has(id))
}
