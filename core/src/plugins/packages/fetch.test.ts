import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { PluginDefinition, Resolver } from '@kartotek/sdk'
import { testCrm } from '../../testing/crm.ts'
import { SDK_VERSION } from '../discovery.ts'
import { manifestOf } from '../static-manifest.ts'
import { tarball } from './fixtures/registry.ts'
import { withPackage } from './open.ts'
import { packageResolvers } from './packages.graphql.ts'

/** A registry that takes every question and answers none. */
let asked = 0
let heard = Promise.withResolvers<void>()
const registry = createServer(() => {
  asked++
  heard.resolve()
})
await new Promise<void>((done) => { registry.listen(0, '127.0.0.1', done) })
const dir = mkdtempSync(join(tmpdir(), 'kartotek-fetch-'))
const before = process.env.TMPDIR
process.env.TMPDIR = dir
const env = { ...process.env, HOME: dir, npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}`, npm_config_cache: join(dir, 'cache') }
const crm = await testCrm({ work: false })
afterAll(async () => {
  process.env.TMPDIR = before ?? ''
  if (before === undefined) delete process.env.TMPDIR
  registry.closeAllConnections()
  registry.close()
  await crm.close()
  rmSync(dir, { recursive: true })
})
const unpacking = (): string[] => readdirSync(dir).filter((name) => name.startsWith('kartotek-package-'))
const connections = (): Promise<number> => new Promise((done) => { registry.getConnections((_, count) => { done(count) }) })

async function needy(): Promise<string> {
  const definition = { id: 'needy', version: '1.0.0' } as PluginDefinition
  const file = join(dir, 'needy.tgz')
  writeFileSync(file, await tarball({
    json: { name: 'needy', version: '1.0.0', type: 'module', exports: './index.js', dependencies: { slow: '^1.0.0' } },
    files: { 'index.js': `export default ${JSON.stringify(definition)}`, 'kartotek.plugin.json': JSON.stringify(manifestOf(definition, SDK_VERSION)) },
  }))
  return file
}

it('gives up a registry that hangs, for a package and for its dependencies, and leaves nothing', async () => {
  const late = 'The registry did not give everything in time, and it was given up: look at its settings in .npmrc and try again.'
  for (const spec of ['slow', await needy()]) {
    heard = Promise.withResolvers()
    // The time begins when the registry was asked: on a busy machine that takes a while.
    const over = new AbortController()
    const refused = withPackage(spec, { cwd: dir, env, signal: over.signal }, async () => 'never').catch((error: Error) => error.message)
    await heard.promise
    over.abort(new DOMException('', 'TimeoutError'))
    expect(await refused).toBe(late)
    expect(unpacking()).toEqual([])
    await expect.poll(connections).toBe(0)
  }
  expect(await withPackage('slow', { cwd: dir, env, ms: 1 }, async () => 'never').catch((error: Error) => error.message)).toBe(late)
})

it('fetches one at a time, holds up nothing else, and ends with who asked', async () => {
  const resolvers = packageResolvers({ db: crm.kartotek.db, states: () => [], env })
  const person = { ...await crm.as('administrator'), sessionId: 'a session' }
  const context = crm.kartotek.api.contextOf(person)
  const leaving = new AbortController()
  const ask = (field: string, args: object, ctx: object = context) => (resolvers.Query![field] as Extract<Resolver, (...args: never[]) => unknown>)({}, args as never, ctx as never)
  const fetch = '0b9f3c1e-6a52-4b7e-9c7a-2f4f1f0f3a11'
  const plan = (ctx: object) => ask('planPlugin', { package: 'slow@^1', fetch }, ctx)
  heard = Promise.withResolvers()
  const before = asked
  const first = Promise.resolve(plan({ ...context, left: leaving.signal })).catch((error: Error) => error.message)
  await heard.promise
  await expect(plan(context)).rejects.toMatchObject({ code: 'CONFLICT', message: 'slow@^1 is being fetched now: wait until that is done, and try again.' })
  expect(asked).toBe(before + 1)
  await expect.poll(() => ask('pluginFetch', { id: fetch })).toEqual({ step: 'looking', bytes: null })
  expect(await ask('pluginFetch', { id: fetch }, crm.kartotek.api.contextOf(await crm.as('administrator'))), 'somebody else').toBe(null)
  // The process and the database are free meanwhile.
  expect(await crm.ask(person, '{ pluginPackages { id } }')).toEqual({ pluginPackages: [] })
  leaving.abort()
  // Who stops and asks again at once waits for the end of what he stopped.
  heard = Promise.withResolvers()
  const leavingAgain = new AbortController()
  const second = Promise.resolve(plan({ ...context, left: leavingAgain.signal })).catch((error: Error) => error.message)
  expect(await first).toBe('It was given up, because nobody waits for it any more.')
  await heard.promise
  expect(asked).toBe(before + 2)
  leavingAgain.abort()
  expect(await second).toBe('It was given up, because nobody waits for it any more.')
  expect(unpacking()).toEqual([])
  expect(await ask('pluginFetch', { id: fetch })).toBe(null)
  await expect.poll(connections).toBe(0)
  expect((await crm.kartotek.db.pool.query('select from core.plugin_package')).rowCount).toBe(0)
  // The next one is taken, and refused for what it is.
  for (const source of [{ package: '/etc/passwd.tgz' }, { package: '../x' }, { package: 'file:x' }, { package: 'https://example.com/x' }]) {
    await expect((async () => (resolvers.Query!.planPlugin as (...args: unknown[]) => unknown)({}, source, context))(), source.package).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  }
})
