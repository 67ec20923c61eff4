import { openCore } from './build-data.ts'
import { count } from './table.ts'

const INDEXES = ['stage_visit_record', 'stage_visit_stage']

/** Gives each order the stages in which it was: the first of its pipeline, and the one where it is. */
export async function buildVisits(dataDir: string, clients: number, say: (text: string) => void): Promise<void> {
  const core = await openCore(dataDir)
  const client = await core.db.pool.connect()
  try {
    const { rows: [there] } = await client.query<{ n: number }>('select count(*)::int as n from (select 1 from core.stage_visit limit $1) x', [2 * clients])
    if (there!.n >= 2 * clients) return
    say(`writing the stages of ${count(2 * clients)} orders`)
    await client.query(`set statement_timeout = 0; set maintenance_work_mem = '1GB'`)
    await client.query('begin')
    const { rows: indexes } = await client.query<{ name: string, definition: string }>('select indexname as name, indexdef as definition from pg_indexes where schemaname = \'core\' and indexname = any($1)', [INDEXES])
    for (const { name } of indexes) await client.query(`drop index core."${name}"`)
    await client.query('truncate core.stage_visit')
    const visit = (stage: string, kind: string, entered: string, left: string): string =>
      `select gen_random_uuid(), 'order', o.id, o.pipeline_id, ${stage}, ${kind}, ${entered}, ${left}, o.owner_id, gen_random_uuid() from core."order" o join core.stage s on s.id = o.stage_id
        join (select distinct on (pipeline_id) pipeline_id, id from core.stage where kind = 'open' and archived_at is null order by pipeline_id, position) f on f.pipeline_id = o.pipeline_id`
    const insert = 'insert into core.stage_visit (id, object, record_id, pipeline_id, stage_id, kind, entered_at, left_at, entered_by, change_set_id)'
    await client.query(`${insert} ${visit('f.id', `'created'`, 'o.created_at', 'case when o.stage_id <> f.id then o.stage_entered_at end')}`)
    await client.query(`${insert} ${visit('o.stage_id', `case when s.kind = 'open' then 'moved' else 'final' end`, 'o.stage_entered_at', 'null')} where o.stage_id <> f.id`)
    for (const { definition } of indexes) await client.query(definition)
    await client.query('commit')
    await client.query('vacuum (analyze) core.stage_visit')
  } finally {
    client.release(true)
    await core.end()
  }
}
