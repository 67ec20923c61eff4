import { randomInt } from 'node:crypto'
import { ConflictError } from '@kartotek/sdk'
import type { Locale } from '@kartotek/sdk'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { objectOf } from '../model/model.ts'
import { bumpRevision } from '../model/sync.ts'
import type { Engine } from '../records/engine.ts'
import { writeRecords } from '../records/write/batch.ts'
import type { WriteItem } from '../records/write/draft.ts'
import { write } from '../records/write/writing.ts'
import type { Writing } from '../records/write/writing.ts'
import type { CompanySettings } from '../settings/index.ts'
import type { DemoClient } from './client.ts'
import { generateCompany, PACKS } from './company.ts'
import type { Company, CompanyOptions } from './company.ts'
import { clientInput, contactInput, orderInput, productInput } from './inputs.ts'
import type { Written } from './inputs.ts'
import type { DemoOrder } from './order.ts'
import { taxAt } from './order.ts'
import { writeVisits } from './visits.ts'
import { workOn } from './work.ts'

export interface DemoDeps {
  engine: Engine
  /** Sets name, country, currency, language and time zone of the company. */
  updateCompany(patch: Partial<CompanySettings>): Promise<unknown>
  /** Gives a person a password. */
  setPassword(userId: string, password: string): Promise<void>
  onProgress?(done: number, of: number): void
}

export interface DemoOptions extends Omit<CompanyOptions, 'today'> {
  /** Default: today. */
  today?: Date | string
  /** Password of all demo users. Default: a random one. */
  password?: string
}

export interface LoadedDemo {
  /** Of the administrator, to print. */
  signIn: { email: string, password: string }
  /** Everybody who can sign in, all with the same password. */
  users: { name: string, email: string, role: string }[]
  clients: number
  orders: number
  changeSetId: string
}

const ZONES: Record<Locale, string> = { ru: 'Europe/Moscow', uk: 'Europe/Kyiv', fi: 'Europe/Helsinki', en: 'Europe/London' }
const BATCH = 200
/** Orders are numbered in the order of time; beyond this many clients that is given up for flat memory. */
const SORTED_CLIENTS = 5_000

/**
 * Fills an empty database with the demo company, through the same write path as everything else, in one change set.
 * @throws ConflictError if there are clients already
 */
export async function loadDemo(deps: DemoDeps, options: DemoOptions): Promise<LoadedDemo> {
  const { engine } = deps
  const { rows } = await sql`select 1 from core.client limit 1`.execute(engine.db)
  if (rows.length > 0) throw new ConflictError('The demo company is for an empty database; this one has clients.')
  const company = generateCompany({ ...options, today: options.today ?? new Date() })
  await deps.updateCompany({
    name: company.name, country: company.country, baseCurrency: company.currency, locale: company.locale, timeZone: ZONES[company.locale],
  })
  const tags = await addTags(engine, company)
  await engine.live.refresh()
  const loader = new Loader(engine, company, uuidv7(), deps.onProgress)
  await loader.base(tags)
  const { clients, orders } = await loader.clients()
  const password = options.password ?? randomPassword()
  const users = []
  for (const [i, user] of company.users.entries()) {
    await deps.setPassword(loader.written.users[i]!, password)
    users.push({ name: user.name, email: user.email, role: user.role })
  }
  return { signIn: { email: users[0]!.email, password }, users, clients, orders, changeSetId: loader.changeSetId }
}

/** Tags are choices of a field: the demo company has its own. */
async function addTags(engine: Engine, company: Company): Promise<Map<string, string>> {
  const labels = PACKS[company.locale].tags
  const colors = ['sky', 'green', 'violet', 'amber', 'pink', 'teal', 'indigo']
  const options = labels.map((label, i) => ({ key: `demo${i + 1}`, label: { [company.locale]: label }, color: colors[i % colors.length] }))
  await engine.db.transaction().execute(async (trx) => {
    await sql`update core.field set overrides = overrides || ${JSON.stringify({ options })}::jsonb where object = 'client' and name = 'tags' and field_group = ''`.execute(trx)
    await bumpRevision(trx, 'rules')
  })
  return new Map(options.map((option, i) => [labels[i]!, option.key]))
}

/** Four groups of five letters and digits that cannot be mixed up: 100 bits. */
function randomPassword(): string {
  const signs = 'abcdefghjkmnpqrstuvwxyz23456789'
  const group = (): string => Array.from({ length: 5 }, () => signs[randomInt(signs.length)]).join('')
  return [group(), group(), group(), group()].join('-')
}

class Loader {
  readonly engine: Engine
  readonly company: Company
  readonly changeSetId: string
  readonly onProgress: DemoDeps['onProgress']
  written: Written = { users: [], teams: [], products: [], tags: new Map(), stages: new Map() }

  constructor(engine: Engine, company: Company, changeSetId: string, onProgress: DemoDeps['onProgress']) {
    this.engine = engine
    this.company = company
    this.changeSetId = changeSetId
    this.onProgress = onProgress
  }

  #transaction<T>(work: (w: Writing) => Promise<T>): Promise<T> {
    const options = { summary: this.company.name, changeSetId: this.changeSetId, passGates: true, statementTimeoutMs: 120_000 }
    return write(this.engine, SYSTEM_CALLER, options, work).then(({ result }) => result)
  }

  /** Teams, people with their roles, and the price list. */
  async base(tags: ReadonlyMap<string, string>): Promise<void> {
    const { company } = this
    const { roles, pipelines } = this.engine.live.current
    const pipeline = pipelines.find((one) => one.object === 'order' && one.isDefault)!
    const today = new Date().toISOString().slice(0, 10)
    this.written = await this.#transaction(async (w) => {
      const teams = await create(w, 'team', company.teams.map(({ name }) => ({ name })))
      const users = await create(w, 'user', company.users.map(({ name, email, phone, jobTitle }) => ({ name, email, phone, jobTitle, locale: company.locale })))
      for (const [i, user] of company.users.entries()) {
        const role = roles.find((one) => one.key === user.role)!
        await sql`insert into core.user_role (user_id, role_id) values (${users[i]}, ${role.id}) on conflict do nothing`.execute(w.db)
        const memberships = user.role === 'head_of_sales' ? teams : user.team === null ? [] : [teams[user.team]!]
        for (const team of memberships) await sql`insert into core.team_member (team_id, user_id, leader) values (${team}, ${users[i]}, ${user.role === 'head_of_sales'}) on conflict do nothing`.execute(w.db)
      }
      const products = await create(w, 'product', company.products.map((product) => productInput(company, product, taxAt(company.country, today))))
      return { teams, users, products, tags, stages: new Map(pipeline.stages.map((stage) => [stage.key, stage.id])) }
    })
  }

  /** Clients with their contacts, then the orders. */
  async clients(): Promise<{ clients: number, orders: number }> {
    let done = 0
    let orders = 0
    const size = this.company.count <= SORTED_CLIENTS ? this.company.count : BATCH
    for (let from = 0; from < this.company.count; from += size) {
      const waiting: { order: DemoOrder, client: DemoClient, ids: { client: string, contacts: string[] } }[] = []
      const part = [...this.company.clients(from, Math.min(from + size, this.company.count))].sort((a, b) => a.enteredAt.getTime() - b.enteredAt.getTime())
      for (let i = 0; i < part.length; i += BATCH) {
        const chunk = part.slice(i, i + BATCH)
        const ids = await this.#writeClients(chunk)
        chunk.forEach((client, at) => waiting.push(...client.orders.map((order) => ({ order, client, ids: ids[at]! }))))
        done += chunk.length
        this.onProgress?.(done, this.company.count)
      }
      waiting.sort((a, b) => a.order.createdAt.getTime() - b.order.createdAt.getTime())
      for (let i = 0; i < waiting.length; i += BATCH) await this.#writeOrders(waiting.slice(i, i + BATCH))
      orders += waiting.length
    }
    return { clients: done, orders }
  }

  #writeClients(clients: readonly DemoClient[]): Promise<{ client: string, contacts: string[] }[]> {
    return this.#transaction(async (w) => {
      const items = clients.map((client): WriteItem => ({ op: 'create', input: clientInput(this.company, client, this.written), history: { createdAt: client.enteredAt } }))
      const ids = await createItems(w, 'client', items)
      const people = clients.flatMap((client, i) => client.contacts.map((contact, at) => ({ at: i, client, input: contactInput(contact, client, ids[i]!, at === 0, this.written) })))
      const contacts = await createItems(w, 'contact', people.map(({ client, input }) => ({ op: 'create', input, history: { createdAt: client.enteredAt } })))
      return clients.map((_, i) => ({ client: ids[i]!, contacts: contacts.filter((__, at) => people[at]!.at === i) }))
    })
  }

  #writeOrders(entries: readonly { order: DemoOrder, client: DemoClient, ids: { client: string, contacts: string[] } }[]): Promise<void> {
    return this.#transaction(async (w) => {
      const ids = await createItems(w, 'order', entries.map(({ order, client, ids: of }) => {
        const last = order.stages.at(-1)!
        return {
          op: 'create', input: orderInput(this.company, order, client, of, this.written),
          history: { createdAt: order.createdAt, stageEnteredAt: last.at, ...(last.stage === 'won' || last.stage === 'lost' ? { closedAt: last.at } : {}) },
        }
      }))
      await writeVisits(w, entries.map(({ order }, i) => ({
        order: ids[i]!, by: this.written.users[order.owner]!, stages: order.stages.map(({ stage, at }) => ({ id: this.written.stages.get(stage)!, at })),
      })))
      if (!w.generation.model.objects.has('task')) return
      const { entries: told, tasks } = workOn(this.company.locale, w.now, entries.map(({ order }, i) => ({ order, id: ids[i]! })), this.written)
      await createItems(w, 'timelineEntry', told.map(({ input, at }) => ({ op: 'create', input, history: { createdAt: at } })))
      await create(w, 'task', tasks)
    })
  }
}

const create = (w: Writing, object: string, inputs: Record<string, unknown>[]): Promise<string[]> =>
  createItems(w, object, inputs.map((input) => ({ op: 'create', input })))

/** Everything must be written: the demo company is ours, so a refusal is a mistake of ours. */
async function createItems(w: Writing, object: string, items: WriteItem[]): Promise<string[]> {
  const results = await writeRecords(w, objectOf(w.generation.model, object), items)
  return results.map((result) => {
    if (!result.ok) throw result.error
    return result.id
  })
}
