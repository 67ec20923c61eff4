import type { ClientBase } from 'pg'
import { readSchema } from '../backup/schema.ts'
import type { Database } from '../database/index.ts'

/**
 * What the schema and the job queues of `db` have beyond those of `plain`, one statement or name each: what an uninstalled
 * plugin left behind.
 */
export async function leftovers(db: Database, plain: Database): Promise<string[]> {
  const known = new Set(await inventory(plain))
  return (await inventory(db)).filter((line) => !known.has(line))
}

async function inventory(db: Database): Promise<string[]> {
  const client = await db.pool.connect()
  try {
    await client.query(`set search_path = ''`)
    const { before, tables, after } = await readSchema(client as ClientBase)
    const { rows } = await client.query<{ line: string }>(`
      select 'queue ' || name as line from pgboss.queue union all select 'schedule ' || name from pgboss.schedule
      union all select 'setting ' || key from core.setting union all select 'object ' || name from core.object
      union all select concat_ws(' ', 'field', object, nullif(field_group, ''), name) from core.field
      union all select concat_ws(' ', 'handler', plugin, handler) from core.event_handler
      union all select concat_ws(' ', 'package', plugin, version) from core.plugin_package union all select 'choice of ' || plugin from core.plugin_choice
      union all select 'right to ' || c from core.role r, jsonb_array_elements_text(coalesce(rules -> 'capabilities', '[]')) c
      union all select 'right to ' || o from core.role r, jsonb_object_keys(coalesce(rules -> 'objects', '{}')) o`)
    return [...before, ...tables, ...after, ...rows.map(({ line }) => line)]
  } finally {
    client.release(true)
  }
}
