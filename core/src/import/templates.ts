import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { InputError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import type { Importing } from './compiler.ts'
import { columnsOf, type Mapping } from './mapping.ts'
import { planImport } from './plan.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** An import description kept under a name, for files of the same make. */
export interface ImportTemplate { id: string, name: string, object: string, mapping: Mapping, userId: string | null, updatedAt: Date }

const FIELDS = sql`id, name, object, mapping, user_id as "userId", updated_at as "updatedAt"`

/** Those whose objects and fields the importer may all use: the others would tell of fields that do not exist for him. */
export async function usableTemplates(db: Db, importing: Importing, object?: string | null): Promise<ImportTemplate[]> {
  const { rows } = await sql<ImportTemplate>`select ${FIELDS} from core.import_template ${object ? sql`where object = ${object}` : sql``} order by name, id`.execute(db)
  return rows.filter(({ mapping }) => isUsable(importing, mapping))
}

function isUsable(importing: Importing, mapping: Mapping): boolean {
  try {
    planImport(importing, mapping, [...columnsOf(mapping)])
    return true
  } catch (error) {
    if (error instanceof InputError) return false
    throw error
  }
}

/** The templates for a file with these columns, those that use most of them first. */
export function fitting(templates: readonly ImportTemplate[], header: readonly string[]): ImportTemplate[] {
  const known = new Set(header)
  const used = ({ mapping }: ImportTemplate): number => columnsOf(mapping).size
  return templates.filter(({ mapping }) => [...columnsOf(mapping)].every((column) => known.has(column))).sort((a, b) => used(b) - used(a))
}

/** Keeps a description under its name; one's own of that name is replaced. @throws NotAllowedError where the name is somebody else's */
export async function saveTemplate(db: Db, importing: Importing, name: string, mapping: Mapping): Promise<ImportTemplate> {
  planImport(importing, mapping, [...columnsOf(mapping)])
  const { userId } = importing.access.actor
  const { rows } = await sql<ImportTemplate>`insert into core.import_template (id, name, object, mapping, user_id) values (${uuidv7()}, ${name}, ${mapping.object}, ${JSON.stringify(mapping)}, ${userId})
    on conflict (object, name) do update set mapping = excluded.mapping, updated_at = now()
      where import_template.user_id is not distinct from excluded.user_id or ${importing.access.everything} returning ${FIELDS}`.execute(db)
  if (!rows[0]) throw new NotAllowedError('A template of this name belongs to somebody else: give it another name.')
  return rows[0]
}

/** @throws NotFoundError, also for one of somebody else, unless the importer is an administrator */
export async function deleteTemplate(db: Db, { access }: Importing, id: string): Promise<void> {
  const { rows } = await sql`delete from core.import_template where id::text = ${id} and (user_id is not distinct from ${access.actor.userId}::uuid or ${access.everything}) returning id`.execute(db)
  if (rows.length === 0) throw new NotFoundError('There is no template of yours like this.')
}
