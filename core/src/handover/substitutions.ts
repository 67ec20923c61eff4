import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { InputError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import { requireAllOfPerson } from '../access/narrowing.ts'
import { keepConfiguration } from '../changes/configuration.ts'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import type { RequestContext } from '../graphql/context.ts'
import { invalid } from '../model/change.ts'

export interface SubstitutionInput { absent?: string | null, substitute: string, from: Date | string, until: Date | string, note?: string | null }
export interface Substitution { id: string, absent: string, substitute: string, from: Date, until: Date, note: string | null, createdAt: Date }

/** Longer than this is no absence. */
const MOST_DAYS = 366

const FIELDS = sql`s.id, s.absent_id as absent, s.substitute_id as substitute, s.from_at as "from", s.until_at as until, s.note, s.created_at as "createdAt"`

/** Those that run or are to come, and those that ended within 90 days. One's own, on either side; of all people with `users.manage`. */
export async function listSubstitutions(ctx: RequestContext, user?: string | null): Promise<Substitution[]> {
  const me = ctx.actor.userId
  const all = ctx.access.capability('users.manage')
  if (user && !UUID.test(user)) return []
  const { rows } = await sql<Substitution>`select ${FIELDS} from core.substitution s where s.until_at > now() - interval '90 days'
    ${all ? sql`` : sql`and (s.absent_id = ${me}::uuid or s.substitute_id = ${me}::uuid)`}
    ${user ? sql`and (s.absent_id = ${user}::uuid or s.substitute_id = ${user}::uuid)` : sql``} order by s.from_at desc, s.id limit 500`.execute(ctx.engine.db)
  return rows
}

/**
 * Lets somebody stand in for an absent person. One says so for oneself; for others with `users.manage`, and nobody but an
 * administrator puts himself in another's place.
 */
export async function startSubstitution(ctx: RequestContext, input: SubstitutionInput): Promise<Substitution> {
  const me = personOf(ctx)
  const absent = input.absent ?? me
  if (absent !== me) ctx.access.require('users.manage')
  if (absent !== me && input.substitute === me && !ctx.access.everything) throw new NotAllowedError('Somebody else puts you in another person’s place.')
  for (const [field, id] of [['absent', absent], ['substitute', input.substitute]] as const) await requirePerson(ctx, field, id)
  if (absent === input.substitute) throw invalid('substitute', 'reference', 'Choose another person.')
  const from = new Date(input.from)
  const until = new Date(input.until)
  if (!(until > from) || until <= new Date()) throw invalid('until', 'min', 'The end must be after the beginning, and still to come.')
  if (until.getTime() - from.getTime() > MOST_DAYS * 86_400_000) throw invalid('until', 'max', 'A substitution lasts at most a year.')
  const note = input.note?.trim().slice(0, 500) || null
  const id = uuidv7()
  await ctx.engine.db.transaction().execute(async (trx) => {
    const { rows } = await sql`select 1 from core.substitution where absent_id = ${absent} and substitute_id = ${input.substitute} and from_at < ${until} and until_at > ${from} limit 1`.execute(trx)
    if (rows.length) throw new InputError('This person stands in already at that time.', [{ field: 'from', rule: 'unique', message: 'This person stands in already at that time.' }])
    await sql`insert into core.substitution (id, absent_id, substitute_id, from_at, until_at, note, created_by)
      values (${id}, ${absent}, ${input.substitute}, ${from}, ${until}, ${note}, ${me})`.execute(trx)
    await sql`select auth.announce_access(${input.substitute}::uuid)`.execute(trx)
    await keepConfiguration(trx, ctx.caller, { subject: 'substitution', id: absent, object: 'user', before: null, after: state(input.substitute, from, until, note) })
  })
  return (await find(ctx, id))!
}

/** Ends a substitution now, or takes back one that is to come: the absent person herself, or with `users.manage`. */
export async function endSubstitution(ctx: RequestContext, id: string): Promise<boolean> {
  const me = personOf(ctx)
  const found = UUID.test(id) ? await find(ctx, id) : null
  const mine = found?.absent === me
  if (!found || (!mine && !ctx.access.capability('users.manage'))) throw new NotFoundError('There is no such substitution.', { id })
  return ctx.engine.db.transaction().execute(async (trx) => {
    const { rows: [ended] } = await sql<{ until_at: Date }>`update core.substitution set until_at = greatest(from_at, now()) where id = ${id} and until_at > now() returning until_at`.execute(trx)
    if (!ended) return false
    if (found.from > new Date()) await sql`delete from core.substitution where id = ${id}`.execute(trx)
    await sql`select auth.announce_access(${found.substitute}::uuid)`.execute(trx)
    const { substitute, from, until, note } = found
    await keepConfiguration(trx, ctx.caller, {
      subject: 'substitution', id: found.absent, object: 'user', before: state(substitute, from, until, note), after: found.from > new Date() ? null : state(substitute, from, ended.until_at, note),
    })
    return true
  })
}

const state = (substitute: string, from: Date, until: Date, note: string | null): object => ({ substitutes: { [substitute]: 'substitute' }, from: from.toISOString(), until: until.toISOString(), note })

async function find(ctx: RequestContext, id: string): Promise<Substitution | null> {
  const { rows } = await sql<Substitution>`select ${FIELDS} from core.substitution s where s.id = ${id}`.execute(ctx.engine.db)
  return rows[0] ?? null
}

/** It opens all records of a person: a token with some of her rights may not do it. */
function personOf({ actor }: RequestContext): string {
  requireAllOfPerson(actor)
  if (!actor.userId) throw new NotAllowedError('You may no longer act here.')
  return actor.userId
}

/** Somebody who works here and whom the caller may see; oneself needs no right to see users. */
async function requirePerson(ctx: RequestContext, field: string, id: string): Promise<void> {
  const known = UUID.test(id) && (id === ctx.actor.userId || (await visibleTitles(ctx.reading, [['user', id]])).has(id))
  const { rows } = known ? await sql`select 1 from core."user" where id = ${id} and trashed_at is null and (active or ${field === 'absent'})`.execute(ctx.engine.db) : { rows: [] }
  if (!rows.length) throw invalid(field, 'reference', 'There is no such user.')
}
