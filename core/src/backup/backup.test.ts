import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate, openDatabase, type Database } from '../database/index.ts'
import { testDatabase, testDatabaseUrl, testLog } from '../testing/index.ts'
import { outsideBinaries, startOutsideServer } from '../testing/outside-server.ts'
import { backup, restore, type Manifest } from './index.ts'

const dir = mkdtempSync(join(tmpdir(), 'kartotek-backup-'))
const filesDir = join(dir, 'files')
const archive = (name: string): string => join(dir, `${name}.backup`)
const db = await testDatabase({ from: 'empty' })
const opened: Database[] = []

/** Everything that PostgreSQL can put into a table of ours. */
const SCHEMA = `
  create schema auth; create schema p_telephony;
  create type core.mood as enum ('glad', 'sad');
  create function core.folded(text) returns text language sql immutable return lower($1);
  create table core.client (
    id uuid primary key, name text not null, mood core.mood, amount numeric(20, 4) default 0.5, day date, at timestamptz default now(), note text collate "ru-x-icu",
    data jsonb not null default '{}', tags text[], raw bytea, span interval, ratio double precision, flag boolean, gone int, folded text generated always as (core.folded(name)) stored,
    check (amount >= 0));
  alter table core.client drop column gone;
  alter table core.client add column "x_Тип" text;
  comment on table core.client is 'who''s who'; comment on column core.client."x_Тип" is 'тип';
  create table core."order" (id bigint generated always as identity primary key, client uuid not null references core.client, number serial unique, parent bigint references core."order", total int not null);
  create table core.line ("order" bigint not null references core."order" on delete cascade, price int not null, unique nulls not distinct ("order", price));
  create table auth.log (at timestamptz not null, what text) partition by range (at);
  create table auth.log_2026 partition of auth.log for values from ('2026-01-01') to ('2027-01-01');
  create table p_telephony.call (id int primary key); create table core.nothing (a int);
  create table public.not_ours (a int);
  create index client_name on core.client using gin (name public.gin_trgm_ops);
  create index client_partly on core.client (lower(name) desc nulls last) include (day) where flag;
  create function core.refuse() returns trigger language plpgsql as $$ begin raise 'append only'; end $$;
  create function core.named(c core.client) returns text language sql stable as $$ select c.name $$;
  create trigger log_append_only before delete on auth.log for each row execute function core.refuse();
  create view core.big as select id from core."order" where total > 10;
  insert into core.client (id, name, mood, amount, day, note, data, tags, raw, span, ratio, flag, "x_Тип")
    select gen_random_uuid(), E'Имя \\t\\n\\\\' || g, case g % 3 when 0 then 'glad'::core.mood when 1 then 'sad' end, g / 7.0, date '2026-01-01' + g % 300, repeat('я', g % 50),
      json_build_object('n', g), array['a', null, 'b,"c'], decode(md5(g::text), 'hex'), make_interval(days => g), g / 3.0::float8, g % 2 = 0, 'тип' from generate_series(1, 20000) g;
  insert into auth.log values ('2026-05-05', 'x');`

async function emptyDatabase(): Promise<Database> {
  const empty = await openDatabase({ dataDir: '', databaseUrl: await testDatabaseUrl('empty') }, testLog)
  opened.push(empty)
  return empty
}
/** One order with lines that add up to its total: a snapshot holds both or neither. */
const writeOrder = (): Promise<unknown> => db.pool.query(`
  with o as (insert into core."order" (client, total) select id, 60 from core.client limit 1 returning id)
  insert into core.line select id, price from o, unnest(array[10, 20, 30]) price`)
/** The archive's entries, read without our own reader. */
function unpacked(name: string): Map<string, Buffer> {
  const tar = gunzipSync(readFileSync(archive(name))), entries = new Map<string, Buffer>()
  for (let at = 0; tar[at];) {
    const path = tar.subarray(at, at + 100).toString().replace(/\0.*$/s, ''), size = parseInt(tar.subarray(at + 124, at + 135).toString(), 8)
    entries.set(path, tar.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return entries
}

beforeAll(async () => {
  await migrate(db, [{ id: 'test-0001', sql: 'select 1' }])
  await db.pool.query(SCHEMA)
  mkdirSync(join(filesDir, 'ab'), { recursive: true })
  writeFileSync(join(filesDir, 'ab/1'), randomBytes(3_000_000))
  writeFileSync(join(filesDir, 'empty'), '')
})
afterAll(async () => {
  for (const database of opened) await database.close()
  rmSync(dir, { recursive: true })
})

describe('backup and restore', () => {
  let manifest: Manifest

  it('takes one instant of everything while writes go on', async () => {
    let writing = true, written = 0
    // The archive may be taken before the writer below has got anywhere.
    await writeOrder()
    const writer = (async () => { while (writing) { await writeOrder(); written += 1 } })()
    manifest = await backup(db, archive('busy'), { filesDir, secret: 'the secret' })
    expect(written).toBeGreaterThan(0)
    writing = false
    await writer
    expect(statSync(archive('busy')).mode & 0o777).toBe(0o600)
    expect(manifest.tables.map(table => table.table)).toEqual(expect.arrayContaining(['core.client', 'core."order"', 'auth.log_2026', 'p_telephony.call', 'core.migration']))
    expect(manifest.tables.some(table => table.table.includes('not_ours'))).toBe(false)
    expect(manifest.tables.find(table => table.table === 'core.client')!.rows).toBe(20_000)
  })

  it('writes sums that hold when somebody else computes them', () => {
    const entries = unpacked('busy')
    const data = JSON.parse(entries.get('schema.json')!.toString()).data as { table: string }[]
    const index = data.findIndex(({ table }) => table === 'core.client')
    const text = Buffer.concat([...entries].filter(([path]) => path.startsWith(`data/${index}/`)).map(([, body]) => body))
    const sum = manifest.tables[index]!
    expect(sum).toEqual({ table: 'core.client', rows: text.toString().split('\n').length - 1, sha256: createHash('sha256').update(text).digest('hex') })
    expect(entries.get('files/ab/1')).toEqual(readFileSync(join(filesDir, 'ab/1')))
  })

  it('loads it all into an empty database: rows, files, secret, and a schema that works on', async () => {
    const target = await emptyDatabase()
    const restored = await restore(target, archive('busy'), { filesDir: join(dir, 'restored') })
    expect(restored).toMatchObject({ tables: manifest.tables, files: { count: 2, bytes: 3_000_000 }, secret: 'the secret', withSecret: true })
    expect(readFileSync(join(dir, 'restored/ab/1'))).toEqual(readFileSync(join(filesDir, 'ab/1')))

    const again = await backup(target, archive('again'), { filesDir: join(dir, 'restored') })
    expect(again.tables).toEqual(manifest.tables)
    expect(again.files).toEqual(manifest.files)
    const whole = await target.pool.query('select count(*) filter (where total <> (select sum(price) from core.line where "order" = o.id)) as torn, count(*) > 0 as some from core."order" o')
    expect(whole.rows).toEqual([{ torn: '0', some: true }])

    expect(unpacked('again').get('schema.json')!.toString()).toEqual(unpacked('busy').get('schema.json')!.toString())
    await target.pool.query('insert into core."order" (client, total) select id, 5 from core.client limit 1')
    await expect(target.pool.query(`insert into core."order" (client, total) values (gen_random_uuid(), 5)`)).rejects.toThrow('foreign key')
    await expect(target.pool.query('delete from auth.log')).rejects.toThrow('append only')
    expect(await migrate(target, [{ id: 'test-0001', sql: 'select 1' }])).toEqual([])
  })

  it.runIf(outsideBinaries())('moves a company to an older PostgreSQL of its own', async () => {
    const server = await startOutsideServer(outsideBinaries()!)
    try {
      const target = await openDatabase({ dataDir: '', databaseUrl: server.database('moved') }, testLog)
      const restored = await restore(target, archive('busy'), { filesDir: join(dir, 'moved') })
      expect(restored.tables).toEqual(manifest.tables)
      expect((await backup(target, archive('older'), {})).tables).toEqual(manifest.tables)
      await target.close()
      await expect(openDatabase({ dataDir: '', databaseUrl: server.database('ascii', `template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`) }, testLog))
        .rejects.toThrow(/^The locale of the database \(LC_CTYPE C\) does not know Cyrillic letters, so search would find nothing: create it anew/)
    } finally {
      server.stop()
    }
  })

  it('carries the whole schema of the core as it is', async () => {
    const core = await openDatabase({ dataDir: '', databaseUrl: await testDatabaseUrl('full') }, testLog)
    const target = await emptyDatabase()
    opened.push(core)
    const saved = await backup(core, archive('core'))
    expect(saved.tables.length).toBeGreaterThan(10)
    expect((await restore(target, archive('core'))).tables).toEqual(saved.tables)
    await backup(target, archive('core-again'))
    expect(unpacked('core-again').get('schema.json')!.toString()).toEqual(unpacked('core').get('schema.json')!.toString())
  })

  it('refuses a database that is not empty, and leaves it as it was', async () => {
    await expect(restore(db, archive('busy'), { filesDir: join(dir, 'never') })).rejects.toThrow(/^The database is not empty \(it has auth\.log and \d+ more tables\): restore into a new one/)
    expect(existsSync(join(dir, 'never'))).toBe(false)
  })

  it.each<[string, string, (file: string) => void]>([
    ['is cut off', 'no backup of Kartotek or is damaged', file => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['is something else', 'no backup of Kartotek or is damaged', file => writeFileSync(file, 'hello')],
    ['was changed in one row', 'or another checksum', file => {
      const tar = gunzipSync(readFileSync(file))
      const at = tar.indexOf('Имя')
      tar[at + 1] = tar[at + 1]! + 1
      writeFileSync(file, gzipSync(tar))
    }],
    ['is from a newer version', 'restore it with that version', file => writeFileSync(file, gzipSync(Buffer.from(gunzipSync(readFileSync(file)).toString('latin1').replace('{"format":1', '{"format":2'), 'latin1')))],
  ])('refuses an archive that %s and leaves nothing behind', async (_how, message, spoil) => {
    const file = archive('spoilt')
    writeFileSync(file, readFileSync(archive('busy')))
    spoil(file)
    const target = await emptyDatabase()
    await expect(restore(target, file, { filesDir: join(dir, 'spoilt') })).rejects.toThrow(message)
    expect((await target.pool.query(`select count(*) from pg_class where relnamespace in (select oid from pg_namespace where nspname in ('core', 'auth'))`)).rows).toEqual([{ count: '0' }])
    expect(readdirSync(dir).filter(name => name.startsWith('spoilt') && name !== 'spoilt.backup')).toEqual([])
  })

  it('replaces no file unasked, and leaves no half archive', async () => {
    await expect(backup(db, archive('busy'))).rejects.toThrow('exists already: give another name, or --force to replace it.')
    await expect(backup(db, join(dir, 'nowhere/x'))).rejects.toThrow('cannot be written')
    expect(readdirSync(dir).filter(name => name.endsWith('.unfinished'))).toEqual([])
  })

  it('waits for a change of the model, and the next one waits only until the tables are locked', async () => {
    const change = await db.pool.connect()
    await change.query('begin')
    await change.query(`select pg_advisory_xact_lock(hashtext('kartotek.model'))`)
    await change.query('alter table core.nothing add column b int; insert into core.nothing values (1, 2)')
    const running = backup(db, archive('after-change'))
    await new Promise(resolve => setTimeout(resolve, 300))
    await change.query('commit')
    change.release()
    expect((await running).tables.find(({ table }) => table === 'core.nothing')).toMatchObject({ rows: 1 })
    expect((await db.pool.query(`select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`)).rows).toEqual([{ count: '0' }])
  })

  it('needs the same memory for a large database as for a small one', async () => {
    const peak = async (rows: number): Promise<number> => {
      await db.pool.query(`create table core.large as select g, repeat(md5(g::text), 20) as t from generate_series(1, ${rows}) g`)
      globalThis.gc?.()
      const before = process.memoryUsage().rss
      let most = 0
      const watch = setInterval(() => { most = Math.max(most, process.memoryUsage().rss - before) }, 20)
      await backup(db, archive('large'), { force: true })
      clearInterval(watch)
      await db.pool.query('drop table core.large')
      return most
    }
    await peak(20_000)
    // 190 MB of rows
    expect(await peak(300_000)).toBeLessThan(100 * 1024 * 1024)
  })
})
