import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { killAfterEach, program, READY } from './program.ts'
import { outsideBinaries, startOutsideServer } from '../src/testing/outside-server.ts'

const dir = mkdtempSync(join(tmpdir(), 'kartotek-start-'))
const homes: string[] = []

killAfterEach()
afterAll(() => { for (const path of [dir, ...homes]) rmSync(path, { recursive: true, force: true }) })

const note = (dataDir: string): void => { homes.push((JSON.parse(readFileSync(join(dataDir, 'postgresql.json'), 'utf8')) as { home: string }).home) }

describe('kartotek start', () => {
  const dataDir = join(dir, 'embedded')

  it('serves from nothing: the set-up link, health with versions, metrics; and stops cleanly', async () => {
    const server = await program(['start'], { KARTOTEK_DATA_DIR: dataDir }, READY)
    note(dataDir)
    const url = READY.exec(server.said())?.[1]
    expect(url, server.said()).toBeDefined()
    expect(server.said()).toContain('Set up the first administrator (link for one use)')
    const health = await fetch(`${url}/health`)
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({ ready: true, versions: { postgresql: expect.stringMatching(/^18\./) } })
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('process_cpu_seconds_total')
    expect(await server.stop()).toBe(0)
  })

  it('starts again on existing data', async () => {
    const server = await program(['start'], { KARTOTEK_DATA_DIR: dataDir }, READY)
    expect(await server.stop()).toBe(0)
    expect(server.said()).toMatch(READY)
  })
})

describe('kartotek start with plugins', () => {
  const dataDir = join(dir, 'plugins')
  const hello = fileURLToPath(new URL('../../examples/hello-plugin', import.meta.url))

  it('runs them, leaves them out in safe mode, and refuses to start without one of them in strict mode', async () => {
    const usual = await program(['start'], { KARTOTEK_DATA_DIR: dataDir, KARTOTEK_PLUGINS: hello, KARTOTEK_ADMIN_EMAIL: 'a@b.cc', KARTOTEK_ADMIN_PASSWORD: 'correct horse battery' }, READY)
    note(dataDir)
    const fields = async (url: string): Promise<string> => {
      const signedIn = await fetch(`${url}/auth/sign-in`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'a@b.cc', password: 'correct horse battery' }) })
      const answer = await fetch(`${url}/graphql`, {
        method: 'POST', headers: { 'content-type': 'application/json', 'cookie': signedIn.headers.getSetCookie()[0]!.split(';')[0]! },
        body: JSON.stringify({ query: '{ plugins { id state cause } __type(name: "Client") { fields { name } } }' }),
      })
      return await answer.text()
    }
    const running = await fields(READY.exec(usual.said())![1]!)
    expect(running).toContain('{"id":"hello","state":"running","cause":null}')
    expect(running).toContain('{"name":"hello"}')
    expect(await usual.stop()).toBe(0)

    const safe = await program(['start', '--safe-mode'], { KARTOTEK_DATA_DIR: dataDir, KARTOTEK_PLUGINS: hello }, READY)
    const without = await fields(READY.exec(safe.said())![1]!)
    expect(without).toContain('{"id":"hello","state":"skipped","cause":"Safe mode: no code of plugins is loaded."}')
    expect(without).not.toContain('{"name":"hello"}')
    expect(await safe.stop()).toBe(0)

    const strict = await program(['start', '--strict'], { KARTOTEK_DATA_DIR: dataDir, KARTOTEK_PLUGINS: `${hello},./nothing-here` })
    expect(await strict.ended).toBe(1)
    expect(strict.said()).toContain('Not all plugins run: ./nothing-here is failed at "discovered"')
  }, 120_000)
})

describe.runIf(outsideBinaries())('an outside PostgreSQL 15 or newer, by DATABASE_URL', () => {
  it('carries the whole server, its doctor and its backup', async () => {
    const outside = await startOutsideServer(outsideBinaries()!)
    try {
      const env = { KARTOTEK_DATA_DIR: join(dir, 'outside'), DATABASE_URL: outside.database('company') }
      const server = await program(['start'], env, READY)
      const url = READY.exec(server.said())?.[1]
      expect(url, server.said()).toBeDefined()
      expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ ready: true })
      const backup = await program(['backup', join(dir, 'company.backup')], env)
      expect(await backup.ended, backup.said()).toBe(0)
      expect(await server.stop()).toBe(0)
      const restore = await program(['restore', join(dir, 'company.backup')], { ...env, DATABASE_URL: outside.database('second') })
      expect(await restore.ended, restore.said()).toBe(0)
      expect(restore.said()).toContain('all checksums right')
      const doctor = await program(['doctor'], env)
      expect(doctor.said()).toContain('outside server')
    } finally {
      outside.stop()
    }
  }, 120_000)
})
