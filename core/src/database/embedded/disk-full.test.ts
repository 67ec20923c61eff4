import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, it } from 'vitest'
import { eventually } from '../../testing/child.ts'
import { testLog } from '../../testing/index.ts'
import { isDiskFull, openDatabase, type Database } from '../index.ts'

const root = mkdtempSync(join(tmpdir(), 'kartotek-full-'))
const disk = join(root, 'disk'), home = join(disk, 'home'), dataDir = join(root, 'data'), ballast = join(disk, 'ballast')
const mounted = mount('8m')
let db: Database | undefined

function mount(size: string): boolean {
  mkdirSync(disk, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', disk], { stdio: 'ignore' })
    execFileSync('chmod', ['755', root])
    return true
  } catch {
    return false
  }
}
/** Leaves so many bytes free. */
function fill(leave: number): void {
  const { bavail, bsize } = statfsSync(disk)
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leave)))
}
const open = async (): Promise<Database> => {
  mkdirSync(home, { recursive: true })
  mkdirSync(dataDir, { recursive: true })
  // not where root's would lie, but on the small disk
  writeFileSync(join(dataDir, 'postgresql.json'), JSON.stringify({ home }))
  return db = await openDatabase({ dataDir }, testLog)
}

afterEach(async () => {
  await db?.close()
  db = undefined
})
afterAll(() => {
  if (mounted) execFileSync('umount', ['-l', disk])
  rmSync(root, { recursive: true, force: true })
})

it.runIf(mounted)('a first start on a full disk says so in one sentence, and works when there is room', async () => {
  await expect(open()).rejects.toThrow(`The disk that holds ${home} is full: free some space and start again.`)
  execFileSync('mount', ['-o', 'remount,size=160m', disk])
  await open()
  await db!.pool.query('create table kept (n int, filler text)')
})

it.runIf(mounted)('a full disk refuses writes with its own error, answers reads, and writes again when there is room', async () => {
  await open()
  await db!.pool.query(`insert into kept values (1, ''); create unlogged table filler (text text)`)
  fill(20 * 1024 * 1024)
  // nothing of this goes into the write-ahead log, whose end is the next test's matter
  const refused = await eventually(() => db!.pool.query(`insert into filler select repeat(md5(g::text), 30) from generate_series(1, 40_000) g`).then(() => undefined, (error: unknown) => error))
  expect(isDiskFull(refused)).toBe(true)
  expect((await eventually(() => db!.pool.query('select count(*) from kept where n = 1 and filler = $1', ['']))).rows).toEqual([{ count: '1' }])
  rmSync(ballast)
  await eventually(() => db!.pool.query(`insert into kept values (2, '')`))
  await db!.pool.query('drop table filler')
})

it.runIf(mounted)('a disk too full for the write-ahead log stops the server, and it comes back by itself with all that was committed', async () => {
  await open()
  await db!.pool.query(`insert into kept select 3, '' from generate_series(1, 1000)`)
  fill(0)
  // only the log grows by this; a full segment needs a new one of 16 MB
  const fillLog = (): Promise<unknown> => db!.pool.query(`select pg_logical_emit_message(true, 'filler', repeat('x', 4000000))`).catch(() => undefined)
  const problem = await eventually(() => fillLog().then(() => db!.embedded!.state().problem))
  expect(problem).toBe(`The disk that holds ${home} is full: free some space and start again.`)
  rmSync(ballast)
  await eventually(() => db!.pool.query(`insert into kept values (4, '')`), 30)
  expect((await db!.pool.query('select count(*) from kept where n = 3')).rows).toEqual([{ count: '1000' }])
  await eventually(() => db!.embedded!.state().running || undefined)
})

it.runIf(mounted)('a start on a disk that filled up while Kartotek was away says so, and works when there is room', async () => {
  await open()
  await db!.close()
  fill(0)
  const start = await open().then(() => 'started', (error: Error) => error.message)
  if (start !== 'started') expect(start).toMatch(/disk.* is full: free some space and start again\.$/)
  await db?.close()
  rmSync(ballast)
  await open()
  expect(Number((await db!.pool.query('select count(*) from kept where n = 3')).rows[0].count)).toBeGreaterThan(0)
})
