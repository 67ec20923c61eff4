import { afterAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { testCrm } from '../src/testing/crm.ts'
import { testNode } from '../src/testing/node.ts'
import { PROBE } from './access/world.ts'

const PASSWORD = 'a password of the tests'
const crm = await testCrm({ plugins: [PROBE] })
const { pool } = crm.kartotek.db
const node = await testNode(crm, { KARTOTEK_PLUGINS: PROBE })
afterAll(async () => {
  await node.close()
  await crm.close()
})
const admin = await crm.as('administrator')
await crm.kartotek.accounts.setPassword(admin.actor.userId!, PASSWORD)
const { rows: [user] } = await pool.query<{ email: string }>('select email from core."user" where id = $1', [admin.actor.userId])
const session = await node.signIn(user!.email, PASSWORD)
const { data: { createProbeNote: note } } = await node.ask(session, 'mutation { createProbeNote(input: { text: "mine" }) { id } }')

/** What a page of another site can make a browser send, with the cookie of who looks at it. */
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_TYPE = { 'content-type': 'application/json' }
const foreign: Record<string, Record<string, string>> = {
  'a form': { ...FORM, origin: 'http://evil.example' },
  'a form of an old browser': FORM,
  'a form with texts': { 'content-type': 'text/plain', 'origin': 'http://evil.example' },
  'a form with files': { 'content-type': 'multipart/form-data; boundary=x', 'origin': 'http://evil.example' },
  'a script': { ...JSON_TYPE, origin: 'http://evil.example' },
  'a script of a sandboxed frame': { ...JSON_TYPE, origin: 'null' },
  'a script whose browser says so': { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' },
  'a script of a neighbour': { ...JSON_TYPE, 'sec-fetch-site': 'same-site' },
  'a script of another port': { ...JSON_TYPE, origin: node.url.replace(/\d+$/, '1') },
  'a beacon': { 'content-type': 'text/plain;charset=UTF-8', 'origin': 'http://evil.example', 'sec-fetch-site': 'cross-site' },
  'a request without a type': { origin: 'http://evil.example', 'content-type': '' },
}
const mutation = { query: 'mutation { createTeam(input: { name: "csrf" }) { id } }' }
const bodies = (headers: Record<string, string>, value: object): string => {
  const type = headers['content-type']!
  if (type.startsWith('multipart')) return `--x\r\nContent-Disposition: form-data; name="file"; filename="csrf.csv"\r\n\r\na,b\r\n--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n${JSON.stringify(value)}\r\n--x--\r\n`
  return type.includes('urlencoded') ? new URLSearchParams(value as Record<string, string>).toString() : JSON.stringify(value)
}

/** What the requests below would leave behind. */
const traces = async (): Promise<unknown[]> => (await pool.query(`select (select count(*) from core.team), (select count(*) from core.upload), (select count(*) from auth.session), (select count(*) from auth.link)`)).rows
describe.each(Object.entries(foreign))('%s of another site', (name, headers) => {
  const post = (path: string, value: object) => fetch(`${node.url}${path}`, { method: 'POST', headers: { ...session, ...headers }, body: bodies(headers, value) })
  it('does nothing with the cookie of a browser', async () => {
    const before = await traces()
    for (const [path, value] of [
      ['/graphql', mutation], ['/auth/sign-out', {}], ['/auth/sign-in', { email: user!.email, password: PASSWORD }], ['/auth/reset', { email: user!.email }],
      ['/uploads/', { file: 'x' }],
      // Without an origin it may as well be a program; browsers that send none send no cookie of ours from another site.
      ...(name === 'a form of an old browser' ? [] : [[`/plugins/probe/note?id=${note.id}`, { text: 'csrf' }] as const]),
    ] as const) {
      const response = await post(path, value)
      expect([path, response.status >= 400, response.headers.get('set-cookie'), response.headers.get('access-control-allow-origin')]).toEqual([path, true, null, null])
    }
    expect(await traces()).toEqual(before)
    expect((await node.ask(session, `{ probeNote(id: "${note.id}") { text } }`)).data.probeNote.text).toBe('mine')
  })
})

describe('another site', () => {
  it('asks for nothing by GET', async () => {
    for (const headers of [{}, { 'content-type': 'application/json' }, { 'apollo-require-preflight': 'yes' }, { 'content-type': 'text/x-strange' }]) {
      for (const query of [mutation.query, '{ me { email } }']) {
        const response = await fetch(`${node.url}/graphql?query=${encodeURIComponent(query)}`, { headers: { ...session, ...headers, 'origin': 'http://evil.example', 'sec-fetch-site': 'cross-site' } })
        expect([query, headers, response.status >= 400]).toEqual([query, headers, true])
        expect(await response.text()).not.toContain(user!.email)
      }
      const own = await fetch(`${node.url}/graphql?query=${encodeURIComponent(mutation.query)}`, { headers: { ...session, ...headers } })
      expect(own.status).toBeGreaterThanOrEqual(400)
    }
    expect((await pool.query(`select 1 from core.team where name = 'csrf'`)).rows).toEqual([])
  })

  it('gets no leave from a preflight, and may frame nothing', async () => {
    for (const path of ['/graphql', '/auth/sign-in', '/uploads/', '/plugins/probe/note']) {
      const response = await fetch(`${node.url}${path}`, { method: 'OPTIONS', headers: { 'origin': 'http://evil.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } })
      expect([path, response.headers.get('access-control-allow-origin')]).toEqual([path, null])
    }
    const page = await fetch(`${node.url}/graphiql/`, { headers: session })
    expect([page.headers.get('x-frame-options')?.toLowerCase(), page.headers.get('content-security-policy')]).toEqual(['deny', expect.stringContaining(`frame-ancestors 'none'`)])
  })

  it('opens no WebSocket, by the cookie or without one', async () => {
    const open = (headers: Record<string, string>): Promise<number> => new Promise((done) => {
      const socket = new WebSocket(`${node.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers })
      socket.on('open', () => { done(101); socket.terminate() })
      socket.on('unexpected-response', (_request, response) => done(response.statusCode ?? 0))
      socket.on('error', () => undefined)
    })
    for (const origin of ['http://evil.example', 'null', node.url.replace(/\d+$/, '1'), 'file://', `${node.url}.evil.example`]) {
      expect([origin, await open({ ...session, origin })]).toEqual([origin, 403])
    }
    expect(await open({ origin: node.url })).toBe(401)
    expect(await open({ ...session, origin: node.url })).toBe(101)
  })
})

it('its own pages do all of it', async () => {
  const own = { ...session, 'origin': node.url, 'sec-fetch-site': 'same-origin' }
  expect((await node.ask(own, mutation.query)).errors).toBeUndefined()
  const form = new FormData()
  form.set('file', new Blob(['a,b\n']), 'own.csv')
  expect((await fetch(`${node.url}/uploads/`, { method: 'POST', headers: own, body: form })).status).toBe(201)
  expect((await fetch(`${node.url}/plugins/probe/note?id=${note.id}`, { method: 'POST', headers: own, body: 'own' })).status).toBe(200)
})
