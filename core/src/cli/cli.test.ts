import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { databaseProcess } from '../testing/child.ts'
import { testDatabaseUrl } from '../testing/index.ts'
import { migrate, openDatabase } from '../database/index.ts'
import { testLog } from '../testing/index.ts'
import { runCommand } from './main.ts'
import { demoLanguage } from './start.command.ts'

const dir = mkdtempSync(join(tmpdir(), 'kartotek-cli-'))
const homes: string[] = []
afterAll(() => { for (const path of [dir, ...homes]) rmSync(path, { recursive: true, force: true }) })

async function kartotek(args: string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number, out: string, err: string }> {
  let out = '', err = ''
  const code = await runCommand(args, { out: line => { out += `${line}\n` }, err: line => { err += `${line}\n` }, env: { KARTOTEK_DATA_DIR: join(dir, 'data'), LOG_LEVEL: 'silent', ...env }, cwd: dir })
  return { code, out, err }
}

describe('the command line', () => {
  it('lists its commands', async () => {
    const { code, out } = await kartotek([])
    expect(code).toBe(0)
    for (const line of ['start [--demo [--language CODE]] ', 'doctor\n', 'backup FILE', 'restore FILE']) expect(out).toContain(`  ${line}`)
  })

  it('describes one command where it is asked for help, each use on a line', async () => {
    const { code, out } = await kartotek(['plugin', 'add', '--help'])
    expect(code).toBe(0)
    expect(out.split('\n').slice(0, 2)).toEqual(['  plugin new ID [FOLDER]', '  plugin dev [FOLDER] [--demo]'])
  })

  it('adds no plugin to a folder where no Kartotek is', async () => {
    const { code, err } = await kartotek(['plugin', 'list'], { KARTOTEK_DATA_DIR: join(dir, 'nowhere') })
    expect(code).toBe(1)
    expect(err).toBe(`There is no Kartotek in ${join(dir, 'nowhere')}: run this where it runs (\`npm run kartotek -- …\` in its folder), or name its data directory in KARTOTEK_DATA_DIR.\n`)
  })

  it.each([
    [['bakup', 'x'], {}, 2, 'kartotek has no command bakup: do you mean backup? `kartotek help` lists them.\n'],
    [['constructor'], {}, 2, 'kartotek has no command constructor. `kartotek help` lists them.\n'],
    [['backup'], {}, 2, '1 argument is expected; got 0.\nUsage: kartotek backup FILE [--physical] [--force] [--without-secret]\n'],
    [['doctor', '--fast'], {}, 2, /^Unknown option '--fast'.*\nUsage: kartotek doctor\n$/s],
    [['start', '--demo', '--language', 'sv'], {}, 2, /^--language knows ru, uk, fi, en; got sv\.\nUsage: kartotek start \[--demo \[--language CODE\]\]/],
    [['start', '--language', 'fi'], {}, 2, /^--language is the language of the demo company: give --demo, too\.\n/],
    [['start', '--demo', '--language='], {}, 2, /^--language knows ru, uk, fi, en; got nothing\.\n/],
    [['doctor'], { PORT: 'x' }, 1, /^PORT is "x": write a port number such as .*\n$/],
    [['backup', 'x'], { DATABASE_URL: 'postgresql://u:geheim@127.0.0.1:1/x' }, 1, /^The database at postgresql:\/\/u:…@127\.0\.0\.1:1\/x does not answer \(.*ECONNREFUSED.*\): check that it runs and that DATABASE_URL is right\.\n$/],
  ])('%j with %j says what is wrong', async (args, env, code, message) => {
    const answer = await kartotek(args, env)
    expect(answer.code).toBe(code)
    if (typeof message === 'string') expect(answer.err).toBe(message)
    else expect(answer.err).toMatch(message)
  })
})

it('takes the language of the demo company from its option, and else from the machine', () => {
  expect(demoLanguage(true, 'uk', { LANG: 'fi_FI.UTF-8' })).toBe('uk')
  expect(demoLanguage(true, undefined, { LANG: 'fi_FI.UTF-8' })).toBe('fi')
  expect(demoLanguage(true, undefined, { LC_ALL: 'ru_RU.UTF-8', LANG: 'fi_FI.UTF-8' })).toBe('ru')
  expect(demoLanguage(true, undefined, { LANG: 'C' })).toBe('en')
  expect(demoLanguage(undefined, undefined, { LANG: 'fi_FI.UTF-8' })).toBeUndefined()
})

describe('kartotek doctor', () => {
  it('finds a healthy installation well, and shows no secret', async () => {
    const { code, out } = await kartotek(['doctor'], { DATABASE_URL: await testDatabaseUrl('empty'), KARTOTEK_SECRET: 'geheim'.repeat(10) })
    // the tests' server runs without fsync, which is the one thing to mend
    expect(code).toBe(1)
    expect(out).toContain('fsync is off')
    expect(out).toMatch(/^ok {4}versions: Kartotek \d+\.\d+\.\d+, Node 24\./m)
    expect(out).toContain('DATABASE_URL=… KARTOTEK_SECRET=…')
    expect(out).not.toContain('geheim')
  })

  it('names an index that is not valid and a table that runs out of columns', async () => {
    const url = await testDatabaseUrl('empty')
    const db = await openDatabase({ dataDir: '', databaseUrl: url }, testLog)
    await migrate(db, [])
    await db.pool.query(`create table core.wide (${Array.from({ length: 1300 }, (_, n) => `c${n} int`).join(', ')}); alter table core.wide drop column c1;
      create table core.twice (a int); insert into core.twice values (1), (1)`)
    await db.pool.query('create unique index concurrently twice_a on core.twice (a)').catch(() => undefined)
    await db.close()
    const { out } = await kartotek(['doctor'], { DATABASE_URL: url })
    expect(out).toContain('look  indexes: not valid: core.twice_a')
    expect(out).toContain('look  columns: core.wide has used 1300 of the 1600 columns that a table can have in its life (1 are dropped, 0 spare for new fields)')
  })

  it('says when the database is away', async () => {
    const { code, out } = await kartotek(['doctor'], { DATABASE_URL: 'postgresql://u:geheim@127.0.0.1:1/x' })
    expect(code).toBe(1)
    expect(out).toMatch(/^BAD {3}database: The database at .* does not answer/m)
  })
})

describe('kartotek backup and restore', () => {
  it('carry a company from a running embedded database to another place, with its secret', async () => {
    const from = join(dir, 'from'), to = join(dir, 'to'), file = join(dir, 'company.backup')
    const app = await databaseProcess(from)
    homes.push(app.said.home)
    const db = await openDatabase({ dataDir: from }, testLog, { attach: true })
    await migrate(db, [{ id: 'test-0001', sql: 'create table core.kept as select generate_series(1, 7) as n' }])
    await db.close()

    const saved = await kartotek(['backup', file], { KARTOTEK_DATA_DIR: from })
    expect(saved).toMatchObject({ code: 0, out: `${file}: 8 rows of 2 tables and 0 files. Keep it safe: it holds all data and the secret.\n` })
    const physical = join(dir, 'company.physical')
    expect(await kartotek(['backup', physical, '--physical'], { KARTOTEK_DATA_DIR: from })).toMatchObject({ code: 0, out: expect.stringMatching(/: PostgreSQL 18\.\d+ of \w+-\w+, \d+ MB, and 0 files\. Keep it safe/) })
    expect(await app.end('SIGTERM')).toBe(0)

    const copied = await kartotek(['restore', physical], { KARTOTEK_DATA_DIR: join(dir, 'copied') })
    homes.push((JSON.parse(readFileSync(join(dir, 'copied/postgresql.json'), 'utf8')) as { home: string }).home)
    expect(copied).toMatchObject({ code: 0, out: expect.stringMatching(/^Restored the state of .*, all checksums right\.\nLooked through \d+ tables and \d+ indexes on the disk: no damage\.\nTook over the old secret/) })
    const copy = await openDatabase({ dataDir: join(dir, 'copied') }, testLog)
    expect((await copy.pool.query('select count(*) from core.kept')).rows).toEqual([{ count: '7' }])
    await copy.close()
    expect(await kartotek(['restore', physical], { DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x' })).toMatchObject({ code: 1, err: expect.stringContaining('which only an embedded database can take') })

    const url = await testDatabaseUrl('empty')
    const loaded = await kartotek(['restore', file], { KARTOTEK_DATA_DIR: to, DATABASE_URL: url })
    expect(loaded.code).toBe(0)
    expect(loaded.out).toContain('8 rows of 2 tables and 0 files, all checksums right.')
    expect(readFileSync(join(to, 'secret'), 'utf8')).toBe(readFileSync(join(from, 'secret'), 'utf8'))
    expect(statSync(join(to, 'secret')).mode & 0o777).toBe(0o600)

    const twice = await kartotek(['restore', file], { KARTOTEK_DATA_DIR: to, DATABASE_URL: url })
    expect(twice).toMatchObject({ code: 1, err: expect.stringContaining('The database is not empty') })
  })
})

describe('kartotek start', () => {
  const dataDir = join(dir, 'server')
  const children: ChildProcess[] = []
  // one that a failed test left must not fail the next
  afterEach(() => { for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL') })
  /** Starts the fixture and waits until it is ready or ends. */
  async function start(env: NodeJS.ProcessEnv = {}, stdio: 'ignore' | 'ipc' = 'ignore') {
    const child = spawn(process.execPath, [fileURLToPath(new URL('../testing/server-process.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'pipe', stdio], env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, KARTOTEK_DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'info', ...env },
    })
    children.push(child)
    let text = ''
    const ended = new Promise<number | null>(resolve => { child.on('exit', resolve) })
    await new Promise<void>(resolve => {
      for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data: Buffer) => { text += data; if (text.includes('Stop with Ctrl-C')) resolve() })
      void ended.then(() => resolve())
    })
    return { child, ended, said: () => text }
  }
  const clusterRuns = (): boolean => {
    const { home } = JSON.parse(readFileSync(join(dataDir, 'postgresql.json'), 'utf8')) as { home: string }
    if (!homes.includes(home)) homes.push(home)
    return existsSync(join(home, 'cluster/postmaster.pid'))
  }

  it('prints the address and the set-up link, refuses a second start, and stops PostgreSQL with itself', async () => {
    const first = await start()
    const url = /Kartotek is ready: (\S+)/.exec(first.said())![1]!
    expect(first.said()).toContain(`Set up the first administrator (link for one use): ${url}/setup`)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    const second = await start()
    expect(await second.ended).toBe(1)
    expect(second.said()).toContain(`Another Kartotek (process ${first.child.pid}) is running on the data directory ${dataDir}`)
    expect(clusterRuns()).toBe(true)
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    expect(clusterRuns()).toBe(false)
  })

  it('starts on existing data, and stops cleanly by Ctrl-C that arrives twice', async () => {
    const server = await start()
    server.child.kill('SIGINT')
    server.child.kill('SIGINT')
    expect(await server.ended).toBe(0)
    expect(clusterRuns()).toBe(false)
  })

  it('stops cleanly when it is told to while it is still starting', async () => {
    const server = spawn(process.execPath, [fileURLToPath(new URL('../testing/server-process.ts', import.meta.url))], { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, KARTOTEK_DATA_DIR: dataDir, PORT: '0' } })
    const ended = new Promise(resolve => { server.on('exit', resolve) })
    const { home } = JSON.parse(readFileSync(join(dataDir, 'postgresql.json'), 'utf8')) as { home: string }
    while (!existsSync(join(home, 'kartotek.lock'))) await new Promise(resolve => setTimeout(resolve, 5))
    server.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(clusterRuns()).toBe(false)
  })

  it('goes on when nobody reads its log any more, and still stops when it is told to', async () => {
    const server = await start({ LOG_LEVEL: 'debug' })
    const url = /Kartotek is ready: (\S+)/.exec(server.said())![1]!
    server.child.stdout!.destroy()
    server.child.stderr!.destroy()
    for (let n = 0; n < 3; n++) expect((await fetch(`${url}/health`)).status).toBe(200)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(clusterRuns()).toBe(false)
  })

  it('stops cleanly when its parent process is gone', async () => {
    const server = await start({}, 'ipc')
    server.child.disconnect()
    expect(await server.ended).toBe(0)
    expect(server.said()).toContain('the parent process ended')
    expect(clusterRuns()).toBe(false)
  })
})
