import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { eventually } from '../src/testing/child.ts'
import { testDatabaseUrl } from '../src/testing/index.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const KARTOTEK = join(ROOT, 'core/bin/kartotek.js')
const dir = mkdtempSync(join(tmpdir(), 'kartotek-foreign-'))
afterAll(() => rmSync(dir, { recursive: true }))
const run = (program: string, args: string[], cwd = dir): string => execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** What somebody writes who has nothing of this repository but the package of the SDK. */
const SOURCE = `
import { definePlugin, NotFoundError, s, type PluginContext } from '@kartotek/sdk'
import { fileStorage } from '@kartotek/sdk/contracts'

class Bells {
  readonly #ctx: PluginContext<{ tone: string }>
  constructor(ctx: PluginContext<{ tone: string }>) { this.#ctx = ctx }
  ring(door: string): string {
    if (door === 'none') throw new NotFoundError('There is no such door.')
    return this.#ctx.settings.tone + ' at ' + door + ', ' + this.#ctx.providers(fileStorage).length
  }
}

export default definePlugin({
  id: 'foreign', version: '2.1.0', compat: { sdk: '^0.1' },
  settings: s.object({ tone: s.string({ default: 'ding' }) }),
  graphql: {
    typeDefs: 'extend type Query { foreignRing(door: String!): String! }',
    resolvers: { Query: { foreignRing: (_, { door }: { door: string }, ctx) => ctx.get(Bells).ring(door) } },
  },
})
`

it('is written outside of the repository with the packed SDK, built, and runs with the SDK of the core', async () => {
  run(process.execPath, [KARTOTEK, 'sdk', 'pack', dir])
  const folder = join(dir, 'plugin')
  mkdirSync(join(folder, 'src'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'foreign-plugin', version: '2.1.0', type: 'module', exports: './dist/index.js' }))
  writeFileSync(join(folder, 'src/index.ts'), SOURCE)
  run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', join(dir, 'kartotek-sdk-0.1.0.tgz')], folder)
  // Strict types against the declarations of the package.
  run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '--strict', '--module', 'nodenext', '--target', 'es2024', '--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node', '--rootDir', 'src', '--outDir', 'dist', 'src/index.ts'], folder)
  expect(run(process.execPath, [KARTOTEK, 'plugin', 'build', folder])).toContain('foreign 2.1.0')

  const server = spawn(process.execPath, [KARTOTEK, 'start'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env, DATABASE_URL: await testDatabaseUrl(), KARTOTEK_DATA_DIR: join(dir, 'data'), PORT: '0', KARTOTEK_PLUGINS: folder, LOG_LEVEL: 'error',
      KARTOTEK_ADMIN_EMAIL: 'anna@example.com', KARTOTEK_ADMIN_PASSWORD: 'a long password of the test 7',
    },
  })
  let said = ''
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => { said += text })
  try {
    const url = await eventually(() => /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0], 60).catch((error: Error) => { throw new Error(`${error.message}\n${said}`) })
    const post = (path: string, headers: Record<string, string>, body: object): Promise<Response> =>
      fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
    const signIn = await post('/auth/sign-in', {}, { email: 'anna@example.com', password: 'a long password of the test 7' })
    const cookie = signIn.headers.getSetCookie()[0]!.split(';')[0]!
    const ask = async (query: string) => (await post('/graphql', { cookie }, { query })).json()
    // Beside those that come with Kartotek.
    expect((await ask('{ plugins { id version state cause } }') as { data: { plugins: unknown[] } }).data.plugins).toContainEqual({ id: 'foreign', version: '2.1.0', state: 'running', cause: null })
    expect(await ask('{ foreignRing(door: "front") }')).toEqual({ data: { foreignRing: 'ding at front, 0' } })
    // Its error is one of the core's, though its package brings an SDK of its own.
    expect(await ask('{ foreignRing(door: "none") }')).toMatchObject({ errors: [{ message: 'There is no such door.', extensions: { code: 'NOT_FOUND' } }] })
  } finally {
    server.kill('SIGTERM')
    await once(server, 'exit')
  }
})
