import { NotFoundError, textIn } from '@kartotek/sdk'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import type { RequestContext } from '../graphql/context.ts'
import { objectOf } from '../model/model.ts'
import { readingOf } from '../records/engine.ts'
import { emptyPlan } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readByIds } from '../records/rows.ts'
import { WORDS } from './decision-words.ts'
import { senderOf, type ItemRow } from './item.ts'
import { recognise, sureOf, type Candidate } from './recognise.ts'

interface Named { id: string, title: string }

/** Who may have sent the item, as far as the reader sees them, and what accepting it would make. */
export interface Proposal {
  candidates: { client: Named | null, contact: Named | null, order: Named | null, strong: boolean, reasons: { code: string, text: string }[] }[]
  /** Whose clients it may be that the reader does not see, for who may learn that. */
  elsewhere: string[]
  client: string | null
  clientValues: object | null
  contact: string | null
  contactValues: object | null
  order: string | null
  orderValues: object | null
}

/** The item with its own fields, where the reader sees it. @throws NotFoundError */
export async function requireItem(reading: Reading, id: string): Promise<ItemRow> {
  const object = reading.generation.model.objects.get('intakeItem')
  const seen = object && UUID.test(id) && reading.access.scope(object, 'read') !== 'none' && (await readByIds(reading, emptyPlan(object), [id])).length
  if (!seen) throw new NotFoundError('There is no such record.', { object: 'intakeItem', id })
  return await reading.db.selectFrom('core.intake_item').selectAll().where('id', '=', id).executeTakeFirstOrThrow() as ItemRow
}

export async function propose({ reading, engine }: RequestContext, id: string): Promise<Proposal> {
  const row = readable(reading, await requireItem(reading, id))
  const sender = await senderOf(reading.db, row)
  const points = pointsSeen(reading) ? sender.points : []
  const seen = await recognise(engine, reading, { ...sender, points })
  const titles = new Map<string, string | null>()
  const named = async (object: string, ids: (string | null)[]): Promise<void> => { for (const [one, title] of await visibleTitles(reading, ids.flatMap((one) => (one ? [[object, one]] : [])))) titles.set(one, title) }
  await named('client', seen.map((candidate) => candidate.client))
  await named('contact', seen.map((candidate) => candidate.contact))
  await named('order', seen.map((candidate) => candidate.order))
  const name = (one: string | null): Named | null => (one && titles.has(one) ? { id: one, title: titles.get(one) ?? '…' } : null)
  const sure = sureOf(seen)
  return {
    candidates: seen.map(({ client, contact, order, strong, reasons }) => ({
      client: name(client), contact: name(contact), order: name(order), strong,
      reasons: reasons.map(({ code, value }) => ({ code, text: `${textIn(WORDS[`by.${code}`], reading.locale)}: ${value}` })),
    })),
    elsewhere: reading.access.capability('duplicates.see') ? await ownersElsewhere(reading, await recognise(engine, readingOf(engine, SYSTEM_CALLER, reading.generation), { ...sender, points }), seen) : [],
    ...proposed(row, points, sure, mayPrice(reading)),
  }
}

/** Whether the reader may write an order in a currency, with a line that has a price. */
function mayPrice({ generation: { model }, access }: Reading): boolean {
  return ([['order', 'currency'], ['orderLine', 'text'], ['orderLine', 'price']] as const).every(([name, key]) => {
    const field = model.objects.get(name)?.byKey.get(key)
    return field !== undefined && !field.hidden && access.canWrite(field)
  })
}

/** Without what the reader may not read of the item. */
function readable(reading: Reading, row: ItemRow): ItemRow {
  const object = objectOf(reading.generation.model, 'intakeItem')
  const may = (key: string): boolean => reading.access.canRead(object.byKey.get(key)!)
  return { ...row, person: may('person') ? row.person : null, company: may('company') ? row.company : null, tax_id: may('taxId') ? row.tax_id : null, text: may('text') ? row.text : null, source: may('source') ? row.source : null, heading: may('heading') ? row.heading : null, amount: may('amount') ? row.amount : null }
}

function pointsSeen(reading: Reading): boolean {
  const object = objectOf(reading.generation.model, 'intakePoint')
  return ['value', 'key'].every((key) => reading.access.canRead(object.byKey.get(key)!))
}

async function ownersElsewhere(reading: Reading, all: readonly Candidate[], seen: readonly Candidate[]): Promise<string[]> {
  const hidden = all.filter((candidate) => candidate.strong && candidate.client && !seen.some((one) => one.client === candidate.client))
  const names = await visibleTitles(reading, hidden.flatMap((candidate) => (candidate.owner ? [['user', candidate.owner] as [string, string]] : [])))
  return hidden.map((candidate) => names.get(candidate.owner ?? '') ?? '…')
}

/** A known client gets his newest open order, or a new one; else all three are new. */
function proposed(row: ItemRow, points: readonly { kind: string, value: string, key: string | null }[], sure: Candidate | null, withPrice: boolean): Omit<Proposal, 'candidates' | 'elsewhere'> {
  const contactPoints = points.filter((point) => point.key).map(({ kind, value }) => ({ kind, value }))
  const isPerson = !row.company
  const words = row.person?.trim().split(/\s+/) ?? []
  const person = row.person && !isPerson ? { name: row.person, ...(words.length === 2 ? { firstName: words[0], lastName: words[1] } : {}), contactPoints } : null
  const subject = (row.text?.trim().split('\n')[0] || row.heading || '').slice(0, 200) || null
  const lines = withPrice && row.amount !== null ? [{ text: subject, price: { amount: row.amount, currency: row.amount__currency } }] : null
  const order = { subject, comment: row.text, source: row.source, ...lines && { currency: row.amount__currency, lines } }
  if (sure) {
    return { client: sure.client, clientValues: null, contact: sure.contact, contactValues: sure.contact || !row.person ? null : { name: row.person, contactPoints: [] }, order: sure.order, orderValues: sure.order ? null : order }
  }
  const client = {
    name: row.company ?? row.person ?? row.heading, kind: isPerson ? 'person' : 'organisation', source: row.source, ...(row.tax_id ? { taxId: { value: row.tax_id } } : {}),
    ...(person ? {} : { contactPoints }),
  }
  return { client: null, clientValues: client, contact: null, contactValues: person, order: null, orderValues: order }
}
