import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, InputError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import { say } from '../accounts/messages.ts'
import { keepConfiguration } from '../changes/configuration.ts'
import { setInterests } from '../events/index.ts'
import { UUID } from '../facts/uuid.ts'
import type { RequestContext } from '../graphql/context.ts'
import type { SecretBox } from '../settings/index.ts'
import type { Networks } from '../outbound/address.ts'
import { checkEndpoint, type EndpointInput, type Wanted } from './check.ts'
import { loadEndpoints, purposeOf, worksHere, type Db, type Endpoint } from './endpoint.ts'
import { newSecret } from './sign.ts'

const MOST = 100

/** An endpoint is told what its owner sees, so a token with fewer rights may not make one. */
function personOf({ actor }: RequestContext): string {
  if (actor.kind !== 'user' || !actor.userId) throw new NotAllowedError(say('sessionOnly', actor.locale))
  return actor.userId
}

/** @returns the endpoint's id and its secret, which is told this once */
export async function createEndpoint(ctx: RequestContext, box: SecretBox, networks: Networks, input: EndpointInput): Promise<{ id: string, secret: string }> {
  const owner = personOf(ctx)
  const wanted = await checkEndpoint(ctx.reading, input, networks)
  const id = uuidv7()
  const secret = newSecret()
  await ctx.engine.db.transaction().execute(async (trx) => {
    await sql`lock table core.webhook in share row exclusive mode`.execute(trx)
    if ((await loadEndpoints(trx)).length >= MOST) throw new InputError(`At most ${MOST} webhooks.`)
    await sql`insert into core.webhook (id, name, url, events, object, condition, fields, active, owner_id, secret)
      values (${id}, ${wanted.name}, ${wanted.url}, ${wanted.events}::text[], ${wanted.object}, ${json(wanted.condition)}, ${wanted.fields}::text[], ${wanted.active}, ${owner}, ${JSON.stringify(box.seal(secret, purposeOf(id)))})`.execute(trx)
    await listenAnew(trx)
    await keep(trx, ctx, id, null, wanted)
  })
  return { id, secret }
}

/**
 * Saves an endpoint. Who changes what it is told, or where that goes, becomes its owner: nobody sends what others see to an
 * address of his own.
 * @throws ConflictError with a stale version
 */
export async function updateEndpoint(ctx: RequestContext, networks: Networks, id: string, version: number, input: EndpointInput): Promise<void> {
  const person = personOf(ctx)
  await ctx.engine.db.transaction().execute(async (trx) => {
    const before = await locked(trx, id)
    if (before.version !== version) throw new ConflictError('Somebody changed this webhook meanwhile. Look at it again.', { id, version: before.version })
    const given = { ...input, active: input.active ?? before.active }
    const same = told(before).every((value, i) => isDeepStrictEqual(value, told({ ...given, object: given.object || null, condition: given.condition ?? null, fields: given.fields ?? [] })[i]))
    const keepsOwner = same && await worksHere(trx, before.owner)
    const wanted = keepsOwner ? { ...before, name: (await checkEndpoint(ctx.reading, { name: input.name, url: before.url, events: before.events }, networks)).name, active: given.active } : await checkEndpoint(ctx.reading, given, networks)
    await sql`update core.webhook set name = ${wanted.name}, url = ${wanted.url}, events = ${wanted.events}::text[], object = ${wanted.object}, condition = ${json(wanted.condition)}, fields = ${wanted.fields}::text[],
      active = ${wanted.active}, owner_id = ${keepsOwner ? before.owner : person}, version = version + 1
      ${wanted.active && !before.active ? sql`, stopped = null, stopped_at = null, failing_since = null` : sql``} where id = ${id}`.execute(trx)
    if (!wanted.active) await dropWaiting(trx, id)
    await listenAnew(trx)
    await keep(trx, ctx, id, before, wanted)
  })
}

const told = ({ url, events, object, condition, fields }: Pick<Endpoint, 'url' | 'events' | 'object' | 'condition' | 'fields'>): unknown[] => [url, events, object, condition, fields]

/** To the trash, or back from it, switched off. */
export async function setEndpointTrashed(ctx: RequestContext, id: string, trashed: boolean): Promise<void> {
  await ctx.engine.db.transaction().execute(async (trx) => {
    const before = trashed ? await locked(trx, id) : null
    const { rows } = await sql`update core.webhook set trashed_at = ${trashed ? sql`now()` : null}, active = false, version = version + 1
      where id = ${UUID.test(id) ? id : null}::uuid and (trashed_at is null) = ${trashed} returning id`.execute(trx)
    if (!rows.length) throw missing(id)
    if (trashed) await dropWaiting(trx, id)
    await listenAnew(trx)
    await keep(trx, ctx, id, before, trashed ? null : (await loadEndpoints(trx, { id }))[0]!)
  })
}

/** Makes the secret anew. The former one signs beside it for so many hours. @returns the new one, told this once */
export async function rotateSecret(ctx: RequestContext, box: SecretBox, id: string, overlapHours: number): Promise<string> {
  personOf(ctx)
  if (overlapHours < 0 || overlapHours > 24 * 30) throw new InputError('The former secret may hold for 0–720 hours.')
  const secret = newSecret()
  await ctx.engine.db.transaction().execute(async (trx) => {
    await locked(trx, id)
    await sql`update core.webhook set former_secret = ${overlapHours ? sql`secret` : null}, former_until = now() + make_interval(hours => ${overlapHours}), secret = ${JSON.stringify(box.seal(secret, purposeOf(id)))}, version = version + 1 where id = ${id}`.execute(trx)
    const [{ name }] = await loadEndpoints(trx, { id }) as [Endpoint]
    await keepConfiguration(trx, ctx.caller, { subject: 'webhook', id, name: { en: name }, before: { secret: { isSet: true } }, after: { secret: { isSet: true, replaced: true } } })
  })
  return secret
}

async function locked(trx: Db, id: string): Promise<Endpoint> {
  if (UUID.test(id)) await sql`select 1 from core.webhook where id = ${id} for update`.execute(trx)
  const [endpoint] = UUID.test(id) ? await loadEndpoints(trx, { id }) : []
  if (!endpoint) throw missing(id)
  return endpoint
}

export const missing = (id: string): NotFoundError => new NotFoundError('There is no such webhook.', { id })

/** What waits for an endpoint that is switched off does not leave when it is on again; it can be replayed. */
export async function dropWaiting(trx: Db, id: string): Promise<void> {
  await sql`update core.webhook_delivery set state = 'failed', error = 'stopped', next_at = null where webhook_id = ${id} and state = 'waiting'`.execute(trx)
}

/** Only events that an endpoint waits for cost anything. */
export async function listenAnew(trx: Db): Promise<void> {
  const endpoints = await loadEndpoints(trx, { active: true })
  await setInterests(trx, 'webhooks', 'tell', [...new Set(endpoints.flatMap((endpoint) => endpoint.events))])
}

async function keep(trx: Db, ctx: RequestContext, id: string, before: Wanted | null, after: Wanted | null): Promise<void> {
  const state = (w: Wanted | null): object | null => w && { name: w.name, url: w.url, events: w.events, object: w.object, condition: w.condition, fields: w.fields, active: w.active }
  const { name, object } = (after ?? before)!
  await keepConfiguration(trx, ctx.caller, { subject: 'webhook', id, ...(object ? { object } : {}), name: { en: name }, before: state(before), after: state(after) })
}

const json = (value: object | null): string | null => (value ? JSON.stringify(value) : null)
