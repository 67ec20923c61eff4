import { EntitySchema, MikroORM, type EntityManager } from '@mikro-orm/postgresql'
import { sql, type Kysely } from 'kysely'
import type { Locale } from '@kartotek/sdk'
import { loadRoles, type Role } from '../access/roles.ts'
import { loadPipelines, type Pipeline, type Stage } from '../pipelines/pipeline.ts'
import { baseColumns } from './base-fields.ts'
import { loadModel } from './load.ts'
import type { Model, ObjectModel } from './model.ts'
import { compileValidator, type FieldValidator } from './validators.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** What the company set and every request needs. */
export interface CompanyRules {
  /** ISO 3166 country for phones and tax ids without one. */
  country: string
  /** City code of short local phones, where the company set one. */
  areaCode?: string | null
  /** ISO 4217 currency for money without one. */
  currency: string
  timeZone: string
  locale: Locale
}

/**
 * One immutable snapshot of the model: a request takes it at its start and keeps it to its end. `shape` changes with
 * objects and fields, `rules` with stages, roles, options and settings; only the first needs new entities and types.
 */
export interface Generation {
  shape: number
  rules: number
  model: Model
  roles: readonly Role[]
  pipelines: readonly Pipeline[]
  stages: ReadonlyMap<string, Stage>
  company: CompanyRules
  validators: ReadonlyMap<string, FieldValidator>
  orm: MikroORM
  /** The entity of an object, for the unit of work. */
  entity(object: string): EntitySchema<Row>
  fork(): EntityManager
}

/** A row of a record table: column → value. */
export interface Row { [column: string]: unknown, id: string, version: number }

export interface GenerationDeps {
  db: Db
  known: ReadonlySet<string>
  company(db: Db): Promise<CompanyRules>
}

export async function readRevision(db: Db): Promise<{ shape: number, rules: number }> {
  const row = await db.selectFrom('core.revision').select(['shape', 'rules']).executeTakeFirstOrThrow()
  return { shape: Number(row.shape), rules: Number(row.rules) }
}

/** Loads the newest generation; entities are taken over from `previous` while the shape is the same. */
export async function buildGeneration(deps: GenerationDeps, previous?: Generation): Promise<Generation> {
  // One snapshot, so that revision and metadata belong together.
  const loaded = await deps.db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(async (trx) => {
    await sql`set local statement_timeout = '10s'`.execute(trx)
    const revision = await readRevision(trx)
    return {
      revision, model: await loadModel(trx, revision.shape, deps.known), roles: await loadRoles(trx),
      pipelines: await loadPipelines(trx), company: await deps.company(trx),
    }
  })
  const { revision, model } = loaded
  const reuse = previous?.shape === revision.shape ? previous : undefined
  const entities = reuse ? null : new Map([...model.objects.values()].map((o) => [o.name, entityOf(o)]))
  const orm = reuse?.orm ?? new MikroORM({
    entities: [...entities!.values()],
    dbName: 'kartotek',
    driverOptions: deps.db,
    discovery: { checkDuplicateTableNames: true },
    metadataCache: { enabled: false },
    debug: false,
  })
  return {
    ...revision,
    model, roles: loaded.roles, pipelines: loaded.pipelines, company: loaded.company,
    stages: new Map(loaded.pipelines.flatMap((p) => p.stages).map((s) => [s.id, s])),
    validators: new Map([...model.objects.values()].flatMap((o) => o.fields).map((f) => [f.id, compileValidator(f)])),
    orm,
    entity: reuse?.entity ?? ((name) => {
      const entity = entities!.get(name)
      if (!entity) throw new Error(`There is no entity "${name}".`)
      return entity
    }),
    fork: () => orm.em.fork({ clear: true }),
  }
}

/** A plain entity without a class: properties are the columns themselves, so that nothing is bound to a generation for ever. */
function entityOf(object: ObjectModel): EntitySchema<Row> {
  const columns = new Map<string, string>()
  for (const definition of baseColumns({ ...object, partOf: object.partOf.length ? object.partOf : undefined } as never)) {
    const [, name, type] = /^(\w+) (\w+)/.exec(definition)!
    columns.set(name!, type!)
  }
  for (const field of object.fields) for (const c of field.columns) if (!columns.has(c.name)) columns.set(c.name, c.type)
  const properties = Object.fromEntries([...columns].map(([name, type]) => [name, {
    ...propertyOf(type), fieldName: name, nullable: !['id', 'version', 'search'].includes(name), ...(name === 'id' ? { primary: true } : {}),
  }]))
  return new EntitySchema<Row>({ name: `${object.type}Record`, tableName: object.table, schema: 'core', properties: properties as never })
}

function propertyOf(column: string): { type: string, columnType: string } {
  const type = column.startsWith('numeric') ? 'decimal' : ({
    'uuid': 'uuid', 'text': 'text', 'integer': 'integer', 'boolean': 'boolean', 'date': 'date', 'timestamptz': 'datetime', 'text[]': 'array',
  }[column] ?? 'text')
  return { type, columnType: column }
}
