import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { openKartotek } from '../kartotek.ts'
import { SecretBox } from '../settings/index.ts'
import { testCrm } from '../testing/crm.ts'
import { testLog } from '../testing/index.ts'
import { parseNetworks } from '../outbound/address.ts'
import { deliverDue, dueEndpoints, heldFor, type Webhooks } from './deliver.ts'
import { makeSend } from './send.ts'

interface Call { headers: Record<string, string>, body: { type: string, timestamp: string, data: Record<string, unknown> }, raw: string }
const calls: Call[] = []
let answer: (request: IncomingMessage, response: ServerResponse) => void
const ok = (_: IncomingMessage, response: ServerResponse): void => { response.end('thanks') }
const server: Server = createServer((request, response) => {
  let raw = ''
  request.on('data', (part: Buffer) => { raw += part.toString() })
  request.on('end', () => { calls.push({ headers: request.headers as Record<string, string>, body: JSON.parse(raw) as Call['body'], raw }); answer(request, response) })
})
await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done) })
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`

const SECRET = 'a secret of the tests, thirty-two characters long'
const crm = await testCrm({ work: false, webhooks: { networks: '127.0.0.1' } })
const { engine } = crm.kartotek
afterAll(async () => { await crm.close(); server.closeAllConnections(); server.close() })
const hooks = (other = engine, timeoutMs?: number): Webhooks => ({ engine: other, box: new SecretBox(SECRET), send: makeSend({ networks: parseNetworks('127.0.0.1'), timeoutMs }) })
let admin: Caller

const one = crm.ask
const make = async (input: Record<string, unknown>, caller = admin) => (await one(caller, 'mutation ($input: WebhookInput!) { createWebhook(input: $input) { secret webhook { id version active } } }', { input: { name: 'Hook', url, events: ['client.*'], ...input } })).createWebhook as { secret: string, webhook: { id: string, version: number } }
const refused = async (input: Record<string, unknown>, caller = admin) => (await crm.query(caller, 'mutation ($input: WebhookInput!) { createWebhook(input: $input) { secret } }', { input: { name: 'Hook', url, events: ['client.*'], ...input } })).errors?.[0]
const remove = (id: string) => one(admin, 'mutation ($id: ID!) { deleteWebhook(id: $id) }', { id })
const client = async (input: Record<string, unknown>) => (await one(admin, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input })).createClient.id as string
const update = (id: string, input: Record<string, unknown>) => one(admin, 'mutation ($id: ID!, $input: ClientUpdateInput!) { updateClient(id: $id, input: $input) { id } }', { id, input })
const log = async (id: string) => (await one(admin, 'query ($id: ID!) { webhookDeliveries(webhook: $id, first: 200) { nodes { id eventId event record title state attempts code response error nextAt } } }', { id })).webhookDeliveries.nodes as { id: string, eventId: string, event: string, record: string, title: string, state: string, attempts: number, code: number | null, response: string | null, error: string | null, nextAt: string | null }[]
const read = async (id: string) => (await one(admin, 'query ($id: ID!) { webhook(id: $id) { active stopped owner version formerSecretUntil deliveries { waiting done failed } } }', { id })).webhook
const signature = (secret: string, { headers, raw }: Call) => `v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${raw}`).digest('base64')}`
/** Time goes by: what waits for its next attempt is due. */
const later = async (id: string, seconds: number): Promise<void> => {
  await sql`update core.webhook_delivery set next_at = next_at - make_interval(secs => ${seconds}) where webhook_id = ${id} and state = 'waiting'`.execute(engine.db)
  await sql`update core.webhook set failing_since = failing_since - make_interval(secs => ${seconds}) where id = ${id}`.execute(engine.db)
}
const leave = (user: string) => sql`update core."user" set active = false where id = ${user}`.execute(engine.db)

beforeAll(async () => { admin = await crm.as('administrator') })
beforeEach(() => { calls.length = 0; answer = ok })

describe('an endpoint', () => {
  it('is told of events, signed, once however often they are delivered', async () => {
    const { secret, webhook } = await make({ object: 'client', condition: { industry: { eq: 'wood' } }, fields: ['name', 'owner.name'] })
    const wood = await client({ name: 'Oak', industry: 'wood' })
    await client({ name: 'Iron', industry: 'metal' })
    await crm.drain()
    expect(calls).toHaveLength(1)
    const [call] = calls as [Call]
    expect(call.body).toMatchObject({ type: 'client.created', data: { object: 'client', id: wood, record: { id: wood, name: 'Oak' } } })
    expect(call.headers['webhook-signature']).toBe(signature(secret, call))
    expect(await log(webhook.id)).toMatchObject([{ event: 'client.created', record: wood, title: 'Oak', state: 'DONE', attempts: 1, code: 200, error: null, eventId: call.headers['webhook-id'] }])
    await update(wood, { note: 'x' })
    await crm.drain()
    expect(calls[1]!.body).toMatchObject({ type: 'client.updated', data: { changed: ['note'] } })
    await remove(webhook.id)
    await update(wood, { note: 'y' })
    await crm.drain()
    expect(calls).toHaveLength(2)
  })

  it('signs as Standard Webhooks does', async () => {
    const { signedHeaders } = await import('./sign.ts')
    // The vector of the specification's libraries.
    expect(signedHeaders(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], 'msg_p5jXN8AQM9LWM0D4loKWxJek', new Date(1_614_265_330_000), '{"test": 2432232314}'))
      .toEqual({ 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' })
  })

  it('has its secret made anew, with the former one beside it for a while', async () => {
    const { secret, webhook } = await make({ events: ['none.none'] })
    const renewed = (await one(admin, 'mutation ($id: ID!) { rotateWebhookSecret(id: $id, overlapHours: 1) }', { id: webhook.id })).rotateWebhookSecret as string
    await one(admin, 'mutation ($id: ID!) { testWebhook(id: $id) }', { id: webhook.id })
    await crm.drain()
    expect(calls[0]!.headers['webhook-signature']!.split(' ')).toEqual([signature(renewed, calls[0]!), signature(secret, calls[0]!)])
    await sql`update core.webhook set former_until = now() - interval '1 second' where id = ${webhook.id}`.execute(engine.db)
    await one(admin, 'mutation ($id: ID!) { testWebhook(id: $id) }', { id: webhook.id })
    await crm.drain()
    expect(calls[1]!.headers['webhook-signature']).toBe(signature(renewed, calls[1]!))
    const { rows } = await sql<{ secret: string }>`select secret::text as secret from core.webhook where id = ${webhook.id}`.execute(engine.db)
    expect(rows[0]!.secret).not.toContain(renewed.slice(6, 20))
    const { changeSets } = (await one(admin, '{ changeSets(configuration: true, first: 5) { nodes { id summary } } }'))
    expect(JSON.stringify(changeSets)).toContain('Hook')
    await remove(webhook.id)
  })

  it('is told what its owner may read, as it is at the delivery, and stops with him', async () => {
    const rules = { capabilities: ['webhooks.manage'], objects: { '*': { read: 'own' } }, fields: { 'client.industry': { read: false } } }
    const owner = await crm.withRules(rules as never)
    expect((await refused({ object: 'client', fields: ['industry'] }, owner))!.message).toContain('industry')
    expect((await refused({ object: 'client', condition: { industry: { eq: 'x' } } }, owner))!.message).toContain('industry')
    const { webhook } = await make({ object: 'client', fields: ['name', 'note'] }, owner)
    const mine = await client({ name: 'Mine', owner: owner.actor.userId, industry: 'secret' })
    await client({ name: 'Theirs', industry: 'secret' })
    await crm.drain()
    expect(calls.map((c) => c.body.data.id)).toEqual([mine])
    expect(JSON.stringify(calls)).not.toContain('secret')
    await update(mine, { industry: 'more secret' })
    await crm.drain()
    expect(calls).toHaveLength(1)
    expect(await log(webhook.id)).toMatchObject([{ state: 'SKIPPED', error: 'noAccess' }, { state: 'DONE' }])
    // Lost between the event and its delivery.
    answer = (_, response) => { response.statusCode = 500; response.end() }
    await update(mine, { note: 'x' })
    await crm.kartotek.jobs.drain({ deliveries: 1 })
    await one(admin, 'mutation ($id: ID!, $to: ID!) { updateClient(id: $id, input: { owner: $to }) { id } }', { id: mine, to: admin.actor.userId })
    const before = calls.length
    answer = ok
    await later(webhook.id, 60)
    await deliverDue(hooks(), webhook.id)
    expect(calls).toHaveLength(before)
    expect((await log(webhook.id)).filter((d) => d.state === 'SKIPPED')).toHaveLength(2)
    await leave(owner.actor.userId!)
    await dueEndpoints(hooks())
    expect(await read(webhook.id)).toMatchObject({ active: false, stopped: 'owner' })
    const { rows } = await sql<{ user_id: string }>`select user_id from core.notification where kind = 'webhookStopped'`.execute(engine.db)
    expect(rows.map((r) => r.user_id)).toContain(admin.actor.userId)
    await remove(webhook.id)
  })

  it('belongs to who changes where it goes, so that nobody sends what others see to himself', async () => {
    const { webhook } = await make({ object: 'client', fields: ['name'] })
    const other = await crm.withRules({ capabilities: ['webhooks.manage'], objects: { client: { read: 'own' } } })
    const save = (version: number, input: Record<string, unknown>) => one(other, 'mutation ($id: ID!, $version: Int!, $input: WebhookInput!) { updateWebhook(id: $id, version: $version, input: $input) { version owner } }', { id: webhook.id, version, input: { name: 'Renamed', url, events: ['client.*'], object: 'client', fields: ['name'], ...input } })
    expect((await save(1, {})).updateWebhook).toEqual({ version: 2, owner: admin.actor.userId })
    expect((await save(2, { url: `${url}/mine` })).updateWebhook).toEqual({ version: 3, owner: other.actor.userId })
    await expect(save(2, {})).rejects.toThrow('meanwhile')
    await remove(webhook.id)
  })

  it('is managed by who may, and not by tokens', async () => {
    const manager = await crm.as('manager')
    expect((await refused({}, manager))!.message).toContain('webhooks.manage')
    expect((await crm.query(manager, '{ webhooks { url } }')).errors![0]!.extensions.code).toBe('FORBIDDEN')
    expect((await refused({}, { ...admin, actor: { ...admin.actor, kind: 'token' } }))!.extensions.code).toBe('FORBIDDEN')
  })

  it.each([
    [{ url: 'ftp://example.com' }], [{ url: 'http://example.com@127.0.0.1/' }], [{ url: 'https://10.0.0.1/' }], [{ url: 'https://[::1]/' }], [{ url: 'https://[::ffff:169.254.169.254]/' }], [{ url: 'https://2130706434/' }], [{ url: 'http://8.8.8.8/' }],
    [{ url: 'https://user:pass@example.com/' }], [{ events: [] }], [{ events: ['everything'] }], [{ name: ' ' }], [{ object: 'contactPoint' }], [{ condition: { name: { eq: 'x' } } }], [{ object: 'client', fields: ['nowhere'] }], [{ object: 'client', condition: { nowhere: { eq: 1 } } }],
  ])('refuses %j', async (input) => expect(await refused(input)).toBeDefined())
})

describe('deliveries', () => {
  it('are tried again with growing pauses, and the answer is kept', async () => {
    const { webhook } = await make({ events: ['none.none'] })
    answer = (_, response) => { response.statusCode = 503; response.end('x'.repeat(5_000)) }
    await one(admin, 'mutation ($id: ID!) { testWebhook(id: $id) }', { id: webhook.id })
    await crm.drain()
    const pauses: number[] = []
    for (let i = 0; i < 20; i++) {
      const [delivery] = await log(webhook.id)
      if (!delivery!.nextAt) break
      const { rows: [row] } = await sql<{ pause: number }>`select extract(epoch from next_at - tried_at)::float8 as pause from core.webhook_delivery where id = ${delivery!.id}`.execute(engine.db)
      pauses.push(row!.pause)
      await later(webhook.id, row!.pause + 1)
      await deliverDue(hooks(), webhook.id)
    }
    expect(pauses).toHaveLength(9)
    expect(pauses.every((pause, i) => i === 0 || pause > pauses[i - 1]! * 0.65)).toBe(true)
    const days = pauses.reduce((a, b) => a + b) / 86_400
    expect(days).toBeGreaterThan(2.4)
    expect(days).toBeLessThan(3.9)
    const [delivery] = await log(webhook.id)
    expect(delivery).toMatchObject({ state: 'FAILED', attempts: 10, code: 503, error: 'status' })
    expect(new Set(calls.map((c) => c.headers['webhook-id'])).size).toBe(1)
    await remove(webhook.id)
  })

  it('stop after three days without any success, are told of, and can be replayed', async () => {
    const { webhook } = await make({ object: 'client' })
    answer = (_, response) => { response.statusCode = 500; response.end('no') }
    await client({ name: 'Unheard' })
    await crm.drain()
    await later(webhook.id, 3 * 86_400 + 60)
    await deliverDue(hooks(), webhook.id)
    expect(await read(webhook.id)).toMatchObject({ active: false, stopped: 'failing', deliveries: { waiting: 0, failed: 1 } })
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from core.notification where kind = 'webhookStopped' and user_id = ${admin.actor.userId} and key like ${`webhook:${webhook.id}:%`}`.execute(engine.db)
    expect(rows[0]!.n).toBe(1)
    expect((await crm.query(admin, 'mutation ($id: ID!) { replayFailedWebhookDeliveries(webhook: $id) }', { id: webhook.id })).errors![0]!.message).toContain('switched off')
    answer = ok
    const { version } = await read(webhook.id)
    await one(admin, 'mutation ($id: ID!, $version: Int!, $input: WebhookInput!) { updateWebhook(id: $id, version: $version, input: $input) { id } }', { id: webhook.id, version, input: { name: 'Hook', url, events: ['client.*'], object: 'client', active: true } })
    expect((await one(admin, 'mutation ($id: ID!) { replayFailedWebhookDeliveries(webhook: $id) }', { id: webhook.id })).replayFailedWebhookDeliveries).toBe(1)
    await crm.drain()
    expect(await read(webhook.id)).toMatchObject({ active: true, stopped: null, deliveries: { done: 1, failed: 0 } })
    const [done] = await log(webhook.id)
    await one(admin, 'mutation ($id: ID!) { replayWebhookDelivery(id: $id) }', { id: done!.id })
    await crm.drain()
    expect(calls.at(-1)!.headers['webhook-id']).toBe(done!.eventId)
    expect(done!.response).toBeNull()
    await remove(webhook.id)
  })

  it('that failed long ago and lead to nothing do not count against a hiccup of today', async () => {
    const rules = { capabilities: ['webhooks.manage'], objects: { '*': { read: 'own' } } }
    const owner = await crm.withRules(rules as never)
    const { webhook } = await make({ object: 'client' }, owner)
    answer = (_, response) => { response.statusCode = 500; response.end() }
    const lost = await client({ name: 'Lost from sight', owner: owner.actor.userId })
    await crm.kartotek.jobs.drain({ deliveries: 1 })
    const failing = async () => (await sql<{ at: Date | null }>`select failing_since as at from core.webhook where id = ${webhook.id}`.execute(engine.db)).rows[0]!.at
    expect(await failing()).not.toBeNull()
    await update(lost, { owner: admin.actor.userId })
    await later(webhook.id, 90 * 86_400)
    await deliverDue(hooks(), webhook.id)
    expect((await log(webhook.id)).map((d) => d.state)).toContain('SKIPPED')
    await client({ name: 'Hiccup', owner: owner.actor.userId })
    await crm.kartotek.jobs.drain({ deliveries: 1 })
    expect(await read(webhook.id)).toMatchObject({ active: true, stopped: null, deliveries: { waiting: 1 } })
    await later(webhook.id, 3 * 86_400 + 60)
    await deliverDue(hooks(), webhook.id)
    expect(await read(webhook.id)).toMatchObject({ active: false, stopped: 'failing' })
    await remove(webhook.id)
  })

  it('to an address that does not answer end after one batch, and leave the place to others', async () => {
    const { webhook } = await make({ events: ['none.none'] })
    const { enqueueDeliveries } = await import('./queue.ts')
    await enqueueDeliveries(engine.db, webhook.id, Array.from({ length: 8 }, (_, i) => ({ eventId: `slow${i}`, event: 'webhook.test', object: null, recordId: null, changeSetId: null, changed: [], at: new Date().toISOString() })))
    answer = () => undefined
    expect(await deliverDue(hooks(engine, 2000), webhook.id)).toBe(false)
    expect(calls).toHaveLength(5)
    // The clock comes back to it.
    expect(await dueEndpoints(hooks())).toContain(webhook.id)
    answer = ok
    await later(webhook.id, 60)
    await deliverDue(hooks(), webhook.id)
    expect((await read(webhook.id)).deliveries).toMatchObject({ done: 8 })
    await remove(webhook.id)
  })

  it('that wait when a webhook is switched off stay where they are until they are replayed', async () => {
    const { webhook } = await make({ object: 'client' })
    answer = (_, response) => { response.statusCode = 500; response.end() }
    await client({ name: 'Waits' })
    await crm.kartotek.jobs.drain({ deliveries: 1 })
    const before = calls.length
    const save = async (active: boolean) => one(admin, 'mutation ($id: ID!, $version: Int!, $input: WebhookInput!) { updateWebhook(id: $id, version: $version, input: $input) { id } }', { id: webhook.id, version: (await read(webhook.id)).version, input: { name: 'Hook', url, events: ['client.*'], object: 'client', active } })
    await save(false)
    const [waited] = await log(webhook.id)
    expect(waited).toMatchObject({ state: 'FAILED', error: 'stopped', nextAt: null })
    const replay = (id: string) => crm.query(admin, 'mutation ($id: ID!) { replayWebhookDelivery(id: $id) }', { id })
    expect((await replay(waited!.id)).errors![0]!.message).toBe('The webhook is switched off.')
    expect((await replay('00000000-0000-4000-8000-000000000000')).errors![0]!.message).toBe('There is no such webhook.')
    answer = ok
    await save(true)
    await later(webhook.id, 600)
    expect(await dueEndpoints(hooks())).not.toContain(webhook.id)
    await crm.drain()
    expect(calls).toHaveLength(before)
    expect((await replay(waited!.id)).errors).toBeUndefined()
    await crm.drain()
    expect(calls).toHaveLength(before + 1)
    await remove(webhook.id)
  })

  it('end where the address says that it is gone', async () => {
    const { webhook } = await make({ events: ['none.none'] })
    answer = (_, response) => { response.statusCode = 410; response.end() }
    await one(admin, 'mutation ($id: ID!) { testWebhook(id: $id) }', { id: webhook.id })
    await crm.drain()
    expect(await read(webhook.id)).toMatchObject({ active: false, stopped: 'gone' })
    await remove(webhook.id)
  })

  it('are made once by two nodes, and by another where one died holding them', async () => {
    const { webhook } = await make({ events: ['none.none'] })
    const other = await openKartotek({ db: crm.kartotek.db, log: testLog, secret: SECRET, filesDir: crm.dataDir, accounts: { publicUrl: 'http://127.0.0.1:3000' }, work: false })
    const { enqueueDeliveries, tell } = await import('./queue.ts')
    const news = Array.from({ length: 30 }, (_, i) => ({ eventId: `e${i}`, event: 'webhook.test', object: null, recordId: null, changeSetId: null, changed: [], at: new Date().toISOString() }))
    await Promise.all([enqueueDeliveries(engine.db, webhook.id, news), enqueueDeliveries(other.engine.db, webhook.id, news)])
    await Promise.all([engine, other.engine, engine, other.engine, engine, other.engine].map((node) => deliverDue(hooks(node), webhook.id)))
    expect(calls.map((c) => c.headers['webhook-id']).sort()).toEqual(news.map((n) => n.eventId).sort())
    expect(await tell(other.engine, [])).toEqual([])
    // Taken in hand by a process that is no more.
    await enqueueDeliveries(engine.db, webhook.id, [{ ...news[0]!, eventId: 'held' }])
    await sql`update core.webhook_delivery set attempts = 1, tried_at = now(), next_at = now() + interval '30 seconds' where event_id = 'held'`.execute(engine.db)
    // Who finds it held comes back when it is free.
    expect(await heldFor(hooks(), webhook.id)).toBe(30)
    await deliverDue(hooks(), webhook.id)
    expect(calls).toHaveLength(30)
    await later(webhook.id, 31)
    expect(await heldFor(hooks(), webhook.id)).toBeNull()
    expect(await dueEndpoints(hooks())).toEqual([webhook.id])
    await deliverDue(hooks(), webhook.id)
    expect(calls).toHaveLength(31)
    await other.close()
    await remove(webhook.id)
  })

  it('are asked for by rules of automation, in the transaction of the run', async () => {
    const { webhook } = await make({ events: ['none.none'], object: 'client', fields: ['name'] })
    const input = { name: 'Tell', object: 'client', active: true, trigger: { on: 'created' }, actions: [{ do: 'webhook', webhook: webhook.id }] }
    const { createAutomationRule: rule } = await one(admin, 'mutation ($input: AutomationRuleInput!) { createAutomationRule(input: $input) { id } }', { input })
    const id = await client({ name: 'Ruled' })
    await crm.drain()
    expect(calls).toHaveLength(1)
    expect(calls[0]!.body).toMatchObject({ type: 'automation.run', data: { object: 'client', id, record: { name: 'Ruled' }, rule: { id: rule.id, name: 'Tell' } } })
    const refusedRule = async (caller: Caller, more: object) => (await crm.query(caller, 'mutation ($input: AutomationRuleInput!) { createAutomationRule(input: $input) { id } }', { input: { ...input, ...more } })).errors?.[0]
    expect((await refusedRule(admin, { object: 'order' }))!.extensions.fields).toMatchObject([{ field: 'actions.0.webhook' }])
    const half = await crm.withRules({ capabilities: ['automation.manage'], objects: { '*': { read: 'all' } } })
    expect((await refusedRule(half, {}))!.message).toContain('webhooks.manage')
    await one(admin, 'mutation ($id: ID!) { deleteAutomationRule(id: $id) }', { id: rule.id })
    await remove(webhook.id)
  })
})
