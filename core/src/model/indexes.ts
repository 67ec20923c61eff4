import { sql, type Kysely } from 'kysely'
import type { Locale } from '@kartotek/sdk'
import { searchableFields } from '../records/search.ts'
import { identifier } from './ddl.ts'
import { loadModel } from './load.ts'
import { bumpRevision } from './sync.ts'
import { columnOf, type FieldModel, type Model, type ObjectModel } from './model.ts'
import { uniqueIndexName } from './unique.ts'
import { dropLeftovers, lockIndexes, unlockIndexes } from './unique-index.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

const COLLATIONS: Record<Locale, string> = { ru: 'ru-x-icu', uk: 'uk-x-icu', fi: 'fi-x-icu', en: 'en-x-icu' }

/** An index that the model asks for. `field` is set where it serves one field, which then says whether it is ready. */
interface Index { name: string, table: string, definition: string, unique: boolean, field?: FieldModel }

/** All indexes of an object: search, references, owner, and every filterable or sortable field, in the order of lists. */
export function indexesOf(model: Model, object: ObjectModel, locale: Locale): Index[] {
  const { table } = object
  const part = object.partOf.length > 0
  const index = (columns: string, name: string, more: Partial<Index> = {}): Index => ({ name: identifier(`ix_${table}_${name}`), table, definition: `using btree (${columns})`, unique: false, ...more })
  const indexes: Index[] = []
  if (!part && (searchableFields(object).length || object.lists.some((l) => l.part && searchableFields(model.objects.get(l.object)!).length))) {
    indexes.push({ ...index('search', 'search'), definition: 'using gin (search gin_trgm_ops)' })
  }
  if (!part) indexes.push(index('updated_at, id', 'updated_at'), index('created_at, id', 'created_at'), { ...index('id', 'trashed'), definition: 'using btree (trashed_at) where trashed_at is not null' })
  if (object.owned) indexes.push(index('owner_id, id', 'owner_id'), index('team_id, id', 'team_id'))
  if (object.staged) indexes.push(index('stage_id, stage_entered_at', 'stage_id'), index('closed_at, id', 'closed_at'))
  // How much open work each has, whatever he closed before.
  if (object.owned && object.staged) indexes.push({ ...index('', 'open'), definition: 'using btree (owner_id, stage_id) where closed_at is null and trashed_at is null and archived_at is null' })
  const figures = object.staged ? figuresOf(object) : null
  if (figures) indexes.push({ ...index(figures, 'figures'), definition: `using btree (${figures}) where trashed_at is null and archived_at is null` })
  for (const field of object.fields) {
    if (field.id.startsWith('base:') || field.hidden) continue
    const column = columnOf(field)
    if (object.partOf.some((p) => p.field === field.key)) indexes.push(index(`${quote(column)}, position, id`, column))
    else if (field.handler.filter === 'relation' || field.handler.filter === 'record') {
      const columns = [column, ...sortedColumns(object, field)]
      indexes.push(index([...columns, 'id'].map(quote).join(', '), columns.join('_'), { field }))
    }
    else if (field.unique) indexes.push({ ...index('', column, { field }), name: uniqueIndexName(object, field), unique: true, definition: `using btree (${identityColumns(field)}) where trashed_at is null` })
    if (!field.filterable || field.handler.filter === 'relation' || field.handler.filter === 'record') continue
    indexes.push(...fieldIndexes(field, locale, index))
  }
  return indexes
}

/** The order in which the records that name one other are read, where the field says so. */
function sortedColumns(object: ObjectModel, { sortedBy }: FieldModel): string[] {
  const by = sortedBy === undefined ? undefined : object.byKey.get(sortedBy)
  return by ? [columnOf(by)] : []
}

/**
 * What sums over all records of a pipeline are made of: whose they are, stage, day, amount. An index with just these is an
 * eighth of the table, and reports read it alone. Null where the object has no amount to sum.
 */
function figuresOf(object: ObjectModel): string | null {
  const own = object.fields.filter((f) => f.filterable && !f.hidden && f.kind === 'system' && !f.id.startsWith('base:'))
  const amount = own.find((f) => f.type === 'money')
  const parent = own.find((f) => f.handler.filter === 'relation' && object.accessFrom?.includes(f.key))
  if (!amount || !parent) return null
  const day = own.find((f) => f.type === 'date')
  return [columnOf(parent), columnOf(amount, 'currency'), 'stage_id', ...(day ? [columnOf(day)] : []), ...(object.owned ? ['owner_id'] : []), columnOf(amount)].map(quote).join(', ')
}

function fieldIndexes(field: FieldModel, locale: Locale, index: (columns: string, name: string, more?: Partial<Index>) => Index): Index[] {
  const column = columnOf(field)
  if (field.type === 'multiSelect') return [{ ...index('', column, { field }), definition: `using gin (${quote(column)})` }]
  if (field.type === 'longText') return [{ ...index('', column, { field }), definition: `using gin (${quote(column)} gin_trgm_ops)` }]
  const words = field.columns[0]!.type === 'text' && field.type !== 'select'
  if (field.type === 'phone') return [index(identityColumns(field), `${column}_number`, { field })]
  if (!words) return [index(`${quote(column)}, id`, column, { field })]
  return [
    // Equality uses the plain order, sorting the alphabet, fragments the trigrams.
    index(quote(column), `${column}_eq`, { field }),
    index(`${quote(column)} collate "${COLLATIONS[locale]}", id`, `${column}_${locale}`, { field }),
    { ...index('', `${column}_trgm`, { field }), definition: `using gin (${quote(column)} gin_trgm_ops)` },
  ]
}

/** {@link identity} as an index has it. */
const identityColumns = (field: FieldModel): string => (field.type === 'phone' ? `(coalesce(${quote(columnOf(field, 'e164'))}, ${quote(columnOf(field))}))` : quote(columnOf(field)))
const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/**
 * Builds the indexes that are missing and drops those that failed, without locking anybody out (`CONCURRENTLY`).
 * One node at a time; a field says meanwhile that its index is being built. `emptyTablesOnly`: a start does not wait for
 * the indexes of full tables, a job builds them.
 */
export async function buildIndexes(db: Db, known: Iterable<string>, locale: Locale = 'en', emptyTablesOnly = false): Promise<{ built: string[], failed: { name: string, reason: string }[] }> {
  const result = { built: [] as string[], failed: [] as { name: string, reason: string }[] }
  let marked = false
  await db.connection().execute(async (connection) => {
    if (!await lockIndexes(connection)) return
    try {
      // It waits for transactions that began before it, however long they take.
      await sql`set statement_timeout = 0`.execute(connection)
      await sql`set lock_timeout = 0`.execute(connection)
      await dropLeftovers(connection)
      const model = await loadModel(connection, 0, new Set(known))
      const present = await sql<{ name: string, valid: boolean }>`select c.relname as name, i.indisvalid as valid from pg_index i
        join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'core'`.execute(connection)
      const valid = new Map(present.rows.map((r) => [r.name, r.valid]))
      for (const object of model.objects.values()) {
        for (const index of indexesOf(model, object, locale)) {
          if (valid.get(index.name)) { marked = await mark(connection, index, 'ready') || marked; continue }
          const empty = await isEmpty(connection, index.table)
          if (emptyTablesOnly && !empty) continue
          marked = await mark(connection, index, 'building') || marked
          try {
            if (valid.has(index.name)) await sql.raw(`drop index concurrently if exists core.${quote(index.name)}`).execute(connection)
            await sql.raw(`create ${index.unique ? 'unique ' : ''}index ${empty ? '' : 'concurrently '}if not exists ${quote(index.name)} on core.${quote(index.table)} ${index.definition}`).execute(connection)
            // Finer estimates at the ends of a range: «over a million» is one record in a thousand, not in a hundred.
            if (index.field && (index.field.handler.filter === 'number' || index.field.handler.filter === 'money')) {
              await sql`alter table core.${sql.id(index.table)} alter column ${sql.id(columnOf(index.field))} set statistics 1000`.execute(connection)
            }
            result.built.push(index.name)
            await mark(connection, index, 'ready')
          } catch (error) {
            result.failed.push({ name: index.name, reason: (error as Error).message })
            await mark(connection, index, 'failed')
          }
        }
      }
      // Fields say whether their index is ready: all nodes look again.
      if (marked) await bumpRevision(connection, 'rules')
    } finally {
      await sql`reset statement_timeout`.execute(connection)
      await sql`reset lock_timeout`.execute(connection)
      await unlockIndexes(connection)
    }
  })
  return result
}

async function mark(db: Db, index: Index, state: FieldModel['indexState']): Promise<boolean> {
  if (!index.field || index.field.indexState === state) return false
  await db.updateTable('core.field').set({ index_state: state }).where('id', '=', index.field.id).execute()
  return true
}

async function isEmpty(db: Db, table: string): Promise<boolean> {
  const { rows } = await sql<{ empty: boolean }>`select not exists (select 1 from core.${sql.id(table)}) as empty`.execute(db)
  return rows[0]!.empty
}
