import { createHmac } from 'node:crypto'
import { InputError, definePlugin, s, webhook } from '@kartotek/sdk'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const told: string[] = []
let broken = false

const bell = definePlugin({
  id: 'bell', version: '1.0.0', compat: { sdk: '^0.1' },
  settings: s.object({ key: s.optional(s.secret()), token: s.optional(s.secret()), standard: s.optional(s.secret()) }),
  http: [
    webhook({
      path: '/rings/:door', verify: webhook.hmac({ header: 'X-Signature', secret: 'key', prefix: 'sha256=' }),
      input: s.object({ id: s.string(), loud: s.boolean({ default: false }) }),
      idempotencyKey: (ring) => ring.id,
      answer: (ring) => ({ status: 202, body: { heard: ring.id } }),
      attempts: 2,
      run: (ring, ctx, { params }) => {
        if (broken) throw new Error('The bell is off.')
        told.push(`${ctx.actor.kind} ${params.door} ${ring.id}`)
      },
    }),
    webhook({ path: '/forms', read: 'form', verify: webhook.token({ query: 'token', secret: 'token' }), run: (form) => { told.push(JSON.stringify(form)) } }),
    webhook({ path: '/standard', verify: webhook.standard({ secret: 'standard' }), run: () => { told.push('standard') } }),
    webhook({ path: '/throws', verify: () => { throw new Error('no') }, read: () => { throw new InputError('never read') }, run: () => undefined }),
  ],
})

const crm = await testCrm({ plugins: [bell], work: false })
const admin = await crm.as('administrator')
afterAll(() => crm.close())
beforeEach(() => { told.length = 0 })

const SECRET = 'a key of the bell'
const STANDARD = Buffer.from('a standard secret of the bell').toString('base64')
const save = (input: object): Promise<unknown> => crm.ask(admin, 'mutation ($v: JSON!) { updatePluginSettings(plugin: "bell", values: $v) { values } }', { v: input })

function ring(body: object, { secret = SECRET, door = 'front', sent = JSON.stringify(body) } = {}): Promise<Response> {
  return crm.webhook(`bell/rings/${door}`, { body: sent, headers: { 'x-signature': `sha256=${createHmac('sha256', secret).update(JSON.stringify(body)).digest('hex')}` } })
}

it('lets nobody in while the secret is not set', async () => {
  expect((await ring({ id: '0' }, { secret: '' })).status).toBe(403)
})

it('answers what is signed at once and runs it as a job of the plugin', async () => {
  await save({ key: SECRET, token: 'a token', standard: `whsec_${STANDARD}` })
  const response = await ring({ id: '1' })
  expect([response.status, await response.json()]).toEqual([202, { heard: '1' }])
  expect(told).toEqual([])
  // Jobs run at least once: the tests run them twice.
  expect((await crm.drain()).failed).toEqual([])
  expect(told).toEqual(['plugin front 1', 'plugin front 1'])
})

it('answers a repetition alike, and does nothing more', async () => {
  expect((await ring({ id: '1', loud: true })).status).toBe(202)
  await crm.drain()
  expect(told).toEqual([])
})

it('takes nothing under a wrong signature, or with another body than was signed', async () => {
  expect((await ring({ id: '2' }, { secret: 'another' })).status).toBe(403)
  expect((await ring({ id: '2' }, { sent: '{"id": "2"}' })).status).toBe(403)
  expect((await crm.webhook('bell/rings/front', { body: { id: '2' } })).status).toBe(403)
  expect((await crm.webhook('bell/throws', { body: {} })).status).toBe(403)
  await crm.drain()
  expect(told).toEqual([])
})

it('says what is wrong with an input', async () => {
  const response = await ring({ id: 3 })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { code: 'INVALID_INPUT', message: expect.stringContaining('input/id must be string') as string } })
})

it('reads forms, and knows repetitions by their body where there is no key', async () => {
  const post = (token: string): Promise<Response> => crm.webhook(`bell/forms?token=${token}`, { body: 'from=%2B358401234567&text=Hei%21' })
  expect((await post('another')).status).toBe(403)
  expect((await post('a%20token')).status).toBe(200)
  expect((await post('a%20token')).status).toBe(200)
  await crm.drain()
  expect(new Set(told)).toEqual(new Set(['{"from":"+358401234567","text":"Hei!"}']))
  expect(told).toHaveLength(2)
  // The token is kept nowhere.
  const { rows } = await crm.kartotek.db.pool.query<{ content: { query: object } }>(`select content from core.received_webhook where path = '/forms'`)
  expect(rows.map(({ content }) => content.query)).toEqual([{}])
})

it.each([
  ['a zero character', 'a\u0000b', 'ab'], ['the escape of one, as text', 'a\\u0000', 'a\\u0000'], ['both', '\\\u0000\\\\u0000', '\\\\\\u0000'], ['half a pair', 'x\ud83d', 'x\ufffd'], ['a whole one', 'x😀', 'x😀'],
])('takes texts that a database cannot keep: %s', async (_, id, kept) => {
  expect((await ring({ id }, { door: 'odd' })).status).toBe(202)
  await crm.drain()
  expect(told).toContain(`plugin odd ${kept}`)
})

it('takes Standard Webhooks of the last five minutes', async () => {
  const sent = (at: number): Promise<Response> => crm.webhook('bell/standard', { body: '{}', headers: {
    'webhook-id': 'm1', 'webhook-timestamp': String(at),
    'webhook-signature': `v1,old v1,${createHmac('sha256', Buffer.from(STANDARD, 'base64')).update(`m1.${at}.{}`).digest('base64')}`,
  } })
  const now = Math.round(Date.now() / 1000)
  expect((await sent(now - 400)).status).toBe(403)
  expect((await sent(now)).status).toBe(200)
})

it('keeps what fails until somebody runs it again', async () => {
  broken = true
  await ring({ id: '4' })
  expect((await crm.drain()).failed).toContainEqual({ queue: 'bell.webhook.rings._door', message: 'The bell is off.' })
  const { failedJobs } = await crm.ask(admin, '{ failedJobs { id plugin kind error } }')
  expect(failedJobs).toEqual([{ id: expect.any(String) as string, plugin: 'bell', kind: 'webhook', error: 'The bell is off.' }])
  broken = false
  await crm.ask(admin, 'mutation ($id: ID!) { retryJob(id: $id) }', { id: failedJobs[0].id })
  await crm.drain()
  expect(told).toContain('plugin front 4')
})
