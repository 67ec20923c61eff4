import { sql } from 'kysely'
import { nameTokens } from '../duplicates/keys.ts'
import { checkTaxId } from '../facts/index.ts'
import { columnOf, type Model, type ObjectModel } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'

type Db = Engine['db']

/** Requests that came from a person: they are his words, and no documents. */
export interface Requests {
  /** Put to him by people, or because he was recognised. */
  linked: string[]
  /** Put to nobody – two fitted, it was spam, his card was made later –, and known as his by his numbers, addresses or tax id. */
  found: string[]
  /** As those, but others have the number or address, too, and the name is not his: whose they are only people can tell. */
  shared: string[]
}

/** @param people the person, and those who were merged into him */
export async function requestsOf(db: Db, model: Model, country: string | null, person: ObjectModel, people: string[]): Promise<Requests> {
  const item = model.objects.get('intakeItem')
  const reference = item?.fields.find((f) => f.to === person.name)
  if (!item || !reference) return { linked: [], found: [], shared: [] }
  const { rows: linked } = await sql<{ id: string }>`select id from core.intake_item where ${sql.id(columnOf(reference))} = any(${people}::uuid[])`.execute(db)
  const unclear = [...await byPoints(db, person, people), ...person.byKey.has('taxId') ? await byTaxId(db, country, people) : []]
  const found = new Set(unclear.filter((one) => one.sure).map((one) => one.id))
  return { linked: linked.map((row) => row.id), found: [...found], shared: unclear.filter((one) => !found.has(one.id)).map((one) => one.id) }
}

export const allOf = ({ linked, found }: Requests): string[] => [...linked, ...found]

interface Unclear { id: string, sure: boolean }

/** What nobody is named in as its sender; of a contact also what is put to a client for whom he speaks. */
const isNobodys = (person: ObjectModel, people: string[]) => sql<boolean>`i.contact_id is null and (i.client_id is null
  ${person.name === 'contact' ? sql`or exists (select 1 from core.client_contact l where l.client_id = i.client_id and l.contact_id = any(${people}::uuid[]))` : sql``})`

async function byPoints(db: Db, person: ObjectModel, people: string[]): Promise<Unclear[]> {
  const own = person.name === 'contact' ? sql.ref('p.contact_id') : sql.ref('p.client_id')
  const { rows } = await sql<{ id: string, person: string | null, shared: boolean }>`
    with own as (select distinct p.kind, p.key from core.contact_point p where ${own} = any(${people}::uuid[]) and p.key is not null and p.kind <> 'site')
    select i.id, i.person, bool_and(exists (select 1 from core.contact_point p left join core.contact k on k.id = p.contact_id left join core.client c on c.id = p.client_id
        where p.key = ip.key and coalesce(${own} <> all(${people}::uuid[]), true) and coalesce(k.trashed_at, c.trashed_at) is null)) as shared
      from own join core.intake_point ip on ip.key = own.key and (ip.kind = own.kind or own.key like '+%')
      join core.intake_item i on i.id = ip.item_id where ${isNobodys(person, people)} group by i.id, i.person`.execute(db)
  if (!rows.length) return []
  const { rows: names } = await sql<{ name: string | null }>`select name from core.${sql.id(person.table)} where id = any(${people}::uuid[])`.execute(db)
  const his = new Set(names.flatMap(({ name }) => (name ? [nameTokens(name).join(' ')] : [])))
  return rows.map((row) => ({ id: row.id, sure: !row.shared || (row.person !== null && his.has(nameTokens(row.person).join(' '))) }))
}

/** His tax id, however it was written. */
async function byTaxId(db: Db, country: string | null, people: string[]): Promise<Unclear[]> {
  const digits = (column: string) => sql`regexp_replace(split_part(${sql.ref(column)}, '/', 1), '\\D', '', 'g')`
  const { rows } = await sql<{ id: string, theirs: string, own: string, of: string | null }>`select i.id, i.tax_id as theirs, c.tax_id as own, c.tax_id__country as of from core.client c
    join core.intake_item i on i.tax_id is not null and i.contact_id is null and i.client_id is null and ${digits('i.tax_id')} = ${digits('c.tax_id')}
    where c.id = any(${people}::uuid[]) and ${digits('c.tax_id')} <> ''`.execute(db)
  return rows.flatMap(({ id, theirs, own, of }) => {
    const checked = checkTaxId(theirs, of ?? country)
    return checked.valid && checked.key?.split('/')[0] === checkTaxId(own, of ?? country).key?.split('/')[0] ? [{ id, sure: true }] : []
  })
}
