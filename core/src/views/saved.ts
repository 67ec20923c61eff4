import { ConflictError, InputError, LimitError, NotAllowedError, NotFoundError, type Actor } from '@kartotek/sdk'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { uuidv7 } from 'uuidv7'
import type { Access } from '../access/access.ts'
import { UUID } from '../facts/uuid.ts'
import type { Reading } from '../records/reading.ts'

/** The tables of what people save about an object; all work alike. */
export type SavedTable = 'view' | 'segment'

/** To whom it is shown besides its owner. */
export interface Sharing { everybody: boolean, teams: string[], roles: string[] }

export interface Saved<Definition> extends Sharing {
  id: string
  object: string
  name: string
  owner_id: string
  definition: Definition
  version: number
  updated_at: Date
  trashed_at: Date | null
}

export interface SavedInput<Definition> { name: string, definition: Definition, sharing: Sharing }

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** Of one person. */
const MOST = 500
const LONGEST = 64 * 1024

/** Shown to others than its owner. */
export const SHARED = sql<boolean>`(everybody or teams <> '{}' or roles <> '{}')`

/** Those that this actor may use: his own, and what is shared with him. Core code acts for everybody. */
export function seenBy(actor: Actor): RawBuilder<boolean> {
  if (actor.kind === 'system') return sql<boolean>`true`
  return sql<boolean>`(owner_id = ${actor.userId}::uuid or everybody or teams && ${actor.teamIds}::uuid[] or roles && ${actor.roleIds}::uuid[])`
}

export async function listSaved<D>({ db, access }: Reading, table: SavedTable, object: string | null, ids?: readonly string[]): Promise<Saved<D>[]> {
  const { rows } = await sql<Saved<D>>`select * from core.${sql.id(table)} where trashed_at is null and ${seenBy(access.actor)}
    ${object ? sql`and object = ${object}` : sql``} ${ids ? sql`and id = any(${ids.filter((id) => UUID.test(id))}::uuid[])` : sql``} order by lower(name), id limit 2000`.execute(db)
  return rows
}

/** Whoever shares for all may also put what others shared in order. */
export function mayChange(access: Access, saved: Pick<Saved<unknown>, 'owner_id'> & Sharing): boolean {
  const shared = saved.everybody || saved.teams.length > 0 || saved.roles.length > 0
  return saved.owner_id === access.actor.userId || (shared && access.capability('views.share'))
}

export async function createSaved<D>({ db, access }: Reading, table: SavedTable, object: string, input: SavedInput<D>, owner = access.actor.userId): Promise<string> {
  if (!owner) throw new NotAllowedError('Only a person can save this.')
  check(access, input, { everybody: false, teams: [], roles: [] })
  const { rows: [count] } = await sql<{ n: number }>`select count(*)::int as n from core.${sql.id(table)} where owner_id = ${owner} and trashed_at is null`.execute(db)
  if (count!.n >= MOST) throw new LimitError(`You may save at most ${MOST} of these.`, { limit: MOST })
  const id = uuidv7()
  await sql`insert into core.${sql.id(table)} (id, object, name, owner_id, definition, everybody, teams, roles)
    values (${id}, ${object}, ${input.name.trim()}, ${owner}, ${JSON.stringify(input.definition)}::jsonb, ${input.sharing.everybody}, ${input.sharing.teams}::uuid[], ${input.sharing.roles}::uuid[])`.execute(db)
  return id
}

/** @throws ConflictError where it was changed since that version */
export async function updateSaved<D>({ db, access }: Reading, table: SavedTable, id: string, version: number, change: (before: Saved<D>) => SavedInput<D> | Promise<SavedInput<D>>): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const before = await own<D>(trx, access, table, id, false)
    const input = await change(before)
    check(access, input, before)
    if (before.version !== version) throw new ConflictError('It was changed meanwhile; look at it again.', { id, version: before.version })
    await sql`update core.${sql.id(table)} set name = ${input.name.trim()}, definition = ${JSON.stringify(input.definition)}::jsonb, everybody = ${input.sharing.everybody},
      teams = ${input.sharing.teams}::uuid[], roles = ${input.sharing.roles}::uuid[], version = version + 1, updated_at = now() where id = ${id}`.execute(trx)
  })
}

/** Takes it away, or brings it back within 30 days. */
export async function trashSaved({ db, access }: Reading, table: SavedTable, id: string, trashed: boolean): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await own(trx, access, table, id, !trashed)
    await sql`update core.${sql.id(table)} set trashed_at = ${trashed ? sql`now()` : sql`null`}, version = version + 1 where id = ${id}`.execute(trx)
  })
}

export async function forgetTrashed(db: Db): Promise<void> {
  for (const table of ['view', 'segment']) await sql`delete from core.${sql.id(table)} where trashed_at < now() - interval '30 days'`.execute(db)
}

/** The locked row, if the actor may change it. What he may not see does not exist. */
async function own<D>(trx: Db, access: Access, table: SavedTable, id: string, trashed: boolean): Promise<Saved<D>> {
  const { rows: [row] } = UUID.test(id) ? await sql<Saved<D>>`select * from core.${sql.id(table)} where id = ${id} and trashed_at is ${trashed ? sql`not null` : sql`null`} and ${seenBy(access.actor)} for update`.execute(trx) : { rows: [] }
  if (!row) throw new NotFoundError('There is no such record.', { id })
  if (!mayChange(access, row)) throw new NotAllowedError('Only its owner may change this; save it under another name.', { id })
  return row
}

function check<D>(access: Access, { name, definition, sharing }: SavedInput<D>, before: Sharing): void {
  const length = [...name.trim()].length
  if (length < 1 || length > 100) throw new InputError('A name has 1 to 100 characters.', [{ field: 'name', rule: length ? 'maxLength' : 'required', message: 'A name has 1 to 100 characters.' }])
  if (JSON.stringify(definition).length > LONGEST) throw new LimitError('This is too long to be saved.', { limit: LONGEST })
  const ids = [...sharing.teams, ...sharing.roles]
  if (ids.some((id) => !UUID.test(id)) || ids.length > 200) throw new InputError('Teams and roles are given by their ids.', [{ field: 'sharing', rule: 'reference', message: 'Teams and roles are given by their ids.' }])
  // With the teams in which one is, one may always share; what others had shared further stays.
  const wider = (sharing.everybody && !before.everybody) || sharing.roles.some((id) => !before.roles.includes(id)) || sharing.teams.some((id) => !before.teams.includes(id) && !access.actor.teamIds.includes(id))
  if (wider) access.require('views.share')
}
