import { closeSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase, type Database } from '../database/index.ts'
import { testDatabase, testLog } from '../testing/index.ts'
import { backup, backupCluster, isClusterBackup, restore, restoreCluster, verifyEmbedded } from './index.ts'

const dir = mkdtempSync(join(tmpdir(), 'kartotek-physical-'))
const filesDir = join(dir, 'files'), archive = join(dir, 'company.physical')
const homes = new Set<string>()
const open = async (name: string): Promise<Database> => {
  const db = await openDatabase({ dataDir: join(dir, name) }, testLog)
  homes.add(db.embedded!.home)
  return db
}
let db: Database

beforeAll(async () => {
  db = await open('from')
  await db.pool.query(`create schema core; create table core.entry (id bigint generated always as identity primary key, amount int not null, sum int not null, note text);
    create index on core.entry (amount); insert into core.entry (amount, sum, note) select g, g, repeat(md5(g::text), 10) from generate_series(1, 30000) g`)
  mkdirSync(join(filesDir, 'ab'), { recursive: true })
  writeFileSync(join(filesDir, 'ab/1'), 'a file')
}, 60_000)
afterAll(async () => {
  await db.close()
  for (const path of [dir, ...homes]) rmSync(path, { recursive: true, force: true })
})

/** Everything in the tables, as one number. */
const checksum = async (database: Database, upTo: string): Promise<unknown> =>
  (await database.pool.query('select count(*), md5(string_agg(e::text, chr(10) order by id)) from core.entry e where id <= $1', [upTo])).rows[0]

describe('a physical backup', () => {
  it('restores all that was committed before it ended, while rows are written, changed and removed under it', async () => {
    let writing = true, rounds = 0
    const writer = (async () => {
      while (writing) {
        await db.pool.query(`with gone as (delete from core.entry where id = (select min(id) from core.entry) returning 1)
          insert into core.entry (amount, sum, note) select g, g, repeat(md5(random()::text), 10) from generate_series(1, 100) g`)
        await db.pool.query('update core.entry set amount = amount + 1, sum = sum + 1 where id % 97 = $1', [rounds % 97])
        rounds += 1
      }
    })()
    const before = (await db.pool.query('select max(id) as id from core.entry')).rows[0].id as string
    const manifest = await backupCluster(db, archive, { filesDir, secret: 'the secret' })
    writing = false
    await writer
    expect(rounds).toBeGreaterThan(2)
    expect(statSync(archive).mode & 0o777).toBe(0o600)
    expect(manifest).toMatchObject({ kind: 'physical', withSecret: true, files: { count: 1 } })
    expect(await isClusterBackup(archive)).toBe(true)

    const restored = await restoreCluster(join(dir, 'to'), testLog, archive, { filesDir: join(dir, 'to-files') })
    expect(restored).toMatchObject({ secret: 'the secret', cluster: manifest.cluster })
    expect(readFileSync(join(dir, 'to-files/ab/1'), 'utf8')).toBe('a file')
    const copy = await open('to')
    const { rows: [found] } = await copy.pool.query('select max(id) >= $1 as all, bool_and(amount = sum) as whole, count(*) > 30000 as many from core.entry', [before])
    expect(found).toEqual({ all: true, whole: true, many: true })
    expect(await verifyEmbedded(copy.embedded!)).toEqual({ tables: expect.any(Number), indexes: expect.any(Number) })
    expect((await copy.pool.query('select count(*) from pg_extension where extname = $1', ['amcheck'])).rows).toEqual([{ count: '0' }])
    await copy.pool.query(`insert into core.entry (amount, sum) values (1, 1)`)
    await copy.close()
  }, 120_000)

  it('is the same, row by row, when nobody writes, and holds no log back afterwards', async () => {
    const still = join(dir, 'still')
    await backupCluster(db, still)
    expect((await db.pool.query('select count(*) from pg_replication_slots')).rows).toEqual([{ count: '0' }])
    const last = (await db.pool.query('select max(id) as id from core.entry')).rows[0].id as string
    const expected = await checksum(db, last)
    await restoreCluster(join(dir, 'again'), testLog, still)
    const copy = await open('again')
    expect(await checksum(copy, last)).toEqual(expected)
    await copy.close()
  }, 120_000)

  it('does not write over a database, nor into an outside one', async () => {
    await expect(restoreCluster(join(dir, 'to'), testLog, archive)).rejects.toThrow(/^There is a database in .* already: restore into a new one, with another KARTOTEK_DATA_DIR\.$/)
    const outside = await testDatabase({ from: 'empty' })
    await expect(backupCluster(outside, join(dir, 'outside'))).rejects.toThrow('copy your own server with pg_basebackup')
    await expect(backupCluster(db, archive)).rejects.toThrow('exists already')
    await backup(db, join(dir, 'logical'))
    expect(await isClusterBackup(join(dir, 'logical'))).toBe(false)
  })

  const changed = (from: string, to: string) => (file: string): void => { writeFileSync(file, gzipSync(Buffer.from(gunzipSync(readFileSync(file)).toString('latin1').replace(from, to), 'latin1'))) }
  it.each<[string, string, (file: string) => void]>([
    ['is cut off', 'no backup of Kartotek or is damaged', file => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['was changed in one place', 'the database has another checksum', changed('CHECKPOINT LOCATION', 'CHECKPOINT LOCATIOM')],
    ['is from another kind of machine', 'use a backup made without --physical', changed(`"machine":"${process.platform}`, `"machine":"${'x'.repeat(process.platform.length)}`)],
  ])('that %s is refused and leaves nothing behind', async (_how, message, spoil) => {
    const file = join(dir, 'spoilt'), dataDir = join(dir, 'spoilt-data')
    copyFileSync(archive, file)
    spoil(file)
    await expect(restoreCluster(dataDir, testLog, file, { filesDir: join(dir, 'spoilt-files') })).rejects.toThrow(message)
    const { home } = JSON.parse(readFileSync(join(dataDir, 'postgresql.json'), 'utf8')) as { home: string }
    homes.add(home)
    expect(readdirSync(home).filter(name => name.startsWith('cluster'))).toEqual([])
    expect(existsSync(join(dir, 'spoilt-files'))).toBe(false)
  }, 60_000)
})

describe('looking for damage', () => {
  it('names the index that does not fit its table', async () => {
    const broken = await open('broken')
    await restore(broken, join(dir, 'logical'))
    const { rows: [where] } = await broken.pool.query(`select pg_relation_filepath('core.entry_amount_idx') as index, current_setting('data_checksums') as checksums`)
    await broken.close()
    // as a disk would do it
    const file = openSync(join(broken.embedded!.home, 'cluster', where.index as string), 'r+')
    writeSync(file, Buffer.alloc(8192, 7), 0, 8192, 8192 * 3)
    closeSync(file)
    const again = await open('broken')
    await expect(verifyEmbedded(again.embedded!)).rejects.toThrow(/^core\.entry_amount_idx is damaged on the disk \(.*\): do not go on with this database/)
    await again.close()
  }, 60_000)
})
