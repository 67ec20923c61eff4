import { sql } from 'kysely'
import { InputError, LimitError } from '@kartotek/sdk'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { keepConfiguration } from '../changes/configuration.ts'
import type { RequestContext } from '../graphql/context.ts'
import { objectOf } from '../model/model.ts'
import { readingOf } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { informationFor } from './information.ts'

/** What must be known of clients: keys of kinds of information, by kind of client. */
export type Required = Record<string, string[]>

/** Kinds of information of one report. */
export const MOST_KINDS = 20

export async function loadRequired(db: Reading['db']): Promise<Required> {
  const { rows } = await sql<{ client_kind: string, kinds: string[] }>`select client_kind, kinds from core.completeness_rule`.execute(db)
  return Object.fromEntries(rows.map((row) => [row.client_kind, row.kinds]))
}

/**
 * Says what must be known of clients of a kind. What the saver does not see stays as it was.
 * @throws InputError for kinds that are none, LimitError for more than a report has
 */
export async function saveRequired({ reading, engine, caller }: RequestContext, clientKind: string, kinds: readonly string[]): Promise<void> {
  const known = new Set(informationFor(reading).map((kind) => kind.key))
  const option = objectOf(reading.generation.model, 'client').byKey.get('kind')!.options?.find((one) => one.key === clientKind)
  const missing = kinds.find((key) => !known.has(key))
  if (!option) throw new InputError('There is no such kind.')
  if (missing !== undefined) throw new InputError(`There is no column "${missing}".`)
  if (kinds.length > MOST_KINDS) throw new LimitError(`At most ${MOST_KINDS} columns.`, { limit: MOST_KINDS })
  const all = new Set(informationFor(readingOf(engine, SYSTEM_CALLER)).map((kind) => kind.key))
  await engine.db.transaction().execute(async (trx) => {
    await sql`lock table core.completeness_rule in share row exclusive mode`.execute(trx)
    const before = (await loadRequired(trx))[clientKind]
    const unseen = (before ?? []).filter((key) => all.has(key) && !known.has(key))
    const after = [...new Set([...kinds, ...unseen])]
    await sql`insert into core.completeness_rule (client_kind, kinds) values (${clientKind}, ${after}::text[]) on conflict (client_kind) do update set kinds = excluded.kinds`.execute(trx)
    await keepConfiguration(trx, caller, { subject: 'report', id: `completeness.${clientKind}`, object: 'client', name: option.label, before: before ? { requiredFields: before } : null, after: { requiredFields: after } })
  })
}
