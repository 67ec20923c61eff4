import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import express from 'express'
import { afterAll, beforeEach, expect, it, vi } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { errorAnswer } from '../http/error-answer.ts'
import { testLog } from '../testing/index.ts'
import { readWebPart, webProblems } from './web-part.ts'
import { webPartsRouter, type PluginWithWeb } from './web-router.ts'

const root = mkdtempSync(join(tmpdir(), 'kartotek-web-part-'))
const signedIn = { actor: { kind: 'user', id: 'u', userId: 'u', name: 'U', locale: 'en', roleIds: [], teamIds: [], hasShares: false }, sessionId: 's', origin: 'web' } as Caller
let caller: Caller | null = signedIn
let sameOrigin = true
const plugins: PluginWithWeb[] = []
const isQuiet = async () => false
const log = { ...testLog, debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
const app = express()
app.use('/plugins', webPartsRouter({ plugins: () => plugins, authenticate: () => Promise.resolve(caller), sameOrigin: () => sameOrigin, log }))
app.use(errorAnswer(testLog as never))
const server = createServer(app)
await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done) })
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/plugins`
const tell = (body: unknown): Promise<number> => fetch(`${url}/web-problems`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).then((r) => r.status)
afterAll(() => {
  server.close()
  rmSync(root, { recursive: true })
})
beforeEach(() => {
  caller = signedIn
  sameOrigin = true
})

function pack(name: string, files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name, path)), { recursive: true })
    writeFileSync(join(root, name, path), text)
  }
  return join(root, name)
}

it.each(['/etc/passwd.js', '../other/index.js', './../index.js', './index.js', './web/../../x.js', './web/dist/index.ts', './web/.hidden/index.js', 'web/dist/index.js'])('%s is no web part', (web) => {
  expect(webProblems({ web })).toEqual([expect.stringContaining('./web/dist/index.js')])
})

it('a module in a folder of its own is one', () => {
  expect(webProblems({ web: './web/dist/index.js' })).toEqual([])
  expect(webProblems({})).toEqual([])
})

it('finds the styles of the module and of what it imports at once, not those of parts that come later', () => {
  const folder = pack('styled', { 'web/index.js': '', 'web/manifest.json': JSON.stringify({
    'index.ts': { file: 'index.js', css: ['a.css'], imports: ['_shared.js'], dynamicImports: ['Tab.vue'] }, '_shared.js': { file: 'parts/shared.js', css: ['b.css'], imports: ['index.ts'] }, 'Tab.vue': { file: 'parts/tab.js', css: ['c.css'] },
  }) })
  expect(readWebPart(folder, './web/index.js')).toMatchObject({ entry: 'index.js', css: ['b.css', 'a.css'] })
})

it('another file, or another name of one, is another address', () => {
  const hashes = [{ 'web/index.js': 'a' }, { 'web/index.js': 'b' }, { 'web/index.js': 'a', 'web/x/y.js': '' }, { 'web/index.js': 'a', 'web/x/z.js': '' }, { 'web/index.js': 'a', 'src/secret.ts': '' }]
    .map((files, i) => readWebPart(pack(`hash-${i}`, files as unknown as Record<string, string>), './web/index.js').hash)
  expect(new Set(hashes.slice(0, 4)).size).toBe(4)
  expect(hashes[4]).toBe(hashes[0])
})

it('says that it was not built', () => {
  expect(() => readWebPart(root, './web/dist/index.js')).toThrow('vite build')
})

it('is served from its folder only, whole and for ever', async () => {
  const folder = pack('served', { 'web/index.js': 'export default 1', 'web/parts/big.js': 'x'.repeat(5000), 'web/.env': 'SECRET', 'package.json': '{}', 'src/index.ts': 'SECRET' })
  const part = readWebPart(folder, './web/index.js')
  plugins.splice(0, plugins.length, { id: 'served', part, isQuiet })
  const base = `${url}/served/web/${part.hash}`
  for (const [path, text] of [['index.js', 'export default 1'], ['parts/big.js', 'x'.repeat(5000)]]) {
    const answer = await fetch(`${base}/${path}`)
    expect([answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual(['text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'])
    expect(await answer.text()).toBe(text)
  }
  for (const path of ['.env', '..%2fpackage.json', '%2e%2e/package.json', '..%5cpackage.json', '..%2f..%2fserved%2fsrc%2findex.ts', 'index.js%00', '', 'parts']) expect((await fetch(`${base}/${path}`)).status, path).toBe(404)
  expect((await fetch(`${url}/served/web/0123456789abcdef/index.js`)).status).toBe(404)
  expect((await fetch(`${url}/other/web/${part.hash}/index.js`)).status).toBe(404)
})

it('is listed to who is signed in', async () => {
  plugins.splice(0, plugins.length, { id: 'gone', part: null, isQuiet }, { id: 'styled', part: { folder: root, hash: 'h', entry: 'index.js', css: ['a.css'] }, isQuiet: async () => true })
  const list = (): Promise<unknown> => fetch(`${url}/index.json`).then((r) => r.json())
  expect(await list()).toEqual([{ id: 'gone', entry: null, css: [], quiet: false }, { id: 'styled', entry: '/plugins/styled/web/h/index.js', css: ['/plugins/styled/web/h/a.css'], quiet: true }])
  caller = null
  expect(await list()).toEqual([])
})

it('what breaks in a browser is written into the log, once for a while, by nobody from outside', async () => {
  plugins.splice(0, plugins.length, { id: 'gone', part: null, isQuiet })
  expect([await tell({ plugin: 'gone', message: 'x'.repeat(900) }), await tell({ plugin: 'gone', message: 'x'.repeat(900) })]).toEqual([204, 204])
  expect(log.warn.mock.calls).toEqual([[{ plugin: 'gone', user: 'u', problem: 'x'.repeat(500) }, expect.stringContaining('gone')]])
  expect([await tell({ plugin: 'unknown', message: 'y' }), await tell({ plugin: 'gone' })]).toEqual([400, 400])
  sameOrigin = false
  expect(await tell({ plugin: 'gone', message: 'y' })).toBe(403)
  caller = null
  expect(await tell({ plugin: 'gone', message: 'y' })).toBe(401)
  expect(log.warn).toHaveBeenCalledTimes(1)
})

it('writes only so many complaints of one person, however different they are, and those of others all the same', async () => {
  plugins.splice(0, plugins.length, { id: 'loud', part: null, isQuiet })
  log.warn.mockClear()
  const person = (userId: string): Caller => ({ ...signedIn, actor: { ...signedIn.actor, userId } })
  caller = person('loud')
  for (let n = 0; n < 30; n++) expect(await tell({ plugin: 'loud', message: `It broke ${n}` })).toBe(204)
  expect(log.warn).toHaveBeenCalledTimes(20)
  caller = person('other')
  await tell({ plugin: 'loud', message: 'Of another one' })
  expect(log.warn).toHaveBeenCalledTimes(21)
})
