import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { NotFoundError, type Actor, type PluginContext, type PluginDefinition } from '@kartotek/sdk'
import { isSameOrigin } from '../accounts/index.ts'
import { errorAnswer } from '../http/error-answer.ts'
import { testLog } from '../testing/index.ts'
import { pluginRouter } from './routes.ts'

const actor = (id: string): Actor => ({ kind: 'user', id, userId: id, name: id, locale: 'en', roleIds: [], teamIds: [], hasShares: false })
const plugin: PluginDefinition = {
  id: 'hooks', version: '1.0.0',
  http: [
    { method: 'POST', path: '/in', access: 'public', maxBytes: 100, run: ({ body, query }) => ({ status: 202, body: { got: body.toString(), n: query.n } }) },
    { method: 'POST', path: '/page', access: 'public', maxBytes: 100, tooLarge: ({ params, body }) => ({ status: 413, headers: { 'content-type': 'text/html' }, body: `<p>${body.length}${Object.keys(params).length}</p>` }), run: () => ({ body: 'fits' }) },
    { method: 'GET', path: '/me', run: (_, ctx) => ({ body: ctx.actor.id }) },
    { method: 'POST', path: '/mine', run: (_, ctx) => ({ headers: { 'content-type': 'text/html' }, body: `<b>${ctx.actor.id}</b>` }) },
    { method: 'GET', path: '/none', access: 'public', run: () => { throw new NotFoundError('No such call.') } },
    { method: 'GET', path: '/broken', access: 'public', run: () => { throw new Error('password of the database') } },
  ],
}
let base: string
const app = express()
app.use('/plugins', pluginRouter({
  plugins: () => [plugin],
  isAway: (id) => id === 'away',
  authenticate: async (request) => request.get('cookie') ? { actor: actor('anna'), sessionId: 's', origin: 'web' } : null,
  sameOrigin: (request) => isSameOrigin(request, 'https://crm.example'),
  actorOf: (p) => ({ ...actor(p.id), kind: 'plugin' }),
  receive: () => { throw new Error('no webhook here') },
  publicUrl: () => 'https://crm.example',
  contextOf: (p, a) => ({ plugin: p.id, actor: a }) as unknown as PluginContext,
}))
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

it('lets a route answer such a body with a page of its own', async () => {
  const post = (length: number) => fetch(`${base}/hooks/page`, { method: 'POST', body: 'x'.repeat(length) })
  expect(await (await post(100)).text()).toBe('fits')
  const large = await post(101)
  expect([large.status, large.headers.get('content-type'), await large.text()]).toEqual([413, 'text/html; charset=utf-8', '<p>00</p>'])
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

it('answers 503 for a plugin that is not running and 404 for one that is not here', async () => {
  expect((await fetch(`${base}/away/in`, { method: 'POST' })).status).toBe(503)
  expect((await fetch(`${base}/nobody/in`)).status).toBe(404)
})
