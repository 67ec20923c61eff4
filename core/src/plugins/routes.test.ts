import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { NotFoundError, type Actor, type PluginContext, type PluginDefinition } from '@kartotek/sdk'
import { isSameOrigin } from '../accounts/index.ts'
import { errorAnswer } from '../http/error-answer.ts'
import { testLog } from '../testing/index.ts'
import { pluginRouter, type RouteDeps } from './routes.ts'

const actor = (id: string): Actor => ({ kind: 'user', id, userId: id, name: id, locale: 'en', roleIds: [], teamIds: [], hasShares: false })
const plugin: PluginDefinition = {
  id: 'hooks', version: '1.0.0',
  http: [
    { method: 'POST', path: '/in', access: 'public', maxBytes: 100, run: ({ body, query }) => ({ status: 202, body: { got: body.toString(), n: query.n } }) },
    { method: 'GET', path: '/me', run: (_, ctx) => ({ body: ctx.actor.id }) },
    { method: 'POST', path: '/mine', run: (_, ctx) => ({ headers: { 'content-type': 'text/html' }, body: `<b>${ctx.actor.id}</b>` }) },
    { method: 'GET', path: '/none', access: 'public', run: () => { throw new NotFoundError('No such call.') } },
    { method: 'POST', path: '/often', access: 'public', perMinute: 2, run: () => ({}) },
    { method: 'POST', path: '/door', access: 'public', admit: ({ query, body }) => (query.open ? null : { status: 418, body: { read: body.length } }), run: ({ body }) => ({ body: { read: body.length } }) },
    { method: 'GET', path: '/broken', access: 'public', run: () => { throw new Error('password of the database') } },
  ],
}
let base: string
const broken: string[] = []
const deps: RouteDeps = {
  plugins: () => [plugin],
  isAway: (id) => id === 'away',
  authenticate: async (request) => request.get('cookie') ? { actor: actor('anna'), sessionId: 's', origin: 'web' } : null,
  sameOrigin: (request) => isSameOrigin(request, 'https://crm.example'),
  actorOf: (p) => ({ ...actor(p.id), kind: 'plugin' }),
  receive: () => { throw new Error('no webhook here') },
  publicUrl: () => 'https://crm.example',
  contextOf: (p, a) => ({ plugin: p.id, actor: a }) as unknown as PluginContext,
  broke: (id, site, error) => { broken.push(`${id}, ${site}: ${(error as Error).message}`) },
}
const never = () => new Promise<never>(() => undefined)
const silent: PluginDefinition = { id: 'silent', version: '1.0.0', http: [
  { method: 'GET', path: '/run', access: 'public', run: never }, { method: 'GET', path: '/door', access: 'public', admit: never, run: () => ({}) },
] }
const app = express()
app.set('trust proxy', 'loopback')
app.use('/plugins', pluginRouter({ ...deps, plugins: () => [silent], isAway: () => false, timeoutMs: 100 }), pluginRouter(deps))
app.use(errorAnswer(testLog))
const server = app.listen(0, '127.0.0.1')

beforeAll(async () => {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/plugins`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

it('gives a public route the raw body and the query', async () => {
  const response = await fetch(`${base}/hooks/in?n=1`, { method: 'POST', body: '{ "a": 1 }', headers: { 'content-type': 'application/json' } })
  expect(response.status).toBe(202)
  expect(await response.json()).toEqual({ got: '{ "a": 1 }', n: '1' })
})

it('refuses a body over the limit of the route', async () => {
  const response = await fetch(`${base}/hooks/in`, { method: 'POST', body: 'x'.repeat(101) })
  expect([response.status, (await response.json() as { error: { code: string } }).error.code]).toEqual([413, 'LIMIT_EXCEEDED'])
})

/** What nobody ends, and so nobody can have read to its end. */
const endless = (path: string, headers: Record<string, string> = {}) => fetch(`${base}/hooks/${path}`, { method: 'POST', headers, duplex: 'half', body: new ReadableStream({ start(controller) { controller.enqueue(new Uint8Array(10)) } }) } as RequestInit)

it('asks who comes, and whether he may, before it reads a body', async () => {
  expect((await endless('mine')).status).toBe(401)
  expect((await endless('mine', { 'cookie': 'k', 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  const refused = await endless('door')
  expect([refused.status, await refused.json()]).toEqual([418, { read: 0 }])
  expect(await (await fetch(`${base}/hooks/door?open=1`, { method: 'POST', body: 'abc' })).json()).toEqual({ read: 3 })
})

it('stops who comes too often before it reads a body, by the address that trusted proxies tell', async () => {
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const open = (address: string) => fetch(`${base}/hooks/often`, { method: 'POST', body: 'x', headers: from(address) })
  expect([(await open('192.0.2.1')).status, (await open('192.0.2.1')).status, (await open('192.0.2.2')).status]).toEqual([200, 200, 200])
  const stopped = await endless('often', from('192.0.2.1'))
  expect([stopped.status, Number(stopped.headers.get('retry-after')) > 0, (await stopped.json() as { error: object }).error]).toEqual([429, true, expect.objectContaining({ code: 'RATE_LIMITED', message: expect.stringContaining('from your address') as string })])
})

it('asks for a session unless the route is public', async () => {
  expect((await fetch(`${base}/hooks/me`)).status).toBe(401)
  expect(await (await fetch(`${base}/hooks/me`, { headers: { cookie: 'k' } })).text()).toBe('anna')
})

it('takes no post of a signed-in browser from another site', async () => {
  const post = (headers: Record<string, string>) => fetch(`${base}/hooks/mine`, { method: 'POST', headers: { cookie: 'k', ...headers } })
  expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await post({ origin: 'https://evil.example' })).status).toBe(403)
  expect((await post({ origin: 'null' })).status).toBe(403)
  expect((await post({ origin: 'https://crm.example' })).status).toBe(200)
  expect(await (await post({ 'sec-fetch-site': 'same-origin' })).text()).toBe('<b>anna</b>')
})

it('maps errors to codes, and tells nothing of what broke inside', async () => {
  const none = await fetch(`${base}/hooks/none`)
  expect([none.status, await none.json()]).toEqual([404, { error: { code: 'NOT_FOUND', message: 'No such call.' } }])
  const broken = await fetch(`${base}/hooks/broken`)
  expect(broken.status).toBe(500)
  expect(await broken.text()).not.toContain('password')
})

it.each(['run', 'door'])('gives a route up that never answers (%s), and names it', async (path) => {
  const late = await fetch(`${base}/silent/${path}`)
  expect([late.status, await late.json()]).toEqual([503, { error: { code: 'UNAVAILABLE', plugin: 'silent', message: 'The plugin silent did not answer within 0.1 s.' } }])
  expect(broken.at(-1)).toMatch(new RegExp(`^silent, (route|admission) GET /${path}: silent: .* did not end within 100 ms.$`))
})

it('answers 503 for a plugin that is not running and 404 for one that is not here', async () => {
  expect((await fetch(`${base}/away/in`, { method: 'POST' })).status).toBe(503)
  expect((await fetch(`${base}/nobody/in`)).status).toBe(404)
})
