import { InputError, NotFoundError, type ExternalRef, type ExternalRefs, type RecordRef } from '@kartotek/sdk'
import { sql } from 'kysely'
import { UUID } from '../facts/uuid.ts'
import type { JobLease } from '../jobs/index.ts'
import { emptyPlan } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readByIds } from '../records/rows.ts'

export interface RefsOptions { lease?: JobLease, inGuard: boolean }

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/

interface Row { object: string, id: string }

/**
 * The names that a plugin gives to records. They lie where imports keep theirs, so that merges, their undoing, the trash and the
 * erasure of a person take them along.
 */
export function externalRefsOf(plugin: string, reading: () => Reading, { lease, inGuard }: RefsOptions): ExternalRefs {
  const visible = async (r: Reading, { object: name, id }: RecordRef): Promise<boolean> => {
    const object = r.generation.model.objects.get(name)
    return object !== undefined && UUID.test(id) && r.access.scope(object, 'read') !== 'none' && (await readByIds(r, emptyPlan(object), [id])).length > 0
  }
  const kept = async (r: Reading, ref: ExternalRef): Promise<Row | null> => {
    const { rows: [row] } = await sql<Row>`select object, record_id as id from core.external_ref where system = ${systemOf(plugin, ref)} and external_id = ${ref.externalId} and starts_with(system, '@')`.execute(r.db)
    return row && await visible(r, row) ? row : null
  }
  /** In a transaction that a job which lost its claim cannot begin. */
  const change = async (r: Reading, write: (trx: Reading['db']) => Promise<unknown>): Promise<void> => {
    if (inGuard) throw new Error('A guard may only veto: it cannot set external references.')
    await r.db.transaction().execute(async (trx) => {
      await lease?.check(trx)
      await write(trx)
    })
  }
  return {
    find: (ref) => kept(reading(), ref),
    async get(record, system) {
      const r = reading()
      if (!await visible(r, record)) return []
      const prefix = `@${plugin}/${system === undefined ? '' : `${named('system', system)}/`}`
      const { rows } = await sql<{ system: string, externalId: string }>`select system, external_id as "externalId" from core.external_ref
        where record_id = ${record.id} and object = ${record.object} and starts_with(system, ${prefix}) order by system, external_id`.execute(r.db)
      return rows.map((row) => ({ system: row.system.split('/')[1]!, type: row.system.split('/')[2]!, externalId: row.externalId }))
    },
    async set(ref, record) {
      const r = reading(), system = systemOf(plugin, ref)
      if (!await visible(r, record)) throw new NotFoundError('There is no such record.', { object: record.object, id: record.id })
      await change(r, async (trx) => {
        // The table has a key of imports beside that of plugins, and of two at once either may be hit first: they go one by one.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`${system}/${ref.externalId}`}, 0))`.execute(trx)
        await sql`insert into core.external_ref (system, object, external_id, record_id) values (${system}, ${record.object}, ${ref.externalId}, ${record.id})
        on conflict (system, external_id) where starts_with(system, '@') do update set object = excluded.object, record_id = excluded.record_id`.execute(trx)
      })
    },
    async remove(ref) {
      const r = reading()
      if (!await kept(r, ref)) return false
      await change(r, (trx) => sql`delete from core.external_ref where system = ${systemOf(plugin, ref)} and external_id = ${ref.externalId} and starts_with(system, '@')`.execute(trx))
      return true
    },
  }
}

function systemOf(plugin: string, { system, type, externalId }: ExternalRef): string {
  if (typeof externalId !== 'string' || !externalId || externalId.length > 200) throw new InputError('An external id has 1 to 200 characters.', [{ field: 'externalId', rule: 'maxLength', message: 'An external id has 1 to 200 characters.', params: { max: 200 } }])
  return `@${plugin}/${named('system', system)}/${named('type', type)}`
}

function named(field: string, name: string): string {
  const message = `The ${field} of an external reference is kebab-case with at most 40 characters, and is ${JSON.stringify(name)}.`
  if (typeof name !== 'string' || !NAME.test(name) || name.length > 40) throw new InputError(message, [{ field, rule: 'pattern', message }])
  return name
}
