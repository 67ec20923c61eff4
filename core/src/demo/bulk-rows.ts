import type { Generation } from '../model/generation.ts'
import { columnOf, objectOf, type FieldModel, type ObjectModel } from '../model/model.ts'
import { searchableFields } from '../records/search.ts'
import { companyKey, normaliseEmail, normaliseUrl, searchText } from '../facts/index.ts'
import type { DemoClient } from './client.ts'
import type { Company } from './company.ts'
import type { CopyValue } from './copy.ts'
import { clientInput, orderInput } from './inputs.ts'
import type { Written } from './inputs.ts'
import type { DemoOrder } from './order.ts'
import { money } from './product.ts'
import { Random } from './random.ts'
import { lineTotals, orderTotals } from './totals.ts'

export type BulkRow = Record<string, CopyValue>

/** A UUID of version 7 for a moment, always the same for the same stream of numbers. */
export function uuidAt(at: number, random: Random): string {
  const time = Math.floor(at).toString(16).padStart(12, '0')
  const hex = (bits: number): string => Math.floor(random.float() * 2 ** bits).toString(16).padStart(bits / 4, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(12)}-${(8 + random.int(0, 3)).toString(16)}${hex(12)}-${hex(24)}${hex(24)}`
}

/**
 * Turns invented clients and orders into rows of their tables, by the model's own field types, with everything that the write path
 * would compute. No validation and no rights: for the bench, where the generator is trusted and time counts.
 */
export class BulkRows {
  readonly #generation: Generation
  readonly #company: Company
  readonly #written: Written
  readonly #seed: string
  readonly #defaults = new Map<ObjectModel, Record<string, unknown>>()
  #number = 0

  constructor(generation: Generation, company: Company, written: Written, seed = 'kartotek') {
    this.#generation = generation
    this.#company = company
    this.#written = written
    this.#seed = seed
  }

  /** How many orders were numbered. */
  get orders(): number { return this.#number }

  /** The rows of one client by table, parents first. */
  rowsOf(client: DemoClient, include: { lines: boolean, parts: boolean }): [table: string, row: BulkRow][] {
    const random = new Random(this.#seed, 'bulk', client.index)
    const rows: [string, BulkRow][] = []
    const { contactPoints, addresses, bankAccounts, ...input } = clientInput(this.#company, client, this.#written) as Record<string, unknown> & Record<'contactPoints' | 'addresses' | 'bankAccounts', Record<string, unknown>[] | undefined>
    const object = this.#object('client')
    const at = client.enteredAt
    const row = this.#row(object, uuidAt(at.getTime(), random), at, { ...input, matchKey: companyKey(client.name) })
    const points = contactPoints?.map((part) => ({ ...part, key: pointKey(part as { kind: string, value: string }) }))
    const parts = !include.parts ? [] : Object.entries({ contactPoint: points, clientAddress: addresses, clientBankAccount: bankAccounts }).flatMap(([name, list]) =>
      (list ?? []).map((part, i) => ({ part: this.#object(name), row: this.#part(name, 'client', row.id as string, i, at, random, part) })))
    row.search = searchText([...this.#texts(object, row), ...parts.flatMap((one) => this.#texts(one.part, one.row))]).slice(0, 8_000)
    rows.push([object.table, row], ...parts.map((one): [string, BulkRow] => [one.part.table, one.row]))
    for (const order of client.orders) rows.push(...this.#order(order, client, row.id as string, include.lines, random))
    return rows
  }

  #order(order: DemoOrder, client: DemoClient, clientId: string, withLines: boolean, random: Random): [string, BulkRow][] {
    const object = this.#object('order')
    const { lines, problems: _, stage, ...input } = orderInput(this.#company, order, client, { client: clientId, contacts: [] }, this.#written) as Record<string, unknown> & { lines: Record<string, unknown>[] }
    const last = order.stages.at(-1)!
    const amount = (value: number) => ({ amount: money(value), currency: order.currency })
    const sums = Object.fromEntries(Object.entries(orderTotals(order.lines)).map(([key, value]) => [key, amount(value)]))
    const row = this.#row(object, uuidAt(order.createdAt.getTime(), random), order.createdAt, { ...input, ...sums, number: String(++this.#number) })
    row.stage_id = stage as string
    row.pipeline_id = this.#generation.stages.get(stage as string)!.pipelineId
    row.stage_entered_at = last.at
    row.closed_at = last.stage === 'won' || last.stage === 'lost' ? last.at : null
    row.updated_at = last.at
    const parts = withLines ? lines.map((line, i) => {
      const { cost, ...own } = lineTotals(order.lines[i]!)
      const figures = Object.fromEntries(Object.entries({ ...own, costTotal: cost }).map(([key, value]) => [key, amount(value)]))
      return this.#part('orderLine', 'order', row.id as string, i, order.createdAt, random, { ...line, ...figures })
    }) : []
    const line = this.#object('orderLine')
    row.search = searchText([...this.#texts(object, row), ...parts.flatMap((part) => this.#texts(line, part))]).slice(0, 8_000)
    return [[object.table, row], ...parts.map((part): [string, BulkRow] => [line.table, part])]
  }

  #object(name: string): ObjectModel { return objectOf(this.#generation.model, name) }

  #part(name: string, whole: string, id: string, position: number, at: Date, random: Random, values: Record<string, unknown>): BulkRow {
    const object = this.#object(name)
    const row = this.#row(object, uuidAt(at.getTime(), random), at, values)
    row[columnOf(object.byKey.get(whole)!)] = id
    row.position = position
    return row
  }

  #row(object: ObjectModel, id: string, at: Date, values: Record<string, unknown>): BulkRow {
    const row: BulkRow = { id, version: 1, created_at: at, updated_at: at, search: '' }
    const { country, currency } = this.#generation.company
    for (const [key, value] of Object.entries({ ...this.#defaultsOf(object), ...values })) {
      const field = object.byKey.get(key)
      if (!field) throw new Error(`The object "${object.name}" has no field "${key}".`)
      if (value === null || value === undefined) continue
      for (const [suffix, one] of Object.entries(field.handler.write(value, field, { country, currency }))) row[columnOf(field, suffix)] = one as CopyValue
    }
    return row
  }

  #defaultsOf(object: ObjectModel): Record<string, unknown> {
    let defaults = this.#defaults.get(object)
    if (!defaults) this.#defaults.set(object, defaults = Object.fromEntries(object.fields.filter((field) => field.default !== undefined && !field.hidden).map((field) => [field.key, field.default])))
    return defaults
  }

  #texts(object: ObjectModel, row: BulkRow): string[] {
    const { locale } = this.#generation.company
    return searchableFields(object).filter((field: FieldModel) => row[columnOf(field)] != null)
      .map((field) => field.handler.text((suffix) => row[columnOf(field, suffix)], field, locale))
  }
}

function pointKey({ kind, value }: { kind: string, value: string }): string | null {
  if (kind === 'email') return normaliseEmail(value).value
  return kind === 'site' ? normaliseUrl(value).host : value
}
