import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get as httpsGet } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Router } from 'express'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { ConflictError, LimitError, RateLimitedError, type Locale } from '@kartotek/sdk'
import { loadConfig } from '../config/index.ts'
import { testLog } from '../testing/index.ts'
import { createHttp, type HealthReport, type Http, type HttpOptions } from './index.ts'
import { noteReader } from './reader-locale.ts'

const dir = mkdtempSync(join(tmpdir(), 'kartotek-http-'))
const web = join(dir, 'dist')
const importMap = '{"imports":{"vue":"/assets/vue-1a2b.js"}}'
mkdirSync(join(web, 'assets'), { recursive: true })
writeFileSync(join(web, 'index.html'), `<!doctype html><script type="importmap">${importMap}</script><script type="module" src="/assets/index-3c4d.js"></script><p>the app</p>`)
writeFileSync(join(web, 'assets/index-3c4d.js'), 'export const app = 1;\n'.repeat(200))
writeFileSync(join(web, 'favicon.svg'), '<svg/>')
writeFileSync(join(dir, 'outside.json'), JSON.stringify({ secret: 'x'.repeat(2000) }))

let http: Http | undefined
afterEach(async () => { await http?.close() })
afterAll(() => rmSync(dir, { recursive: true }))

async function serve(env: NodeJS.ProcessEnv = {}, options: Partial<HttpOptions> = {}, mount: (http: Http) => void = () => undefined): Promise<string> {
  const config = loadConfig({ KARTOTEK_DATA_DIR: dir, PORT: '0', ...env })
  const report: HealthReport = { ready: true, versions: { kartotek: '1' }, problems: [] }
  http = createHttp({ config, log: testLog, health: async () => report, webDir: web, ...options })
  mount(http)
  return (await http.listen()).url
}

describe('the web app', () => {
  it('answers every address of the app with its page, under a policy that names the inline script by hash', async () => {
    const url = await serve()
    const answer = await fetch(`${url}/clients/17`, { headers: { accept: 'text/html' } })
    expect(await answer.text()).toContain('the app')
    expect(answer.headers.get('cache-control')).toBe('no-cache')
    const hash = createHash('sha256').update(importMap).digest('base64')
    const policy = answer.headers.get('content-security-policy')!
    expect(policy).toContain(`script-src 'self' 'sha256-${hash}';`)
    expect(policy).toContain(`default-src 'none'`)
    expect(policy).not.toContain('unsafe-eval')
    expect(answer.headers.get('strict-transport-security')).toBeNull()
  })

  it('answers below every path of the API what is not there with a 404, and never with the page', async () => {
    const url = await serve({}, {}, http => {
      http.mount('/things', Router())
      http.mount('/reports', Router(), { page: true })
    })
    const page = (path: string): Promise<Response> => fetch(url + path, { headers: { accept: 'text/html' } })
    for (const path of ['/things', '/things/', '/things/1', '/Things/1', '/reports/gone.csv', '/health/x', '/metrics/x', '/assets/gone.js']) {
      const answer = await page(path)
      expect([path, answer.status, await answer.json()]).toMatchObject([path, 404, { error: { code: 'NOT_FOUND' } }])
    }
    for (const path of ['/reports', '/reports/', '/thingsome', '/clients/things']) expect([path, await (await page(path)).text()]).toEqual([path, expect.stringContaining('the app')])
  })

  it('serves hashed files compressed and for ever, others fresh', async () => {
    const url = await serve()
    const script = await fetch(`${url}/assets/index-3c4d.js`, { headers: { 'accept-encoding': 'gzip' } })
    expect(script.headers.get('content-encoding')).toBe('gzip')
    expect(script.headers.get('cache-control')).toContain('immutable')
    expect(await script.text()).toContain('export const app')
    const plain = await fetch(`${url}/assets/index-3c4d.js`, { headers: { 'accept-encoding': 'identity' } })
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(plain.headers.get('cache-control')).toContain('immutable')
    expect((await fetch(`${url}/favicon.svg`)).headers.get('cache-control')).toBe('public, max-age=0')
  })

  it.each(['/..%2foutside.json', '/assets/..%2f..%2foutside.json', '/%2e%2e/outside.json', '/a%00.json', '/%ff.json'])('does not leave its directory for %s', async path => {
    const url = await serve()
    const body = await (await fetch(url + path)).text()
    expect(body).not.toContain('xxx')
  })

  it('says that it is not built, and leaves the API alone', async () => {
    const url = await serve({}, { webDir: join(dir, 'none') }, ({ app }) => { app.get('/graphql', (_request, response) => { response.json({ ok: true }) }) })
    expect((await fetch(url, { headers: { accept: 'text/html' } })).status).toBe(503)
    expect(await (await fetch(`${url}/graphql`)).json()).toEqual({ ok: true })
  })
})

describe('/health', () => {
  it('is 200 when ready, and 503 with the reason when not or when it fails', async () => {
    let report: () => Promise<HealthReport> = async () => ({ ready: true, versions: { kartotek: '1' }, problems: [] })
    const url = await serve({}, { health: () => report() })
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok', ready: true, versions: { kartotek: '1' }, problems: [] })
    report = async () => ({ ready: false, versions: {}, problems: ['The database does not answer.'] })
    const failing = await fetch(`${url}/health`)
    expect([failing.status, await failing.json()]).toMatchObject([503, { status: 'unavailable', problems: ['The database does not answer.'] }])
    expect(await (await fetch(`${url}/health`, { headers: { 'accept-language': 'uk' } })).json()).toMatchObject({ problems: ['База даних не відповідає.'] })
    report = async () => { throw new Error('broken') }
    expect((await fetch(`${url}/health`)).status).toBe(503)
  })
})

describe('/metrics', () => {
  it('counts requests for a scraper of this network, and hides from strangers', async () => {
    const url = await serve()
    await fetch(`${url}/clients`)
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/kartotek_http_request_seconds_count\{method="GET",area="page",status="200"\} 1/)
    expect((await fetch(`${url}/metrics`, { headers: { 'x-forwarded-for': '8.8.8.8' } })).status).toBe(404)
    await http!.close()
    const proxied = await serve({ TRUST_PROXY: '1' })
    expect((await fetch(`${proxied}/metrics`, { headers: { 'x-forwarded-for': '8.8.8.8' } })).status).toBe(404)
    expect((await fetch(`${proxied}/metrics`, { headers: { 'x-forwarded-for': '10.1.2.3' } })).status).toBe(200)
  })
})

describe('errors', () => {
  it('leave with their code, and without anything internal', async () => {
    const errors: Record<string, Error> = {
      conflict: new ConflictError('Changed meanwhile.', { current: { name: 'B' } }), rate: new RateLimitedError('Slow down.', 7),
      bug: new Error('password is geheim'), away: Object.assign(new Error('x'), { code: '57P01' }), full: Object.assign(new Error('x'), { code: '53100' }),
    }
    const url = await serve({}, {}, ({ app }) => { app.get('/auth/:error', request => { throw errors[request.params.error]! }) })
    const answer = async (path: string): Promise<unknown[]> => {
      const response = await fetch(`${url}/auth/${path}`)
      return [response.status, await response.json(), response.headers.get('retry-after')]
    }
    expect(await answer('conflict')).toEqual([409, { error: { code: 'CONFLICT', message: 'Changed meanwhile.', current: { name: 'B' } } }, null])
    expect(await answer('rate')).toMatchObject([429, { error: { code: 'RATE_LIMITED' } }, '7'])
    expect(await answer('away')).toMatchObject([503, { error: { code: 'UNAVAILABLE' } }, '2'])
    expect(await answer('full')).toMatchObject([503, { error: { code: 'UNAVAILABLE', message: 'The disk of the server is full; nothing was changed.' } }, null])
    const bug = await answer('bug')
    expect(bug).toMatchObject([500, { error: { code: 'INTERNAL' } }, null])
    expect(JSON.stringify(bug)).not.toContain('geheim')
  })

  it('are told in the language of the person, or in the one that the browser wants', async () => {
    const url = await serve({}, {}, ({ app }) => {
      app.get('/uploads/:reader', (request) => {
        if (request.params.reader !== 'stranger') noteReader(request, request.params.reader as Locale)
        throw new LimitError('The file is too large.')
      })
    })
    const told = async (reader: string, headers: Record<string, string> = {}) => ((await (await fetch(`${url}/uploads/${reader}`, { headers })).json()) as { error: object }).error
    expect(await told('ru', { 'accept-language': 'en' })).toEqual({ code: 'LIMIT_EXCEEDED', message: 'Файл слишком большой.' })
    expect(await told('stranger', { 'accept-language': 'fi-FI,fi;q=0.9' })).toMatchObject({ message: 'Tiedosto on liian suuri.' })
    expect(await told('stranger')).toMatchObject({ message: 'The file is too large.' })
  })

  it('refuse a body that announces itself as too large', async () => {
    const url = await serve()
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n'))
      socket.on('data', data => { resolve(String(data)); socket.destroy() }).on('error', reject)
    })
    expect(answer).toContain('413')
  })
})

describe('listening', () => {
  it('says in one sentence what to do when the port is taken', async () => {
    const url = await serve()
    const taken = createHttp({ config: loadConfig({ KARTOTEK_DATA_DIR: dir, PORT: new URL(url).port }), log: testLog, health: async () => ({ ready: true, versions: {}, problems: [] }), webDir: false })
    await expect(taken.listen()).rejects.toThrow(/^Port \d+ is taken by another program: stop that one, or set PORT to another number/)
  })

  it('serves https with a certificate, and then asks browsers to insist on it', async () => {
    const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' })
    const url = await serve({ TLS_CERT: cert, TLS_KEY: key })
    expect(url).toMatch(/^https:/)
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      httpsGet(`${url}/health`, { rejectUnauthorized: false }, answer => { answer.resume(); resolve(answer.headers) }).on('error', reject)
    })
    expect(headers['strict-transport-security']).toContain('max-age')
  })

  it('lets a running request end when it closes', async () => {
    const url = await serve({}, {}, ({ app }) => { app.get('/auth/slow', (_request, response) => { setTimeout(() => response.json({ done: true }), 300) }) })
    const slow = fetch(`${url}/auth/slow`)
    await new Promise(resolve => setTimeout(resolve, 100))
    const closing = http!.close()
    expect(await (await slow).json()).toEqual({ done: true })
    await closing
    await expect(fetch(`${url}/health`)).rejects.toThrow()
  })
})
