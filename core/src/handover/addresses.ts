import { sql } from 'kysely'
import { accessPredicate } from '../access/predicate.ts'
import { objectOf, type ObjectModel } from '../model/model.ts'
import { asksMayContact, mayContact } from '../privacy/may-contact.ts'
import type { Reading } from '../records/reading.ts'

/** Where a client is written to, or why not. */
export type Reached = { address: string } | { why: 'noAddress' | 'mustNot' }

const AT_ONCE = 1_000

/** Whether the reader may know whom one may write to: without it nobody is written to. */
export function maySendLetters({ generation: { model }, access }: Reading): boolean {
  return asksMayContact(model, access, objectOf(model, 'client'))
}

/**
 * The addresses of clients, as far as the reader sees them: the client's own first, else that of the first contact who has one.
 * Only where neither the client nor the contact said that he is not to be written to.
 */
export async function addressesOf(reading: Reading, clients: readonly string[]): Promise<Map<string, Reached>> {
  const reached = new Map<string, Reached>()
  for (let i = 0; i < clients.length; i += AT_ONCE) {
    const ids = clients.slice(i, i + AT_ONCE)
    const said = new Map((await mayContact(reading, 'client', ids, 'email')).map((one) => [one.id, one.may]))
    const own = await ownAddresses(reading, ids)
    const people = await contactAddresses(reading, ids.filter((id) => !own.has(id)))
    for (const id of ids) {
      const person = people.get(id)
      const address = own.get(id) ?? person?.find(({ may }) => may)?.address
      reached.set(id, !said.get(id) ? { why: 'mustNot' } : address ? { address } : { why: person ? 'mustNot' : 'noAddress' })
    }
  }
  return reached
}

function seesPoints({ generation: { model }, access }: Reading, object: ObjectModel): boolean {
  const point = objectOf(model, 'contactPoint')
  const list = object.lists.find(({ part, object: name }) => part && name === 'contactPoint')
  return list !== undefined && access.canList(list) && ['kind', 'value'].every((key) => access.canRead(point.byKey.get(key)!))
}

async function ownAddresses(reading: Reading, ids: readonly string[]): Promise<Map<string, string>> {
  if (!seesPoints(reading, objectOf(reading.generation.model, 'client'))) return new Map()
  const { rows } = await sql<{ id: string, address: string }>`select distinct on (client_id) client_id as id, key as address from core.contact_point
    where client_id = any(${ids}::uuid[]) and kind = 'email' and key is not null order by client_id, is_primary desc nulls last, position, id`.execute(reading.db)
  return new Map(rows.map(({ id, address }) => [id, address]))
}

async function contactAddresses(reading: Reading, ids: readonly string[]): Promise<Map<string, { address: string, may: boolean }[]>> {
  const { generation: { model }, access, db } = reading
  const contact = objectOf(model, 'contact')
  if (!ids.length || access.scope(contact, 'read') === 'none' || !seesPoints(reading, contact) || !asksMayContact(model, access, contact)) return new Map()
  const allowed = accessPredicate(model, access, contact, 'read', 'r')
  const { rows } = await sql<{ client: string, contact: string, address: string }>`select cc.client_id as client, r.id as contact, p.key as address
    from core.client_contact cc join core.contact r on r.id = cc.contact_id join core.contact_point p on p.contact_id = r.id
    where cc.client_id = any(${ids}::uuid[]) and p.kind = 'email' and p.key is not null and r.trashed_at is null ${allowed ? sql`and ${allowed}` : sql``}
    order by cc.client_id, cc.is_primary desc nulls last, r.id, p.is_primary desc nulls last, p.position, p.id`.execute(db)
  const said = new Map((await mayContact(reading, 'contact', [...new Set(rows.map((row) => row.contact))], 'email')).map((one) => [one.id, one.may]))
  return Map.groupBy(rows.map((row) => ({ client: row.client, address: row.address, may: said.get(row.contact) ?? false })), ({ client }) => client)
}
