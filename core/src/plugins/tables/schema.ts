import type { ClientBase } from 'pg'

/** The schema of a plugin's own tables: `voice-mail` → `p_voice_mail`. */
export const schemaOf = (plugin: string): string => `p_${plugin.replaceAll('-', '_')}`

/** The role of a connection string. */
export const roleOf = (url: string): string => decodeURIComponent(new URL(url).username)

/**
 * Makes the schema of a plugin, owned by `role`, and lets its foreign keys lead to records. What a restored archive has made in
 * the core's name becomes `role`'s. Run as the role of the core.
 */
export async function giveSchema(core: ClientBase, plugin: string, role: string): Promise<void> {
  const schema = schemaOf(plugin)
  const { rows: [who] } = await core.query<{ own: boolean, there: boolean }>(
    'select current_user = $1 as own, exists (select from pg_namespace where nspname = $2) as there', [role, schema])
  if (!who!.there) await core.query(`create schema ${schema} authorization ${quoted(role)}`)
  if (who!.own) return
  const { rows } = await core.query<{ sql: string }>(`
    select format('grant references on core.%I to %I', table_name, $1::text) as sql from core.object
      where not has_table_privilege($1, format('core.%I', table_name), 'references')
    union all select format('grant usage on schema core to %I', $1::text) where not has_schema_privilege($1, 'core', 'usage')
    union all select format('alter schema %I owner to %I', nspname, $1::text) from pg_namespace where nspname = $2 and nspowner <> $1::regrole
    union all select format('alter %s %I.%I owner to %I', case relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end, nspname, relname, $1::text)
      from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = $2 and relowner <> $1::regrole and relkind in ('r', 'p', 'v', 'S')
        and not exists (select from pg_depend where objid = c.oid and classid = 'pg_class'::regclass and deptype in ('a', 'i') and relkind = 'S')
    union all select format('alter routine %s owner to %I', p.oid::regprocedure, $1::text)
      from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = $2 and proowner <> $1::regrole
    union all select format('alter type %s owner to %I', t.oid::regtype, $1::text)
      from pg_type t join pg_namespace n on n.oid = typnamespace where nspname = $2 and typowner <> $1::regrole and typtype = 'e'`, [role, schema])
  for (const { sql } of rows) await core.query(sql)
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
