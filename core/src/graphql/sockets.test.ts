import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createToken } from '../accounts/tokens.ts'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { testLog } from '../testing/index.ts'
import { LOST_AFTER_MS, Sockets } from './sockets.ts'

const crm = await testCrm()
const { accounts, api, db } = crm.kartotek
const person = await crm.as('manager')

/** How the check of a socket fails, by the name of its token; under any other name it is the real one. */
const trouble = new Map<string, () => Promise<Caller | null>>()
const names = new Map<string, string>()
const sockets = new Sockets({
  api, log: testLog, allowedOrigin: () => true,
  accounts: {
    authenticate: accounts.authenticate,
    refresh: (caller) => (trouble.get(names.get(caller.actor.id)!) ?? (() => accounts.refresh(caller)))(),
  },
})
const server = createServer()
sockets.attach(server)
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
afterAll(async () => {
  await sockets.close()
  server.closeAllConnections()
  server.close()
  await crm.close()
})

async function open(name: string): Promise<{ id: string, closed: Promise<number>, isOpen(): boolean }> {
  const { secret, token } = await createToken(db.pool, { userId: person.actor.userId!, name, days: 1 }, 'en')
  names.set(token.id, name)
  const socket = new WebSocket(url, 'graphql-transport-ws', { headers: { authorization: `Bearer ${secret}` } })
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init' })))
  const closed = new Promise<number>((done) => socket.on('close', done))
  await new Promise((done) => socket.on('message', done))
  return { id: token.id, closed, isOpen: () => socket.readyState === WebSocket.OPEN }
}

it('loses rights within the five seconds that are promised', () => {
  expect(LOST_AFTER_MS).toBeLessThan(5_000)
})

it('closes a socket that cannot be checked, and one without rights beside it, and holds up no other', async () => {
  trouble.set('broken', () => Promise.reject(new Error('the database is away')))
  trouble.set('hanging', () => new Promise(() => undefined))
  const [broken, hanging, revoked, demoted, sound] = [await open('broken'), await open('hanging'), await open('revoked'), await open('demoted'), await open('sound')]
  await db.pool.query('update auth.api_token set revoked_at = now() where id = $1', [revoked.id])
  expect(await Promise.all([broken.closed, hanging.closed, revoked.closed])).toEqual([1013, 1013, 4401])
  expect([demoted.isOpen(), sound.isOpen()]).toEqual([true, true])
  await db.pool.query(`update auth.api_token set role_ids = '{}' where id = $1`, [demoted.id])
  expect(await demoted.closed).toBe(4403)
  expect(sound.isOpen()).toBe(true)
}, 20_000)

it('stays up where an address is none, or who asks is gone before the answer', async () => {
  const faults: Error[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => { faults.push(error) })
  const asked = (path: string, leave: boolean) => new Promise<void>((done) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('error', () => undefined).on('close', () => { done() }).resume()
    server.once('upgrade', () => { if (leave) socket.resetAndDestroy() })
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`)
  })
  try {
    for (const path of ['//', 'http://[', '/other']) await asked(path, false)
    for (let i = 0; i < 20; i++) await asked('/graphql', true)
    // A whole answer, after what the others left behind.
    expect((await open('after')).isOpen()).toBe(true)
    expect(faults).toEqual([])
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
})
