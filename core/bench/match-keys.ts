import { sql } from 'kysely'
import { factsOfRecords } from '../src/duplicates/facts.ts'
import { keysOf } from '../src/duplicates/keys.ts'
import { MATCHED } from '../src/duplicates/kinds.ts'
import type { Kartotek } from '../src/kartotek.ts'
import { openCore } from './build-data.ts'
import { count } from './table.ts'

/**
 * Gives each client the keys by which duplicates of him are found, and notes that all were screened: a server on these data
 * would else spend a quarter of every minute of the bench on it.
 */
export async function buildMatchKeys(dataDir: string, clients: number, say: (text: string) => void): Promise<void> {
  const core = await openCore(dataDir)
  const client = await core.db.pool.connect()
  try {
    const { rows: [state] } = await client.query<{ done: number }>(`select coalesce(sum(done), 0)::int as done from core.duplicate_scan where object = 'client'`)
    if (state!.done >= clients) return
    say(`writing the match keys of ${count(clients)} clients`)
    const rules = await core.engine.matchRules(core.engine.db)
    await client.query(`set statement_timeout = 0; set maintenance_work_mem = '1GB'`)
    // All of it or nothing: without its indexes the next run would not find them either.
    await client.query('begin')
    const { rows: indexes } = await client.query<{ name: string, definition: string, key: boolean }>(`select c.relname as name, pg_get_indexdef(c.oid) as definition, i.indisprimary as key
      from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = 'core.match_key'::regclass`)
    for (const { name, key } of indexes) await client.query(key ? `alter table core.match_key drop constraint "${name}"` : `drop index core."${name}"`)
    await client.query('truncate core.match_key, core.duplicate_pair')
    for (const insert of KEYS) await client.query(`insert into core.match_key (object, kind, key, record_id, detail) select 'client', k.* from (${insert}) k`)
    await client.query('alter table core.match_key add primary key (object, kind, key, record_id)')
    for (const { definition, key } of indexes) if (!key) await client.query(definition)
    await client.query('commit')
    await client.query('vacuum (analyze) core.match_key')
    await compare(core)
    for (const object of MATCHED) {
      await sql`insert into core.duplicate_scan (object, settings, stage, done, finished_at) values (${object}, ${rules.signature}, 'similar', ${object === 'client' ? clients : 0}, now())
        on conflict (object) do update set settings = excluded.settings, stage = 'similar', cursor = null, done = excluded.done, finished_at = now()`.execute(core.engine.db)
    }
  } finally {
    client.release(true)
    await core.end()
  }
}

const words = (name: string): string => `array(select w from regexp_split_to_table(replace(upper(${name}), 'Ё', 'Е'), '[^[:alnum:]]+') w where w <> '' order by w collate "C")`
const PERSONS = `(select id, ${words('name')} as w from core.client where kind = 'person')`
/** The keys of {@link keysOf} for what the bench fills in, as statements over all clients. */
const KEYS = [
  `select kind, key, client_id, null from core.contact_point where kind in ('phone', 'email') and key is not null and client_id is not null group by 1, 2, 3`,
  `select 'taxId', tax_id__country || ':' || tax_id, id, upper(branch_code) from core.client where tax_id is not null`,
  `select 'registration', registration_number, id, null from core.client where registration_number is not null`,
  `select 'name', key, id, null from (select id, match_key as key from core.client where kind = 'organisation'
     union select id, replace(upper(substr(legal_name, 32)), 'Ё', 'Е') from core.client where legal_name like 'Индивидуальный предприниматель %') n where length(replace(key, ' ', '')) > 2`,
  `select 'personName', array_to_string(w, ' '), id, null from ${PERSONS} p where cardinality(w) > 1 and not exists (select 1 from unnest(w) one where length(one) = 1)`,
  `select 'initials', s.word || ' ' || (select string_agg(left(o.word, 1), ' ' order by left(o.word, 1) collate "C") from unnest(w) with ordinality o (word, at) where o.at <> s.at), id,
     case when exists (select 1 from unnest(w) one where length(one) = 1) then 'initials' else 'full' end
     from ${PERSONS} p cross join unnest(w) with ordinality s (word, at) where cardinality(w) > 1 and length(s.word) > 1 and not exists (select 1 from unnest(w) with ordinality e (word, at) where e.word = s.word and e.at < s.at)`,
]

/** What the statements wrote must be what the program would have written. */
async function compare(core: Kartotek): Promise<void> {
  const { engine } = core
  const rules = await core.engine.matchRules(core.engine.db)
  const { rows } = await sql<{ id: string }>`select id from core.client where hashtext(id::text) % 97 = 0 order by id desc limit 300`.execute(engine.db)
  const facts = await factsOfRecords(engine.db, engine.live.current.model, 'client', rows.map((row) => row.id))
  const { rows: stored } = await sql<{ record_id: string, kind: string, key: string, detail: string | null }>`select record_id, kind, key, detail from core.match_key where record_id = any(${rows.map((row) => row.id)}::uuid[])`.execute(engine.db)
  const form = (keys: readonly { kind: string, key: string, detail: string | null }[]): string => keys.map(({ kind, key, detail }) => `${kind} ${key} ${detail ?? ''}`).sort().join('\n')
  const written = Map.groupBy(stored, (row) => row.record_id)
  for (const { id } of rows) {
    const [wanted, found] = [form(keysOf(facts.get(id)!, rules)), form(written.get(id) ?? [])]
    if (wanted !== found) throw new Error(`The bench wrote other match keys than the program would:\n${found}\ninstead of\n${wanted}`)
  }
}
