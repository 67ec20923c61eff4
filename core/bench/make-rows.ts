import { searchText } from '../src/facts/search-text.ts'
import { companyKey } from '../src/facts/company-name.ts'
import { normaliseContactPoint } from '../src/clients/contact-points.ts'
import { PACKS } from '../src/demo/company.ts'
import { Random } from '../src/demo/random.ts'
import type { Generation } from '../src/model/generation.ts'
import { columnOf, objectOf, type ObjectModel } from '../src/model/model.ts'
import { searchableFields } from '../src/records/search.ts'
import { drawCustom } from './custom-fields.ts'
import { registrationNumber, taxNumber } from './tax-number.ts'

type Columns = Record<string, unknown>
export const LOCALE = 'ru', COUNTRY = 'RU', CURRENCY = 'RUB'
/** The manager of the bench owns every 2000th client: 0.05 %. */
export const MANAGER_EVERY = 2_000
export const SINCE = Date.UTC(2023, 10, 1)
export const SPAN = 3 * 365.25 * 86_400_000
/** Between the creation of two clients, in ms. */
export const stepOf = (clients: number): number => Math.floor(SPAN / clients)
const pack = PACKS[LOCALE]

/** Who works in the company of the bench. */
export interface People { manager: string, others: readonly string[], team: string }

/**
 * The rows of one client, or one order, as the write path would make them of the same input: values go through the field
 * types, contact points through their normalisation, the search text through the function that writes it.
 */
export class RowMaker {
  readonly #generation: Generation
  readonly #people: People
  readonly #step: number
  readonly #stages: { id: string, pipelineId: string, kind: string, weight: number }[]
  readonly #searchable: Record<'client' | 'contactPoint' | 'order', { name: string, column: string }[]>

  /** `clients`: of the whole run, over which the moments of creation are spread. */
  constructor(generation: Generation, people: People, clients: number) {
    this.#generation = generation
    this.#people = people
    this.#step = stepOf(clients)
    const pipeline = generation.pipelines.find((p) => p.object === 'order' && p.isDefault)!
    this.#stages = pipeline.stages.map((s) => ({ id: s.id, pipelineId: pipeline.id, kind: s.kind, weight: s.kind === 'won' ? 60 : s.kind === 'lost' ? 25 : 3 }))
    const of = (name: string) => searchableFields(this.object(name)).map((f) => ({ name: f.key, column: columnOf(f) }))
    this.#searchable = { client: of('client'), contactPoint: of('contactPoint'), order: of('order') }
  }

  object(name: string): ObjectModel { return objectOf(this.#generation.model, name) }

  client(index: number): { client: Columns, points: Columns[] } {
    const random = new Random('bench', 'client', index)
    const id = idOf(1, SINCE + index * this.#step, index)
    const city = random.weighted(pack.cities, (c) => c.weight)
    const person = pack.person(random)
    const organisation = !random.chance(0.18)
    const industry = random.weighted(pack.industries, (i) => i.weight)
    const name = organisation ? industry.name(random, city, person) : pack.fullName(person)
    const form = random.weighted(pack.forms, (f) => f.weight)
    const own = this.#ownership(index)
    const client: Columns = {
      ...this.#base(id, SINCE + index * this.#step, own), ...own,
      ...this.#columns('client', {
        name, matchKey: companyKey(name) || null, kind: organisation ? 'organisation' : 'person', lifecycle: random.pick(['potential', 'active', 'active', 'inactive']),
        code: `K${String(index).padStart(7, '0')}`, industry: organisation ? industry.label : null, source: random.weighted(pack.sources, (s) => s.weight).label,
        territory: String(1 + pack.cities.indexOf(city)), enteredOn: new Date(SINCE + random.float() * SPAN).toISOString().slice(0, 10),
        legalName: organisation ? form.wrap(name, person) : null, registrationNumber: organisation ? registrationNumber(random.digits(13).slice(1)) : null, taxId: organisation ? { value: taxNumber(index), country: COUNTRY } : null, branchCode: organisation ? random.digits(9) : null,
        preferredTime: random.chance(0.3) ? 'с 9 до 12' : null,
      }),
      ...this.#columns('client', drawCustom(random), 'custom.'),
    }
    const points = [
      { kind: 'phone', value: normaliseContactPoint('phone', organisation ? pack.landline(random, city) : pack.mobile(random), { country: COUNTRY }).key! },
      { kind: 'email', value: `${pack.latin(person.family)}${index}@example.com` },
    ].map(({ kind, value }, position): Columns => ({
      ...this.#base(idOf(2 + position, SINCE + index * this.#step, index), SINCE + index * this.#step, own), position,
      ...this.#columns('contactPoint', { client: id, kind, value, key: normaliseContactPoint(kind, value, { country: COUNTRY }).key, isPrimary: true }),
    }))
    client.search = searchText([...this.#texts('client', client), ...points.flatMap((p) => this.#texts('contactPoint', p))])
    return { client, points }
  }

  order(index: number): Columns {
    const random = new Random('bench', 'order', index)
    const of = Math.floor(index / 2)
    const own = this.#ownership(of)
    const at = SINCE + of * this.#step + random.int(0, 30 * 86_400_000)
    const stage = random.weighted(this.#stages, (s) => s.weight)
    const closed = stage.kind === 'open' ? null : new Date(at + random.int(0, 30 * 86_400_000))
    const net = Math.round(3_000 * 100 / Math.pow(1 - random.float() * 0.9999, 0.8))
    const money = (cents: number) => ({ amount: (cents / 100).toFixed(2), currency: CURRENCY })
    const title = random.pick(pack.titles[random.pick(Object.keys(pack.titles) as (keyof typeof pack.titles)[])])
    const order: Columns = {
      ...this.#base(idOf(4, at, index), at, own), ...own, pipeline_id: stage.pipelineId, stage_id: stage.id, stage_entered_at: closed ?? new Date(at), closed_at: closed,
      loss_reason: stage.kind === 'lost' ? 'price' : null,
      ...this.#columns('order', {
        number: String(index + 1), subject: title, client: idOf(1, SINCE + of * this.#step, of), orderedOn: new Date(SINCE + random.float() * SPAN).toISOString().slice(0, 10),
        priority: random.weighted(['low', 'normal', 'high'], (p) => ({ low: 12, normal: 70, high: 18 })[p]!), source: random.weighted(pack.sources, (s) => s.weight).label,
        currency: CURRENCY, net: money(net), tax: money(Math.round(net * 0.2)), total: money(net + Math.round(net * 0.2)), margin: money(Math.round(net * 0.25)), cost: money(Math.round(net * 0.75)),
        comment: random.chance(0.3) ? random.pick(pack.comments) : null,
      }),
    }
    order.search = searchText(this.#texts('order', order))
    return order
  }

  #ownership(client: number): { owner_id: string, team_id: string } {
    const { manager, others, team } = this.#people
    return { owner_id: client % MANAGER_EVERY === 7 ? manager : others[client % others.length]!, team_id: team }
  }

  #base(id: string, at: number, own: { owner_id: string }): Columns {
    const moment = new Date(at)
    return { id, version: 1, created_at: moment, updated_at: moment, created_by: own.owner_id, updated_by: own.owner_id, search: '' }
  }

  #columns(object: string, values: Record<string, unknown>, prefix = ''): Columns {
    const { byKey } = this.object(object)
    const columns: Columns = {}
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === undefined) continue
      const field = byKey.get(prefix + name)
      if (!field) throw new Error(`The bench fills ${object}.${prefix}${name}, which does not exist.`)
      for (const [suffix, v] of Object.entries(field.handler.write(value, field, { country: COUNTRY, currency: CURRENCY }))) columns[columnOf(field, suffix)] = v
    }
    return columns
  }

  #texts(object: 'client' | 'contactPoint' | 'order', row: Columns): string[] {
    return this.#searchable[object].flatMap(({ column }) => (row[column] == null ? [] : String(row[column])))
  }
}

/** A UUIDv7 of this moment whose last bits are kind and index: the same in every run. */
export function idOf(kind: number, at: number, index: number): string {
  const time = Math.floor(at).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${kind.toString(16).padStart(3, '0')}-8000-${index.toString(16).padStart(12, '0')}`
}
