import { sql, type Kysely } from 'kysely'
import { columnOf, objectOf, type Model, type ObjectModel } from '../model/model.ts'
import type { Draft } from '../records/write/draft.ts'
import { inputValue } from '../records/stored.ts'
import type { Facts } from './keys.ts'
import type { Matched } from './kinds.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

const TEXTS = {
  client: ['kind', 'name', 'legalName', 'branchCode', 'registrationNumber'],
  contact: ['name', 'lastName', 'firstName', 'middleName'],
} as const satisfies Record<Matched, string[]>

const text = (value: unknown): string | null => (typeof value === 'string' && value.trim() ? value : null)
const items = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter((item) => item && typeof item === 'object') as Record<string, unknown>[] : [])
const reference = (value: unknown): string[] => (typeof value === 'string' ? [value] : value && typeof value === 'object' && 'id' in value ? [String(value.id)] : [])

/** Of what somebody types into a form, in the shape of the input of `createClient`. */
export function factsOfInput(object: Matched, input: Record<string, unknown>): Facts {
  const taxId = input.taxId as { value?: unknown, country?: unknown } | null | undefined
  return {
    object, ...Object.fromEntries(TEXTS[object].map((key) => [key, text(input[key])])),
    taxId: object === 'client' && text(taxId?.value) ? { value: String(taxId!.value), country: text(taxId!.country) } : null,
    points: items(input.contactPoints).flatMap((p) => (text(p.value) ? [{ kind: text(p.kind) ?? 'phone', value: String(p.value) }] : [])),
    accounts: items(input.bankAccounts).flatMap((a) => text(a.account) ?? []),
    clients: items(input.clients).flatMap((c) => reference(c.client)),
  }
}

/** Of a record on its way into the database. */
export function factsOfDraft(object: Matched, draft: Draft): Facts {
  const values = (from: Draft): Record<string, unknown> => Object.fromEntries(from.object.fields.map((field) => [field.key, inputValue(field, from.row)]))
  return factsOfInput(object, { ...values(draft), ...Object.fromEntries([...draft.parts].map(([list, { drafts }]) => [list.name, drafts.map(values)])) })
}

/** Of records as they are stored; those in the trash or gone are absent. Four statements, however many there are. */
export async function factsOfRecords(db: Db, model: Model, object: Matched, ids: readonly string[]): Promise<Map<string, Facts>> {
  const of = objectOf(model, object)
  const taxId = of.byKey.get('taxId')
  const columns = [...TEXTS[object].map((key) => sql`r.${sql.id(columnOf(of.byKey.get(key)!))} as ${sql.id(key)}`), ...(taxId ? [sql`r.${sql.id(columnOf(taxId))} as "taxId"`, sql`r.${sql.id(columnOf(taxId, 'country'))} as country`] : [])]
  const { rows } = await sql<Record<string, string | null>>`select r.id, ${sql.join(columns)} from core.${sql.id(of.table)} r where r.id = any(${ids}::uuid[]) and r.trashed_at is null`.execute(db)
  const parts = async (name: string, keys: string[]): Promise<Map<string, Record<string, unknown>[]>> => {
    const list = of.lists.find((l) => l.part && l.object === name)
    if (!list) return new Map()
    const part: ObjectModel = objectOf(model, name)
    const back = sql`p.${sql.id(columnOf(part.byKey.get(list.field)!))}`
    const { rows: found } = await sql<Record<string, unknown> & { whole: string }>`select ${back} as whole, ${sql.join(keys.map((key) => sql`p.${sql.id(columnOf(part.byKey.get(key)!))} as ${sql.id(key)}`))}
      from core.${sql.id(part.table)} p where ${back} = any(${ids}::uuid[]) order by p.position`.execute(db)
    return Map.groupBy(found, (row) => row.whole)
  }
  const points = await parts('contactPoint', ['kind', 'value'])
  const accounts = await parts('clientBankAccount', ['account'])
  const clients = object === 'contact' ? await parts('clientContact', ['client']) : new Map<string, Record<string, unknown>[]>()
  return new Map(rows.map(({ id, taxId: value, country, ...texts }) => [id!, factsOfInput(object, {
    ...texts, taxId: value ? { value, country } : null, contactPoints: points.get(id!), bankAccounts: accounts.get(id!), clients: clients.get(id!),
  })]))
}
