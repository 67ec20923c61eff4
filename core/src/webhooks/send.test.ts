import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { kindOfAddress, parseNetworks, type Resolve } from '../outbound/address.ts'
import { beginning, makeSend } from './send.ts'

let asked = 0
let answer: (request: IncomingMessage, response: ServerResponse) => void
const server = createServer((request, response) => { asked++; answer(request, response) })
await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done) })
const { port } = server.address() as AddressInfo
afterAll(() => { server.closeAllConnections(); server.close() })
beforeEach(() => { asked = 0; answer = (_, response) => { response.end('ok') } })
const names = (...answers: string[]): Resolve => async () => [{ address: answers.length > 1 ? answers.shift()! : answers[0]!, family: 4 }]
const networks = parseNetworks('127.0.0.1')

describe('an address', () => {
  it.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])('%s is public', (address) => expect(kindOfAddress(address, [])).toBe('public'))
  it.each([
    '127.0.0.1', '127.0.0.2', '10.1.2.3', '172.16.0.1', '192.168.0.1', '169.254.169.254', '100.64.0.1', '198.18.0.1', '192.0.0.8', '0.0.0.0', '255.255.255.255', '224.0.0.1', '240.0.0.1', '192.0.2.1',
    '::', '::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:0:127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::808:808', '2002:7f00:1::', '2001:0:1::', 'fc00::1', 'fec0::1', 'fe80::1', 'ff02::1', '2001:db8::1', '100::1', 'nonsense',
  ])('%s is closed', (address) => expect(kindOfAddress(address, [])).toBeNull())
  it('of an own network is open only where the operator said so', () => {
    expect(kindOfAddress('10.20.3.4', parseNetworks('10.20.0.0/16'))).toBe('own')
    expect(kindOfAddress('::ffff:10.20.3.4', parseNetworks('10.20.0.0/16'))).toBe('own')
    expect(kindOfAddress('10.21.3.4', parseNetworks('10.20.0.0/16'))).toBeNull()
    expect(kindOfAddress('fd00::5', parseNetworks('fd00::/8, 192.168.1.5'))).toBe('own')
  })
})

describe('sending', () => {
  it('reaches own networks, and reads nothing but the code there', async () => {
    expect(await makeSend({ networks })(`http://127.0.0.1:${port}/`, {}, '{}')).toEqual({ code: 200, response: null, error: null })
    expect(await makeSend({ networks, resolve: names('127.0.0.1') })(`http://inside.example:${port}/`, {}, '{}')).toEqual({ code: 200, response: null, error: null })
    expect(asked).toBe(2)
  })

  it.each([`http://127.0.0.1:${port}/`, `http://localhost:${port}/`, `https://127.0.0.1:${port}/`, `http://[::ffff:127.0.0.1]:${port}/`, `http://2130706433:${port}/`, `http://0x7f.1:${port}/`])('never connects to %s', async (url) => {
    expect(await makeSend({ networks: [] })(url, {}, '{}')).toEqual({ code: null, response: null, error: 'closed' })
    expect(asked).toBe(0)
  })

  it('is not fooled by a name that answers otherwise the second time', async () => {
    // Checked when it was saved, it was public; when it is connected to, it is not.
    const resolve = names('8.8.8.8', '127.0.0.1')
    await resolve('rebind.example')
    expect(await makeSend({ networks: [], resolve })(`https://rebind.example:${port}/`, {}, '{}')).toMatchObject({ error: 'closed' })
    const mixed: Resolve = async () => [{ address: '8.8.8.8', family: 4 }, { address: '127.0.0.1', family: 4 }]
    expect(await makeSend({ networks: [], resolve: mixed })(`https://mixed.example:${port}/`, {}, '{}')).toMatchObject({ error: 'closed' })
    expect(asked).toBe(0)
  })

  it('asks for a name once: what was checked is what is connected to', async () => {
    let lookups = 0
    const resolve: Resolve = async () => { lookups++; return [{ address: lookups === 1 ? '127.0.0.1' : '127.0.0.9', family: 4 }] }
    expect(await makeSend({ networks, resolve })(`http://once.example:${port}/`, {}, '{}')).toMatchObject({ code: 200 })
    expect(lookups).toBe(1)
  })

  it('needs encryption outside of own networks', async () => {
    expect(await makeSend({ networks, resolve: names('8.8.8.8') })(`http://plain.example:${port}/`, {}, '{}')).toMatchObject({ error: 'closed' })
  })

  it('follows no redirect', async () => {
    answer = (_, response) => { response.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` }); response.end() }
    expect(await makeSend({ networks })(`http://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({ code: 302, error: 'redirect' })
    expect(asked).toBe(1)
  })

  it('waits no longer than its time, for the head as for the body', async () => {
    answer = () => undefined
    expect(await makeSend({ networks, timeoutMs: 200 })(`http://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({ code: null, error: 'timeout' })
    expect(await makeSend({ networks })('http://127.0.0.1:1/', {}, '{}')).toMatchObject({ code: null, error: 'connection' })
    expect(await makeSend({ networks: [], resolve: async () => { throw Object.assign(new Error('no'), { code: 'ENOTFOUND' }) } })('https://nowhere.example/', {}, '{}')).toMatchObject({ error: 'name' })
  })

  it('reads 1 kB of an answer and no more, however it ends', async () => {
    let sent = 0
    const endless = async function* (): AsyncGenerator<Uint8Array> { for (;;) { sent++; yield Buffer.from('a\0b'.repeat(100)) } }
    expect(await beginning(endless())).toHaveLength(683)
    expect(sent).toBe(4)
    const broken = async function* (): AsyncGenerator<Uint8Array> { yield Buffer.from('half'); throw new Error('cut') }
    expect(await beginning(broken())).toBe('half')
  })

  it('tells when to come again', async () => {
    answer = (_, response) => { response.writeHead(429, { 'retry-after': '120' }); response.end() }
    expect(await makeSend({ networks })(`http://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({ code: 429, error: 'status', retryAfterSeconds: 120 })
    answer = (_, response) => { response.writeHead(503, { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }); response.end() }
    const { retryAfterSeconds } = await makeSend({ networks })(`http://127.0.0.1:${port}/`, {}, '{}')
    expect(retryAfterSeconds).toBeGreaterThan(3_500)
    expect(retryAfterSeconds).toBeLessThanOrEqual(3_600)
    for (const past of [new Date(Date.now() - 60_000).toUTCString(), 'tomorrow', '-5', '1.5']) {
      answer = (_, response) => { response.writeHead(503, { 'retry-after': past }); response.end() }
      expect(await makeSend({ networks })(`http://127.0.0.1:${port}/`, {}, '{}'), past).toEqual({ code: 503, response: null, error: 'status' })
    }
  })
})
