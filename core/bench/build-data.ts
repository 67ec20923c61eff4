import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { SYSTEM_CALLER } from '../src/access/caller.ts'
import { createLogger } from '../src/config/index.ts'
import { loadSecret } from '../src/config/secret.ts'
import { openDatabase, type Database } from '../src/database/index.ts'
import { openKartotek, type Kartotek } from '../src/kartotek.ts'
import { refreshSearchTexts } from '../src/model/search-texts.ts'
import { createField } from '../src/model/change.ts'
import { indexesOf } from '../src/model/indexes.ts'
import { objectOf } from '../src/model/model.ts'
import { writeRecords } from '../src/records/write/batch.ts'
import { write } from '../src/records/write/writing.ts'
import { CopyWriter } from './copy-rows.ts'
import { CUSTOM_FIELDS } from './custom-fields.ts'
import { COUNTRY, CURRENCY, LOCALE, RowMaker, type People } from './make-rows.ts'
import { BLOCK, multiply } from './multiply.ts'

/** What a data directory of the bench holds; written beside the data, so that a later run can use them again. */
export interface BenchData { clients: number, people: People, accounts: Record<'administrator' | 'manager', { email: string, password: string }>, fieldMs: number[] }

export const log = createLogger({ logLevel: process.env.LOG_LEVEL ?? 'error' })
const noteOf = (dataDir: string): string => join(dataDir, 'bench.json')
const TABLES = ['client', 'contactPoint', 'order']

/** The core on a data directory, in this process, without background work. `attach`: beside the running server. */
export async function openCore(dataDir: string, attach = false): Promise<Kartotek & { end(): Promise<void> }> {
  const db = await openDatabase({ dataDir }, log, { attach })
  const kartotek = await openKartotek({
    db, log, secret: loadSecret(dataDir), filesDir: join(dataDir, 'files'), role: 'worker', work: false, accounts: { publicUrl: 'http://127.0.0.1:3000' },
  })
  return { ...kartotek, async end() { await kartotek.close(); await db.close() } }
}

export function knownData(dataDir: string): BenchData | null {
  return existsSync(noteOf(dataDir)) ? JSON.parse(readFileSync(noteOf(dataDir), 'utf8')) as BenchData : null
}

/** Brings the data directory to `clients` clients; `total` is what the whole run will have. */
export async function buildData(dataDir: string, clients: number, total: number, say: (text: string) => void): Promise<BenchData> {
  const known = knownData(dataDir)
  if (known && known.clients >= clients) return known
  const core = await openCore(dataDir)
  try {
    const data = known ?? await furnish(core)
    await dropIndexes(core)
    say(`writing clients ${data.clients}–${clients} and their orders`)
    await fill(core, data.people, data.clients, clients, total)
    say('building the indexes')
    await makeIndexes(core)
    const done = { ...data, clients }
    writeFileSync(noteOf(dataDir), JSON.stringify(done, null, 2))
    return done
  } finally {
    await core.end()
  }
}

/** Company, people with accounts, and the custom fields, one by one as an administrator would make them. */
async function furnish({ engine, settings, accounts }: Kartotek): Promise<BenchData> {
  await settings.updateCompany({ name: 'Bench', country: COUNTRY, baseCurrency: CURRENCY, locale: LOCALE, timeZone: 'Europe/Moscow' }, null)
  await engine.live.refresh()
  const { result } = await write(engine, SYSTEM_CALLER, {}, async (w) => {
    const make = async (object: string, inputs: Record<string, unknown>[]): Promise<string[]> =>
      (await writeRecords(w, objectOf(w.generation.model, object), inputs.map((input) => ({ op: 'create', input })))).map((r) => { if (!r.ok) throw r.error; return r.id })
    const [team] = await make('team', [{ name: 'Bench' }])
    const [administrator, manager, ...others] = await make('user', ['administrator', 'manager', ...Array.from({ length: 37 }, (_, i) => `other${i}`)]
      .map((name) => ({ name, email: `${name}@example.com`, locale: LOCALE })))
    for (const [user, key] of [[administrator, 'administrator'], [manager, 'manager']]) {
      await sql`insert into core.user_role (user_id, role_id) select ${user}, id from core.role where key = ${key}`.execute(w.db)
    }
    return { administrator: administrator!, people: { manager: manager!, others, team: team! } }
  })
  const password = `bench ${uuidv7()}`
  await accounts.setPassword(result.administrator, password)
  await accounts.setPassword(result.people.manager, password)
  const fieldMs: number[] = []
  for (const { input } of CUSTOM_FIELDS) {
    const start = performance.now()
    await createField(engine, SYSTEM_CALLER, 'client', input)
    fieldMs.push(performance.now() - start)
  }
  // While there is nothing: what the rows bring needs not be written anew.
  await refreshSearchTexts(engine)
  return {
    clients: 0, people: result.people, fieldMs,
    accounts: { administrator: { email: 'administrator@example.com', password }, manager: { email: 'manager@example.com', password } },
  }
}

/** The first block is made row by row; the others are copies of it by {@link multiply}. */
async function fill(core: Kartotek, people: People, from: number, to: number, total: number): Promise<void> {
  const { db, engine } = core
  const rows = new RowMaker(engine.live.current, people, total)
  if (from === 0) {
    const made = Array.from({ length: Math.min(BLOCK, to) }, (_, i) => rows.client(i))
    const orders = Array.from({ length: 2 * made.length }, (_, i) => rows.order(i))
    for (const [object, list] of [['client', made.map((m) => m.client)], ['contactPoint', made.flatMap((m) => m.points)], ['order', orders]] as const) {
      await db.pool.query(`create schema if not exists bench; create table bench."${rows.object(object).table}" (like core."${rows.object(object).table}" including defaults)`)
      const columns = [...new Set(list.flatMap((row) => Object.keys(row)))]
      const writer = await CopyWriter.open(db.pool, `bench."${rows.object(object).table}"`, columns)
      for (const row of list) await writer.write(row)
      await writer.end()
    }
  }
  await multiply(db.pool, from / BLOCK, Math.ceil(to / BLOCK), total)
  await sql`insert into core.series (key, next) values ('order', ${to * 2 + 1}) on conflict (key) do update set next = excluded.next`.execute(engine.db)
}

async function dropIndexes({ db }: Kartotek): Promise<void> {
  const { rows } = await db.pool.query<{ name: string }>(`select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'core' and t.relname = any($1) and not i.indisprimary`, [['client', 'contact_point', 'order']])
  for (const { name } of rows) await db.pool.query(`drop index core."${name}"`)
}

/** The indexes that the model asks for, made the quick way: nobody else is here, so two at a time. */
async function makeIndexes({ db, engine }: Kartotek): Promise<void> {
  const { model } = engine.live.current
  const left = TABLES.flatMap((name) => indexesOf(model, objectOf(model, name), LOCALE))
  const inTurn = async (): Promise<void> => {
    const client = await db.pool.connect()
    try {
      await client.query(`set statement_timeout = 0; set maintenance_work_mem = '512MB'`)
      for (let index = left.shift(); index; index = left.shift()) {
        await client.query(`create ${index.unique ? 'unique ' : ''}index if not exists "${index.name}" on core."${index.table}" ${index.definition}`)
      }
    } finally {
      client.release(true)
    }
  }
  const fine = TABLES.flatMap((name) => indexesOf(model, objectOf(model, name), LOCALE)).filter(({ field }) => field && ['number', 'money'].includes(field.handler.filter))
  for (const { table, field } of fine) await db.pool.query(`alter table core."${table}" alter column "${field!.columns[0]!.name}" set statistics 1000`)
  await Promise.all([inTurn(), inTurn()])
  await Promise.all(TABLES.map((name) => db.pool.query(`vacuum (analyze) core."${objectOf(model, name).table}"`)))
  await db.pool.query(`update core.field set index_state = 'ready' where object = any($1)`, [TABLES])
  await db.pool.query('checkpoint').catch(() => undefined)
}

export type { Database }
