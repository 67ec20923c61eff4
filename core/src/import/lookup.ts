import { sql, type RawBuilder } from 'kysely'
import { accessPredicate, freshAlias } from '../access/predicate.ts'
import { keysOf } from '../duplicates/keys.ts'
import { columnOf, objectOf, type ObjectModel } from '../model/model.ts'
import { checkTaxId, companyKey, normaliseEmail, parsePhone, phoneKey } from '../facts/index.ts'
import type { Writing } from '../records/write/writing.ts'
import type { Built, Pending } from './plan.ts'

/** How a row finds the record that it is. */
export type MatchWay = 'key' | 'taxId' | 'registrationNumber' | 'bankAccount' | 'contactPoint' | 'messenger' | 'name'

/** What a text was found to be: a record, several, or none. */
export type Found = { id: string } | 'several' | null

/** Records of one object that are not in the trash and that the actor may read. */
function visible(w: Writing, object: ObjectModel) {
  const allowed = accessPredicate(w.generation.model, w.access, object, 'read', 'r')
  return sql`r.trashed_at is null${allowed ? sql` and ${allowed}` : sql``}`
}

/** External ids → record ids. */
export async function findByKey(w: Writing, object: ObjectModel, system: string, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map()
  const { rows } = await sql<{ key: string, id: string }>`select e.external_id as key, r.id from core.external_ref e join core.${sql.id(object.table)} r on r.id = e.record_id
    where e.system = ${system} and e.object = ${object.name} and e.external_id = any(${[...new Set(keys)]}) and ${visible(w, object)}`.execute(w.db)
  return new Map(rows.map((row) => [row.key, row.id]))
}

/** External ids → record ids outside the trash, whoever may see them. */
export async function refsOf(w: Writing, object: ObjectModel, system: string, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map()
  const { rows } = await sql<{ key: string, id: string }>`select e.external_id as key, r.id from core.external_ref e join core.${sql.id(object.table)} r on r.id = e.record_id
    where e.system = ${system} and e.object = ${object.name} and e.external_id = any(${[...new Set(keys)]}) and r.trashed_at is null`.execute(w.db)
  return new Map(rows.map((row) => [row.key, row.id]))
}

/**
 * The keys among these that mean a record which the actor may not change, seen or not, with its id. Such a key stays with
 * its record. What is in the trash keeps no key from a record that is made anew.
 */
export async function heldKeys(w: Writing, object: ObjectModel, system: string, keys: readonly string[]): Promise<Map<string, string>> {
  const held = heldBack(w, object, 'r')
  if (keys.length === 0 || !held) return new Map()
  const { rows } = await sql<{ key: string, id: string }>`select e.external_id as key, r.id from core.external_ref e join core.${sql.id(object.table)} r on r.id = e.record_id
    where e.system = ${system} and e.object = ${object.name} and e.external_id = any(${[...new Set(keys)]}) and ${held}`.execute(w.db)
  return new Map(rows.map((row) => [row.key, row.id]))
}

/** Records outside the trash that the actor may not change; null where there is none. Parts follow their wholes. */
function heldBack(w: Writing, object: ObjectModel, alias: string): RawBuilder<boolean> | null {
  if (object.partOf.length === 0) {
    const allowed = accessPredicate(w.generation.model, w.access, object, 'update', alias)
    return allowed && sql<boolean>`${sql.ref(`${alias}.trashed_at`)} is null and (${allowed}) is not true`
  }
  const wholes = object.partOf.flatMap(({ object: name, field }) => {
    const whole = objectOf(w.generation.model, name)
    const inner = freshAlias()
    const held = heldBack(w, whole, inner)
    return held ? [sql<boolean>`exists (select 1 from core.${sql.id(whole.table)} ${sql.id(inner)}
      where ${sql.ref(`${inner}.id`)} = ${sql.ref(`${alias}.${columnOf(object.byKey.get(field)!)}`)} and ${held})`] : []
  })
  return wholes.length ? sql<boolean>`(${sql.join(wholes, sql` or `)})` : null
}

/** Values of a field → records; a value that several records have is `several`. */
export async function findByField(w: Writing, object: ObjectModel, fieldKey: string, texts: readonly string[]): Promise<Map<string, Found>> {
  const field = object.byKey.get(fieldKey)
  if (texts.length === 0 || !field || !w.access.canRead(field)) return new Map()
  const column = sql.ref(`r.${columnOf(field)}`)
  const { rows } = await sql<{ text: string, id: string }>`select ${column}::text as text, r.id from core.${sql.id(object.table)} r
    where ${column}::text = any(${[...new Set(texts)]}) and ${visible(w, object)}`.execute(w.db)
  return distinct(rows)
}

function distinct(rows: readonly { text: string, id: string }[]): Map<string, Found> {
  const found = new Map<string, Found>()
  for (const { text, id } of rows) {
    const known = found.get(text)
    found.set(text, known && known !== 'several' && known.id !== id ? 'several' : (known ?? { id }))
  }
  return found
}

/** Finds all references of the rows with one statement per object and way of finding, and puts them into the inputs. */
export async function resolve(w: Writing, system: string, pending: readonly Pending[]): Promise<Map<Pending, 'reference' | 'ambiguous'>> {
  const failed = new Map<Pending, 'reference' | 'ambiguous'>()
  for (const group of Map.groupBy(pending, (one) => `${one.object}\u0000${one.by}`).values()) {
    const { object: name, by } = group[0]!
    const object = objectOf(w.generation.model, name)
    const texts = group.map((one) => one.text)
    const found: Map<string, Found> = by === 'key'
      ? new Map([...await findByKey(w, object, system, texts)].map(([key, id]) => [key, { id }]))
      : await findByField(w, object, by, texts)
    for (const one of group) {
      const hit = found.get(one.text) ?? null
      if (hit && hit !== 'several') one.put(hit.id)
      else if (hit === null && one.missing === 'empty') one.put(null)
      else failed.set(one, hit === 'several' ? 'ambiguous' : 'reference')
    }
  }
  return failed
}

/** Which existing record each row is, by the ways of the mapping in their order. */
export async function matchRows(w: Writing, object: ObjectModel, system: string, ways: readonly MatchWay[], keyField: string | undefined, rows: readonly Built[]): Promise<Map<Built, Found>> {
  const matches = new Map<Built, Found>()
  for (const way of ways) {
    const open = rows.filter((row) => !matches.has(row))
    const texts = new Map(open.map((row) => [row, textsOf(w, way, row)] as const))
    const all = [...texts.values()].flat()
    const found = way === 'key'
      ? keyField ? await findByField(w, object, keyField, all) : new Map<string, Found>([...await findByKey(w, object, system, all)].map(([key, id]) => [key, { id }]))
      : await FINDERS[way](w, object, all)
    for (const row of open) {
      const hits = texts.get(row)!.map((text) => found.get(text)).filter((hit) => hit !== undefined && hit !== null)
      if (hits.length === 0) continue
      const ids = new Set(hits.map((hit) => (hit === 'several' ? hit : hit.id)))
      matches.set(row, ids.has('several') || ids.size > 1 ? 'several' : hits[0]!)
    }
  }
  return matches
}

/** Ways that go by a key of duplicates (rule C.14). */
const KIND_OF = { registrationNumber: 'registration', bankAccount: 'account', messenger: 'messenger' } as const

const FINDERS: Record<Exclude<MatchWay, 'key'>, (w: Writing, object: ObjectModel, texts: readonly string[]) => Promise<Map<string, Found>>> = {
  taxId: findByTaxId,
  registrationNumber: findByRegistration,
  bankAccount: findByAccount,
  contactPoint: findByContactPoint,
  messenger: findByMessenger,
  name: (w, object, texts) => findByField(w, object, 'matchKey', texts),
}

/** The texts by which a row finds a record: its key, its tax number, its phones and addresses. */
export function textsOf(w: Pick<Writing, 'generation'>, way: MatchWay, row: Built): string[] {
  const { company } = w.generation, { country } = company
  if (way === 'key') return row.key === null ? [] : [row.key]
  if (way === 'taxId') {
    const given = row.input.taxId as { value?: string, country?: string } | null | undefined
    const checked = given?.value ? checkTaxId(given.value, given.country ?? country) : null
    return checked?.valid ? [branchOf(row) ? `${checked.value} ${branchOf(row)}` : checked.value] : []
  }
  if (way === 'name') return typeof row.input.name === 'string' && companyKey(row.input.name) ? [companyKey(row.input.name)] : []
  if (way in KIND_OF) {
    const { registrationNumber, bankAccounts, contactPoints } = row.input as { registrationNumber?: unknown, bankAccounts?: { account?: unknown }[] | null, contactPoints?: { kind?: unknown, value?: unknown }[] | null }
    const kind = KIND_OF[way as keyof typeof KIND_OF]
    return keysOf({
      object: 'client', clients: [], registrationNumber: typeof registrationNumber === 'string' ? registrationNumber : null, accounts: (bankAccounts ?? []).flatMap(({ account }) => (typeof account === 'string' ? account : [])),
      points: (contactPoints ?? []).flatMap(({ kind: of, value }) => (typeof of === 'string' && typeof value === 'string' ? { kind: of, value } : [])),
    }, { kinds: new Set([kind]), ignoreTags: false, own: new Set(), country, signature: '' }).map(({ key }) => key)
  }
  const points = (row.input.contactPoints ?? []) as { kind?: string, value?: unknown }[]
  return points.flatMap(({ kind, value }) => {
    if (typeof value !== 'string') return []
    if (kind === 'phone') return phoneKey(parsePhone(value, company)) ?? []
    const email = kind === 'email' ? normaliseEmail(value) : null
    // A mailbox of a function belongs to many: too weak to recognise somebody.
    return email?.value && !email.role ? email.value : []
  })
}

const branchOf = (row: Built): string | null => (typeof row.input.branchCode === 'string' && row.input.branchCode.trim() ? row.input.branchCode.trim() : null)

/** The tax number of a text that may have the code of a branch behind it. */
export const numberOf = (text: string): string => text.split(' ')[0]!

/** Branches of one company share its tax number: the code of the branch tells them apart, where both have one. */
async function findByTaxId(w: Writing, object: ObjectModel, texts: readonly string[]): Promise<Map<string, Found>> {
  const branch = object.byKey.get('branchCode')
  const taxId = object.byKey.get('taxId')
  const numbers = [...new Set(texts.map(numberOf))]
  if (!branch || !taxId || !w.access.canRead(branch) || !w.access.canRead(taxId)) {
    const found = await findByField(w, object, 'taxId', numbers)
    return new Map(texts.flatMap((text) => (found.has(numberOf(text)) ? [[text, found.get(numberOf(text))!] as const] : [])))
  }
  const { rows } = await sql<{ id: string, number: string, branch: string | null }>`select r.id, ${sql.ref(`r.${columnOf(taxId)}`)} as number, ${sql.ref(`r.${columnOf(branch)}`)} as branch
    from core.${sql.id(object.table)} r where ${sql.ref(`r.${columnOf(taxId)}`)} = any(${numbers}) and ${visible(w, object)}`.execute(w.db)
  return new Map([...new Set(texts)].flatMap((text): [string, Found][] => {
    const [number, code] = text.split(' ') as [string, string?]
    const possible = rows.filter((row) => row.number === number && (!code || !row.branch || row.branch === code))
    const exact = possible.filter((row) => code && row.branch === code)
    const found = exact.length ? exact : possible
    return found.length ? [[text, found.length === 1 ? { id: found[0]!.id } : 'several']] : []
  }))
}

async function findByContactPoint(w: Writing, object: ObjectModel, keys: readonly string[]): Promise<Map<string, Found>> {
  const list = object.lists.find((one) => one.part && one.object === 'contactPoint' && w.access.canList(one))
  const point = objectOf(w.generation.model, 'contactPoint')
  if (!list || keys.length === 0 || !w.access.canRead(point.byKey.get('key')!)) return new Map()
  const back = sql.ref(`p.${columnOf(point.byKey.get(list.field)!)}`)
  const key = sql.ref(`p.${columnOf(point.byKey.get('key')!)}`)
  const { rows } = await sql<{ text: string, id: string }>`select ${key} as text, r.id from core.${sql.id(point.table)} p join core.${sql.id(object.table)} r on r.id = ${back}
    where ${key} = any(${[...new Set(keys)]}) and ${visible(w, object)}`.execute(w.db)
  return distinct(rows)
}

/**
 * By the keys of duplicates, which have every way of writing in one form, and by what is in the records as it is: what was loaded a
 * moment ago has no keys yet.
 */
async function findByMatchKey(w: Writing, object: ObjectModel, kind: string, keys: readonly string[], asWritten: RawBuilder<unknown>): Promise<Map<string, Found>> {
  if (keys.length === 0) return new Map()
  const { rows } = await sql<{ text: string, id: string }>`select f.text, r.id from (
      select m.key as text, m.record_id as id from core.match_key m where m.object = ${object.name} and m.kind = ${kind} and m.key = any(${[...new Set(keys)]}) union ${asWritten}) f
    join core.${sql.id(object.table)} r on r.id = f.id where ${visible(w, object)}`.execute(w.db)
  return distinct(rows)
}

async function findByRegistration(w: Writing, object: ObjectModel, keys: readonly string[]): Promise<Map<string, Found>> {
  const column = sql.ref(`n.${columnOf(object.byKey.get('registrationNumber')!)}`)
  return findByMatchKey(w, object, KIND_OF.registrationNumber, keys, sql`select ${column}, n.id from core.${sql.id(object.table)} n where ${column} = any(${[...keys]})`)
}

async function findByAccount(w: Writing, object: ObjectModel, keys: readonly string[]): Promise<Map<string, Found>> {
  return findByMatchKey(w, object, KIND_OF.bankAccount, keys, sql`select a.account, a.client_id from core.client_bank_account a where a.account = any(${[...keys]})`)
}

async function findByMessenger(w: Writing, object: ObjectModel, keys: readonly string[]): Promise<Map<string, Found>> {
  const list = object.lists.find((one) => one.part && one.object === 'contactPoint')!
  const back = sql.ref(`p.${columnOf(objectOf(w.generation.model, 'contactPoint').byKey.get(list.field)!)}`)
  const handles = keys.map((key) => key.slice(key.indexOf(':') + 1))
  return findByMatchKey(w, object, KIND_OF.messenger, keys, sql`select p.kind || ':' || p.key, ${back} from core.contact_point p where p.key = any(${handles}) and p.kind || ':' || p.key = any(${[...keys]}) and ${back} is not null`)
}

/** Remembers which record an external id means; a later record of the same id takes it over, unless the id is among {@link heldKeys}. */
export async function rememberKeys(w: Writing, system: string, object: ObjectModel, pairs: readonly { key: string, id: string }[]): Promise<void> {
  if (pairs.length === 0) return
  const last = [...new Map(pairs.map((pair) => [pair.key, pair])).values()]
  await sql`insert into core.external_ref (system, object, external_id, record_id)
    select ${system}, ${object.name}, p.key, p.id from jsonb_to_recordset(${JSON.stringify(last)}::jsonb) as p (key text, id uuid)
    on conflict (system, object, external_id) do update set record_id = excluded.record_id where core.external_ref.record_id <> excluded.record_id`.execute(w.db)
}
