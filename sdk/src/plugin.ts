import type { Actor } from './actor.ts'
import type { AutomationAction } from './automation.ts'
import type { Company } from './company.ts'
import type { Contract, Provider, Provision } from './contract.ts'
import type { PluginFiles } from './documents.ts'
import type { ExternalRefs } from './external-refs.ts'
import type { IntakeChannel } from './intake.ts'
import type { LiveInterest, LiveRecordEvent } from './live.ts'
import type { Localized } from './locale.ts'
import type { Notice, NotificationChannel, NotificationKind } from './notification.ts'
import type { FieldDefinition, ObjectDefinition } from './object.ts'
import type { PersonalData } from './privacy.ts'
import type { RecordData, Records } from './records.ts'
import type { RouteDefinition } from './route.ts'
import type { Schema } from './schema.ts'
import type { PluginDatabase, PluginTables } from './tables.ts'
import type { TimelineKind } from './timeline.ts'
import type { WebhookDefinition } from './webhook.ts'

/**
 * Structured log; the plugin's id is added to each line, and its secret settings are blackened. `data` are values by name; a text in
 * its place is the message.
 *
 * @example
 * import type { PluginContext } from '@kartotek/sdk'
 *
 * export async function refresh(ctx: PluginContext): Promise<void> {
 *   const started = performance.now()
 *   const prices = await ctx.records.count('product')
 *   ctx.log.info({ prices, ms: Math.round(performance.now() - started) }, 'Prices were read.')
 *   if (!prices) ctx.log.warn('There are no products.')
 * }
 */
export interface Log {
  /** For who looks for a fault: seen only where the operator asks for it. */
  debug(data: object | string, message?: string): void
  /** What happened as it should. */
  info(data: object | string, message?: string): void
  /** What is not as it should be, and needs nobody now. */
  warn(data: object | string, message?: string): void
  /** What did not work, and somebody should look at; an error goes under `err`. */
  error(data: object | string, message?: string): void
}

/** What every handler that {@link definePlugin} declares receives. Reads and writes carry the rights of `actor`. */
export interface PluginContext<Settings = Record<string, unknown>> {
  /** Id of the plugin or feature whose code runs. */
  readonly plugin: string
  /**
   * Who acts: in resolvers, guards and routes for signed-in people the caller; in jobs, schedules, workers, handlers of events, webhooks and
   * public routes the plugin itself.
   *
   * @example
   * import type { PluginContext } from '@kartotek/sdk'
   *
   * // A note by hand has an author, one by the plugin has none.
   * export function authorOf(ctx: PluginContext): string {
   *   return ctx.actor.userId === null ? 'automatic' : ctx.actor.name
   * }
   */
  readonly actor: Actor
  /** Lines of the server's log, with the plugin's id. */
  readonly log: Log
  /** As they are at this moment, defaults filled in; secrets in clear. Empty where the plugin declares none. */
  readonly settings: Readonly<Settings>
  /** Reads and writes records with the rights of {@link PluginContext.actor}. */
  readonly records: Records
  /** Where others reach this server, without a slash at the end: `https://crm.example`. */
  readonly publicUrl: string
  /**
   * The one instance of a class of the plugin in this context, made when it is first asked for.
   *
   * @example
   * import { definePlugin, s, type Infer, type PluginContext } from '@kartotek/sdk'
   *
   * const settings = s.object({ perEuro: s.integer({ default: 1, min: 1 }) })
   *
   * class Points {
   *   readonly ctx: PluginContext<Infer<typeof settings>>
   *   constructor(ctx: PluginContext<Infer<typeof settings>>) { this.ctx = ctx }
   *   of(euros: number): number { return euros * this.ctx.settings.perEuro }
   * }
   *
   * export default definePlugin({
   *   id: 'euro-points', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
   *   graphql: {
   *     typeDefs: 'extend type Query { euroPointsFor(euros: Int!): Int! }',
   *     resolvers: { Query: { euroPointsFor: (_, { euros }: { euros: number }, ctx) => ctx.get(Points).of(euros) } },
   *   },
   * })
   */
  get<Service>(service: new (ctx: PluginContext<Settings>) => Service): Service
  /**
   * Whether the actor has one of the plugin's own permissions (`permissions`). The plugin's own code has them all.
   * @param permission without the id of the plugin: `spend`
   * @throws Error for one that is not declared
   *
   * @example
   * import type { PluginContext } from '@kartotek/sdk'
   *
   * export const buttons = (ctx: PluginContext): string[] => (ctx.can('spend') ? ['spend'] : [])
   */
  can(permission: string): boolean
  /**
   * Refuses who has not this one of the plugin's own permissions.
   * @throws NotAllowedError; Error for one that is not declared
   *
   * @example
   * import { definePlugin } from '@kartotek/sdk'
   *
   * export default definePlugin({
   *   id: 'gift-cards', version: '1.0.0', compat: { sdk: '^0.1' },
   *   permissions: { block: { label: { en: 'Block gift cards', fi: 'Lahjakorttien sulkeminen', ru: 'Блокировать подарочные карты', uk: 'Блокувати подарункові картки' }, sensitive: true } },
   *   fields: { client: [{ name: 'blocked', type: 'boolean', default: false, readOnly: true, label: { en: 'Gift card is blocked' } }] },
   *   needs: { client: ['read', 'update'] },
   *   graphql: {
   *     typeDefs: `extend type Mutation { "Needs the right gift-cards.block." giftCardsBlock(client: ID!): Boolean! }`,
   *     resolvers: {
   *       Mutation: {
   *         async giftCardsBlock(_, { client }: { client: string }, ctx) {
   *           ctx.require('block')
   *           const plugin = await ctx.asPlugin('block-gift-card', { object: 'client', id: client })
   *           await plugin.records.update('client', client, { giftCards: { blocked: true } })
   *           return true
   *         },
   *       },
   *     },
   *   },
   * })
   */
  require(permission: string): void
  /** Whether the actor may change the settings of the plugin: what is wrong with them is his to know. */
  readonly mayConfigure: boolean
  /** Which record is which thing in another system. */
  readonly externalRefs: ExternalRefs
  /** Files on the cards and timelines of records. */
  readonly files: PluginFiles
  /** The plugin's own tables. @throws Error where the plugin has none (`tables`) */
  readonly db: PluginDatabase
  /**
   * The same context with the plugin's own rights (`needs`) in place of the caller's: for what a person may set off and not do
   * himself. Each call is kept in the access log with its reason and who set it off, before anything is done; what is written then
   * is the plugin's, on behalf of that person.
   * @param reason kebab-case, at most 60 characters: `reserve-stock`
   * @param about the record that it is done for, named in the log
   * @throws Error for a reason that is written otherwise
   *
   * @example
   * import { NotFoundError, type PluginContext } from '@kartotek/sdk'
   *
   * // Who sees an order may ask for its goods, though he may not write to the stock.
   * export async function reserve(order: string, ctx: PluginContext): Promise<void> {
   *   if (!await ctx.records.get('order', order, ['number'])) throw new NotFoundError('There is no such order.')
   *   const stock = await ctx.asPlugin('reserve-stock', { object: 'order', id: order })
   *   await stock.enqueue('reserve', { order }, { key: order })
   * }
   */
  asPlugin(reason: string, about?: { object: string, id: string }): Promise<PluginContext<Settings>>
  /** How the company writes numbers, when it works, who leads whom. */
  readonly company: Company
  /**
   * Events as they come, until {@link signal} fires: for subscriptions. What the subscriber may see of the records is to be asked at
   * each event; `recordId` is null where many changed at once. Who is slow misses the oldest beyond 200.
   *
   * @example
   * import type { PluginContext } from '@kartotek/sdk'
   *
   * // A route that goes on: names of clients as they change, for a screen in the office.
   * export async function* names(ctx: PluginContext): AsyncIterable<string> {
   *   for await (const { recordId } of ctx.live({ object: 'client', names: ['client.created', 'client.updated'] })) {
   *     const client = recordId && await ctx.records.get('client', recordId, ['name'])
   *     if (client) yield `${String(client.name)}\n`
   *   }
   * }
   */
  live(interest: LiveInterest): AsyncIterableIterator<LiveRecordEvent>
  /**
   * Calls another system, as the global `fetch` does: only hosts that `outbound` names, public ones by https, and those of networks that
   * the operator opened (`KARTOTEK_WEBHOOK_NETWORKS`) also by http. Redirects are not followed. Ends with {@link signal}, and after 30 s
   * unless the request brings a signal of its own.
   * @throws NotAllowedError for another host or a closed address; TypeError where nobody answers
   *
   * @example
   * import { definePlugin, s, UnavailableError } from '@kartotek/sdk'
   *
   * // The rate of the day, each morning, from an address that the administrator gives.
   * const settings = s.object({ url: s.url(), key: s.secret() })
   *
   * export default definePlugin({
   *   id: 'day-rate', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
   *   outbound: ['{settings.url}'],
   *   tables: { onUninstall: 'drop', migrations: [{ id: '0001-rates', sql: 'create table rate (day date primary key, usd numeric not null)' }] },
   *   schedules: [{
   *     id: 'fetch', cron: '15 7 * * 1-5',
   *     async run(ctx) {
   *       const answer = await ctx.fetch(ctx.settings.url, { headers: { authorization: `Bearer ${ctx.settings.key}` } })
   *       if (!answer.ok) throw new UnavailableError(`The bank answered ${answer.status}.`)
   *       const { usd } = await answer.json() as { usd: number }
   *       await ctx.db.query('insert into rate (day, usd) values (current_date, $1) on conflict (day) do update set usd = excluded.usd', [usd])
   *     },
   *   }],
   * })
   */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>
  /** Fires when the handler's time is over or the process stops. */
  readonly signal: AbortSignal
  /**
   * Enqueues one of the plugin's own jobs; inside a write transaction it is enqueued with it.
   * @param job its name in `jobs`
   * @param options `key`: of one key at most one waits and one runs, on all nodes together; a second that would wait is dropped. `startAfterSeconds`: not before; default 0
   * @throws InputError where the input does not fit the schema of the job
   *
   * @example
   * import { definePlugin, job, s } from '@kartotek/sdk'
   *
   * // Events come at least once: the handler only enqueues, under a key; the job looks whether its work is done.
   * export default definePlugin({
   *   id: 'welcome', version: '1.0.0', compat: { sdk: '^0.1' },
   *   needs: { client: ['read'], task: ['read', 'create'] },
   *   on: { 'client.created': { id: 'welcome', run: async (events, ctx) => { for (const { recordId } of events) await ctx.enqueue('call', { client: recordId }, { key: recordId, startAfterSeconds: 3600 }) } } },
   *   jobs: {
   *     call: job({
   *       input: s.object({ client: s.id() }),
   *       async run({ client }, ctx) {
   *         const subject = { object: 'client', id: client }
   *         if (await ctx.records.count('task', { filter: { subject: { id: { eq: client } }, title: { eq: 'Say welcome' } } })) return
   *         await ctx.records.create('task', { title: 'Say welcome', kind: 'call', subject })
   *       },
   *     }),
   *   },
   * })
   */
  enqueue(job: string, input: Record<string, unknown>, options?: { key?: string, startAfterSeconds?: number }): Promise<void>
  /**
   * Says that one of the plugin's own events (`emits`) happened to a record, delivered after commit, at least once, to who listens to
   * `plugin.<id>.<name>`. Inside a write transaction it belongs to it.
   * @param event its name in `emits`
   * @throws InputError where `data` do not fit the declared schema; Error for an event that is not declared
   *
   * @example
   * // Rules of automation and webhooks may begin with «a card was stamped ten times».
   * import { definePlugin, job, s } from '@kartotek/sdk'
   *
   * export default definePlugin({
   *   id: 'ten-stamps', version: '1.0.0', compat: { sdk: '^0.1' },
   *   needs: { client: ['read'] },
   *   emits: { full: { label: { en: 'A stamp card is full', fi: 'Leimakortti on täynnä', ru: 'Карта заполнена', uk: 'Картку заповнено' }, data: s.object({ stamps: s.integer() }) } },
   *   jobs: { count: job({ input: s.object({ client: s.id(), stamps: s.integer() }), async run({ client, stamps }, ctx) { if (stamps >= 10) await ctx.emit('full', { object: 'client', id: client }, { stamps }) } }) },
   *   on: { 'plugin.tenStamps.full': { id: 'thank', run: (events, ctx) => ctx.log.info({ cards: events.length }, 'Cards are full.') } },
   * })
   */
  emit(event: string, about: { object: string, id: string }, data?: unknown): Promise<void>
  /**
   * Those who keep a contract, in the order in which plugins start. They act with the rights of this context.
   *
   * @example
   * import type { PluginContext } from '@kartotek/sdk'
   * import { telephonyProvider } from '@kartotek/sdk/contracts'
   *
   * export const exchanges = (ctx: PluginContext): string[] =>
   *   ctx.providers(telephonyProvider).filter(({ service }) => service.ready).map(({ service }) => service.key)
   */
  providers<Service extends object>(contract: Contract<Service>): Provider<Service>[]
  /**
   * Tells people something, each once for each key; keys of plugins do not meet. Inside a write transaction it is told with it.
   *
   * @example
   * import { definePlugin } from '@kartotek/sdk'
   *
   * // The owner hears that his order is late: in the bell, and by e-mail unless he chose otherwise.
   * export default definePlugin({
   *   id: 'late-orders', version: '1.0.0', compat: { sdk: '^0.1' },
   *   needs: { order: ['read'], user: ['read'] },
   *   notificationKinds: [{
   *     key: 'late-orders-late', icon: 'alarm-clock', mail: true, label: { en: 'Orders that are late', fi: 'Myöhässä olevat tilaukset', ru: 'Просроченные заказы', uk: 'Прострочені замовлення' },
   *     title: { en: 'Order {number} is late', fi: 'Tilaus {number} on myöhässä', ru: 'Заказ {number} просрочен', uk: 'Замовлення {number} прострочено' },
   *   }],
   *   schedules: [{
   *     id: 'look', cron: '0 8 * * *',
   *     async run(ctx) {
   *       const today = new Date().toISOString().slice(0, 10)
   *       const { nodes } = await ctx.records.list('order', { filter: { dueOn: { lt: today } }, fields: ['number', 'owner'], first: 200 })
   *       await ctx.notify(nodes.flatMap(({ id, number, owner }) => (owner ? [{ key: `late:${id}`, to: [String(owner)], kind: 'late-orders-late', subject: { object: 'order', id }, params: { number: String(number) } }] : [])))
   *     },
   *   }],
   * })
   */
  notify(notices: readonly Notice[]): Promise<void>
}

/** One thing that happened to records, delivered to an {@link EventHandler} after commit, at least once. */
export interface RecordEvent {
  /** Stable id, for idempotency. */
  id: string
  /** Of plugins `plugin.<id>.<name>`, the id in camelCase; of records `client.created`, `client.updated`, `client.stageChanged`, `client.archived`, `client.restored`, `client.trashed`, `client.shared` … */
  name: string
  /** Name of the object: `client`. */
  object: string
  /** Of the record that it is about. It may be changed again, or gone, by the time of the handler. */
  recordId: string
  /** The same for all that one write changed; what «undo» takes back. */
  changeSetId: string
  /** Keys of the fields that changed, of a plugin's fields `<id>.<name>` with the id as it is; empty where the event is about none. */
  changed: string[]
  /** When it happened, ISO 8601 in UTC. */
  at: string
  /** What a plugin says with an event of its own, as its `emits` declares it. */
  data?: unknown
}

/**
 * What is done when one of the events happened.
 *
 * @example
 * // Each new client with a tax number is looked up; delivery is at least once, so it only enqueues.
 * import { definePlugin, job, s, type EventHandler } from '@kartotek/sdk'
 *
 * const lookUp: EventHandler = {
 *   id: 'look-up',
 *   async run(events, ctx) {
 *     for (const { recordId, name, changed } of events) {
 *       if (name === 'client.created' || changed.includes('taxId')) await ctx.enqueue('lookUp', { client: recordId }, { key: recordId })
 *     }
 *   },
 * }
 *
 * export default definePlugin({
 *   id: 'register-look-up', version: '1.0.0', compat: { sdk: '^0.1' },
 *   needs: { client: ['read'] },
 *   on: { 'client.*': lookUp },
 *   jobs: { lookUp: job({ input: s.object({ client: s.id() }), async run({ client }, ctx) { ctx.log.info({ client, found: await ctx.records.get('client', client, ['taxId']) }, 'Looked up.') } }) },
 * })
 */
export interface EventHandler<Settings = Record<string, unknown>> {
  /** kebab-case, unique among the plugin's handlers. Names the handler in logs, the retry list and the queue. */
  id: string
  /** Gets one or more events that its key in `on` matches, in the order in which they happened. Within 120 s; what throws is tried again, five times in all, with growing pauses. */
  run(events: RecordEvent[], ctx: PluginContext<Settings>): Promise<void> | void
}

/**
 * A veto inside the write transaction: throw a {@link DomainError} to refuse. Receives all records of one write at once; where it
 * refuses several, it is asked again for each alone. A guard that breaks or is late refuses, too.
 *
 * @example
 * // No order without a client goes beyond 1,000 of its currency.
 * import { definePlugin, InputError, type Guard } from '@kartotek/sdk'
 *
 * const known: Guard = {
 *   id: 'large-orders-have-clients', budgetMs: 50,
 *   run(records) {
 *     for (const { after } of records) {
 *       const total = after?.total as { amount: string } | null | undefined
 *       if (after && !after.client && Number(total?.amount ?? 0) > 1000) throw new InputError('Name the client of an order above 1,000.', [{ field: 'client', rule: 'required', message: 'Choose a client.' }])
 *     }
 *   },
 * }
 *
 * export default definePlugin({ id: 'large-orders', version: '1.0.0', compat: { sdk: '^0.1' }, guards: { 'order.create': known, 'order.update': { ...known, id: 'large-orders-keep-clients' } } })
 */
export interface Guard<Settings = Record<string, unknown>> {
  /** kebab-case, unique among the plugin's guards. Named to who is refused where the guard breaks. */
  id: string
  /** Milliseconds after which the guard is aborted and the write refused, up to 10,000. Default 100; above half of it the log says so. */
  budgetMs?: number
  /**
   * `ctx` has the rights of who writes and reads what the transaction sees; nothing can be written by it.
   * @throws DomainError to refuse, with the message that the writer reads
   */
  run(records: GuardRecord[], ctx: PluginContext<Settings>): Promise<void> | void
}
/** One record of a write, as a {@link Guard} gets it: before and after it. */
export interface GuardRecord {
  /** Of a new record, too. */
  id: string
  /** In the shape of the input; null for a new one. */
  before: RecordData | null
  /** The same after the write, not yet committed; null for one that goes to the trash. */
  after: RecordData | null
  /** Names of the lists inside the record (`lines`) that this write changes; absent where it changes none. */
  lists?: readonly string[]
}

/**
 * Fills read-only fields (`readOnly: true`) from the others before a record is written. Pure and fast: no reads, no waiting.
 *
 * @example
 * // The day by which an order is to be paid for, from the day of the order.
 * import { definePlugin } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'payment-terms', version: '1.0.0', compat: { sdk: '^0.1' },
 *   fields: {
 *     order: [
 *       { name: 'days', type: 'integer', default: 14, min: 0, max: 120, label: { en: 'Days to pay' } },
 *       { name: 'payBy', type: 'date', readOnly: true, filterable: true, label: { en: 'To be paid by' } },
 *     ],
 *   },
 *   compute: {
 *     order: {
 *       id: 'pay-by',
 *       run(orders) {
 *         for (const { values } of orders) {
 *           const day = typeof values.orderedOn === 'string' ? Date.parse(values.orderedOn) : NaN
 *           values['payment-terms.payBy'] = Number.isNaN(day) ? null : new Date(day + Number(values['payment-terms.days'] ?? 0) * 24 * 3600 * 1000).toISOString().slice(0, 10)
 *         }
 *       },
 *     },
 *   },
 * })
 */
export interface Computation {
  /** kebab-case. Names the computation in errors. */
  id: string
  /** Gets all records of a write at once, parts before their wholes. */
  run(records: ComputedRecord[]): void
}
/** One record that is about to be written, as a {@link Computation} gets it. */
export interface ComputedRecord {
  /** Values in input shape by field key, of a plugin's fields `<id>.<name>` with the id as it is; assign to fill read-only fields. */
  values: Record<string, unknown>
  /** Made by this write. */
  readonly isNew: boolean
  /** Keys of the fields that this write changes, written likewise. */
  readonly changed: ReadonlySet<string>
  /** The lists that this write replaces (`{ lines: [...] }`); a list that the write does not touch is absent. */
  readonly parts: Record<string, ComputedRecord[]>
  /** Id of the person who writes; null for plugins and the system. For fields that keep who did it. */
  readonly by: string | null
  /** Notes a broken rule on a field, with values for its message (see {@link FieldProblem}); the record is then not written. */
  refuse(field: string, rule: string, params?: Record<string, unknown>): void
}

/** Work in the background, kept in the database until it is done: at least once, on one of all nodes. Written by {@link job}. */
export interface JobDefinition<Input = Record<string, unknown>, Settings = Record<string, unknown>> {
  /** Schema of the input, checked when it is enqueued; see {@link s} and {@link job}. Default: anything. */
  input?: Schema<Input> | object
  /** Attempts in all before the job is dead and listed for a person, 1–50. Default 5. */
  attempts?: number
  /** How the pauses between attempts go: `exponential` doubles them, up to an hour; `steady` keeps them as long as the first. Default `exponential`. */
  backoff?: 'exponential' | 'steady'
  /** Seconds before the second attempt, 1–3600. Default 2. */
  retrySeconds?: number
  /**
   * At most so many runs begin within any second, minute or hour, on all nodes together: for a foreign system that allows no more.
   * What is over it waits. `max` is 1–10,000. Default: as fast as it goes.
   */
  rate?: { per: 'second' | 'minute' | 'hour', max: number }
  /** Runs at once per node, 1–100. Default 1. */
  concurrency?: number
  /** Seconds before a run is aborted, at most 86,000. Default 300. */
  timeoutSeconds?: number
  /** Does the work; `ctx` has the plugin's own rights, `ctx.signal` fires when the time is over. What throws is tried again. */
  run(input: Input, ctx: PluginContext<Settings>): Promise<void> | void
}

/**
 * Work that is done by the clock, on one of all nodes.
 *
 * @example
 * // Every quarter of an hour, what the carrier knows of parcels on their way; fifty at a time, as it asks for.
 * import { definePlugin, job, s } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'carrier-states', version: '1.0.0', compat: { sdk: '^0.1' },
 *   needs: { order: ['read'] },
 *   schedules: [{ id: 'ask', cron: '0,15,30,45 * * * *', run: (ctx) => ctx.enqueue('ask', {}, { key: 'ask' }) }],
 *   jobs: {
 *     ask: job({
 *       input: s.object({}), rate: { per: 'minute', max: 50 }, attempts: 3, backoff: 'steady', retrySeconds: 60,
 *       run: async (_, ctx) => ctx.log.info({ orders: await ctx.records.count('order') }, 'The carrier was asked.'),
 *     }),
 *   },
 * })
 */
export interface ScheduleDefinition<Settings = Record<string, unknown>> {
  /** kebab-case, unique within the plugin. */
  id: string
  /** Five-field cron expression, in the company's time zone: `0 3 * * *` is each night at three. */
  cron: string
  /** With the plugin's own rights, within 15 minutes; more belongs into a job that it enqueues. While one runs, the next one waits. */
  run(ctx: PluginContext<Settings>): Promise<void> | void
}

/**
 * A program that runs as long as the node does: a connection that is held, a long poll.
 *
 * @example
 * // A long poll of a messenger: one node holds it, and another one when that dies.
 * import { definePlugin, s } from '@kartotek/sdk'
 *
 * const settings = s.object({ token: s.secret() })
 *
 * export default definePlugin({
 *   id: 'long-poll', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
 *   outbound: ['https://poll.example.com'],
 *   workers: [{
 *     id: 'poll',
 *     async run(ctx) {
 *       while (!ctx.signal.aborted) {
 *         const answer = await ctx.fetch('https://poll.example.com/updates', { headers: { authorization: ctx.settings.token }, signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(60_000)]) })
 *         if (!answer.ok) throw new Error(`The service answered ${answer.status}.`)  // begun again after a pause
 *         ctx.log.debug({ updates: (await answer.json() as unknown[]).length })
 *       }
 *     },
 *   }],
 * })
 */
export interface WorkerDefinition<Settings = Record<string, unknown>> {
  /** kebab-case, unique within the plugin. */
  id: string
  /** `one` (default): on one of all nodes, and on another when that one dies or loses its database. `each`: on each node that works. */
  instances?: 'one' | 'each'
  /** Must end soon after `ctx.signal` fires. When it ends or throws before, it is started again after 1, 2, 4 … seconds, at most a minute. */
  run(ctx: PluginContext<Settings>): Promise<void>
}

/** The resolver of one field, as a {@link GraphqlContribution} has them. What takes longer than 30 s is given up. */
// Parent and argument types are only known to the author's generated types, hence `any`.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Resolver<Settings = Record<string, unknown>> = (parent: any, args: any, ctx: PluginContext<Settings>) => unknown
/** Resolvers by type and field, the ordinary GraphQL shape, for a {@link GraphqlContribution}; `ctx` is the third argument. */
export type Resolvers<Settings = Record<string, unknown>> = Record<string, Record<string, Resolver<Settings>>>

/**
 * What the plugin adds to the API.
 *
 * @example
 * // A query, a field on clients, and a mutation; types and fields carry the id of the plugin.
 * import { definePlugin, InputError, type GraphqlContribution } from '@kartotek/sdk'
 *
 * const graphql: GraphqlContribution = {
 *   typeDefs: `
 *     "How well a client is known."
 *     type ProfileScore { client: ID! percent: Int! }
 *     extend type Query { "Null for a client whom one may not see." profileScore(client: ID!): ProfileScore }
 *     extend type Mutation { "Takes notes of a client together; needs the right to change him." profileAddNote(client: ID!, text: String!): ID! }
 *   `,
 *   resolvers: {
 *     Query: {
 *       async profileScore(_, { client }: { client: string }, ctx) {
 *         const found = await ctx.records.get('client', client, ['name', 'taxId', 'industry', 'note'])
 *         return found && { client, percent: Math.round([found.name, found.taxId, found.industry, found.note].filter(Boolean).length * 25) }
 *       },
 *     },
 *     Mutation: {
 *       async profileAddNote(_, { client, text }: { client: string, text: string }, ctx) {
 *         if (!text.trim()) throw new InputError('Write something.', [{ field: 'text', rule: 'required', message: 'Write something.' }])
 *         const known = await ctx.records.get('client', client, ['note'])
 *         return (await ctx.records.update('client', client, { note: [known?.note, text].filter(Boolean).join('\n') })).id
 *       },
 *     },
 *   },
 * }
 *
 * export default definePlugin({ id: 'profile', version: '1.0.0', compat: { sdk: '^0.1' }, graphql })
 */
export interface GraphqlContribution<Settings = Record<string, unknown>> {
  /** SDL; may `extend type Query`, `extend type Client`. Own types carry the plugin's prefix. */
  typeDefs: string
  /** Of own types and of the fields that are added; what has none is read from the parent by its name. */
  resolvers: Resolvers<Settings>
}

/** A right of the plugin's own, which roles grant and {@link PluginContext.require} asks for. */
export interface PermissionDefinition {
  /** As administrators read it among the rights of a role: «Spend loyalty points». */
  label: Localized
  /** One sentence below it: what one may do then. Default: none. */
  help?: Localized
  /** Marked where an administrator reads what the plugin brings, before he adds it: it leads to what is secret or cannot be undone. Default false. */
  sensitive?: boolean
}

/** All that a plugin or core feature adds, as one plain object that can be read without running anything of it. Declared by {@link definePlugin}. */
export interface PluginDefinition<Settings = Record<string, unknown>> {
  /** kebab-case, at most 40 characters; owns every name of the plugin. */
  id: string
  /** By Semantic Versioning: `1.0.0`. */
  version: string
  /** `sdk`: range of SDK versions that it was written for, `^0.1`; another SDK does not load it. Default: any. */
  compat?: { sdk?: string }
  /** Other plugins by id, with the range of versions; they start before it, and without one it does not run, unless that is `optional`. Default: none. */
  dependsOn?: Record<string, { range: string, optional?: boolean }>
  /** What people call it. Default: the id. */
  label?: Localized
  /** Schema of the settings, with defaults, see {@link s}; any JSON Schema will do. Their type is that of `ctx.settings`. */
  settings?: Schema<Settings> | object
  /** Where {@link PluginContext.fetch} may call: `https://api.example.com`, `https://*.example.com`, or `{settings.baseUrl}` for the host that a setting names. */
  outbound?: string[]
  /** Capabilities that roles can grant, as `<id>.<name>`. Until one does, administrators alone have them. */
  permissions?: Record<string, PermissionDefinition>
  /** What its background code may do with records: `{ client: ['read'] }`. Granted at install. */
  needs?: Record<string, ('read' | 'create' | 'update' | 'delete')[]>
  /** Kinds of records of its own; its background code has all rights on them. */
  objects?: ObjectDefinition[]
  /** Fields added to objects of others, under `<id> { … }` in the API. */
  fields?: Record<string, FieldDefinition[]>
  /** Types, queries, mutations and subscriptions of its own. */
  graphql?: GraphqlContribution<Settings>
  /** Tables of its own, in a schema of its own. */
  tables?: PluginTables
  /** Handlers by event name; `*` matches within a segment: `client.*`. */
  on?: Record<string, EventHandler<Settings>>
  /** Its own events by name (camelCase), each with the schema of its data. */
  emits?: Record<string, { label: Localized, data?: Schema<unknown> | object }>
  /** Computations of read-only fields by object name. */
  compute?: Record<string, Computation>
  /** Vetoes by `object.action`: `client.create`, `client.update`, `client.delete`, `order.stage`. */
  guards?: Record<string, Guard<Settings>>
  /** Kinds of entries that it adds to timelines. Their own data are fields on `timelineEntry`. */
  timelineKinds?: TimelineKind[]
  /** What it can do when a rule of automation asks for it, as `<id>.<name>`. */
  automationActions?: Record<string, AutomationAction>
  /** Kinds of notifications that it adds. */
  notificationKinds?: NotificationKind[]
  /** Ways by which people can be told, besides the app and e-mail. */
  notificationChannels?: NotificationChannel[]
  /** Ways by which requests come in through it. */
  intakeChannels?: IntakeChannel[]
  /** What it holds on people beside records. */
  personalData?: PersonalData
  /** The contracts that it keeps; one of them several times where it has several of a kind (two messengers). */
  provides?: Provision[]
  /** Work in the background by name (camelCase), enqueued by {@link PluginContext.enqueue}. */
  // Inputs and the context of each are its own, hence `any`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  jobs?: Record<string, JobDefinition<any, any>>
  /** Work by the clock. */
  schedules?: ScheduleDefinition<Settings>[]
  /** Programs that run as long as a node does. */
  workers?: WorkerDefinition<Settings>[]
  /** Routes that answer while one waits, and webhooks that are stored and run as jobs. */
  // The input of each is its own, hence `any`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  http?: (RouteDefinition<Settings> | WebhookDefinition<any, Settings>)[]
  /**
   * Its web part: the built module in the package, `./web/dist/index.js`. Its whole folder is served to browsers, so it holds nothing
   * else; see `@kartotek/sdk/web` and `@kartotek/sdk/vite`.
   */
  web?: string
  /**
   * Whether somebody has set it up, for a plugin that runs without any settings. While it answers false the app offers nothing of the
   * web part (no links, commands, tabs, buttons, panels) but its pages among the settings; addresses of its pages go on opening. Asked
   * with the plugin's own rights when the app starts in a browser: quick, at most 2 s. Default: always.
   */
  isSetUp?(ctx: PluginContext<Settings>): Promise<boolean> | boolean
  /** Runs once per process when all else is in place. Must end within 10 s. */
  start?(ctx: PluginContext<Settings>): Promise<void> | void
  /** Runs when the process stops. Must end within 10 s. */
  stop?(ctx: PluginContext<Settings>): Promise<void> | void
}

/**
 * Declares a plugin; returns it unchanged, with its type checked. `ctx.settings` has the type of `settings` in every handler.
 *
 * @example
 * // The module of a plugin exports it by default.
 * import { definePlugin, job, s } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'birthdays', version: '1.0.0', compat: { sdk: '^0.1' },
 *   label: { en: 'Birthdays', fi: 'Syntymäpäivät', ru: 'Дни рождения', uk: 'Дні народження' },
 *   settings: s.object({ daysBefore: s.integer({ default: 3, min: 0, max: 30, title: { en: 'Days before' } }) }),
 *   needs: { contact: ['read'], task: ['create'] },
 *   schedules: [{ id: 'look', cron: '0 6 * * *', run: (ctx) => ctx.enqueue('look', { days: ctx.settings.daysBefore }, { key: 'look' }) }],
 *   jobs: {
 *     look: job({
 *       input: s.object({ days: s.integer() }),
 *       async run({ days }, ctx) {
 *         const day = new Date(Date.now() + days * 24 * 3600 * 1000).toISOString().slice(5, 10)
 *         const { nodes } = await ctx.records.list('contact', { filter: { birthday: { isNull: false } }, fields: ['name', 'birthday'], first: 200 })
 *         for (const { id, name, birthday } of nodes) {
 *           if (String(birthday).endsWith(day)) await ctx.records.create('task', { title: `Birthday of ${String(name)}`, subject: { object: 'contact', id } })
 *         }
 *       },
 *     }),
 *   },
 * })
 */
export function definePlugin<Settings = Record<string, unknown>>(plugin: PluginDefinition<Settings>): PluginDefinition {
  // The host gives each handler the settings of its own plugin.
  return plugin as unknown as PluginDefinition
}

/**
 * Declares a job whose input has the type of its schema.
 *
 * @example
 * // Orders go to the warehouse, at most sixty a minute on all nodes together, with growing pauses while it does not answer.
 * import { definePlugin, job, s } from '@kartotek/sdk'
 *
 * const settings = s.object({ warehouse: s.url(), key: s.secret() })
 *
 * export default definePlugin({
 *   id: 'warehouse', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
 *   needs: { order: ['read'] },
 *   outbound: ['{settings.warehouse}'],
 *   jobs: {
 *     send: job({
 *       input: s.object({ order: s.id() }),
 *       rate: { per: 'minute', max: 60 }, attempts: 10, timeoutSeconds: 30,
 *       async run({ order }, ctx) {
 *         const found = await ctx.records.get('order', order, ['number', 'total'])
 *         if (!found) return
 *         const answer = await ctx.fetch(`${String(ctx.settings.warehouse)}/orders`, { method: 'POST', body: JSON.stringify(found), headers: { 'idempotency-key': order } })
 *         if (!answer.ok) throw new Error(`The warehouse answered ${answer.status}.`)
 *       },
 *     }),
 *   },
 *   on: { 'order.stageChanged': { id: 'send', run: async (events, ctx) => { for (const { recordId } of events) await ctx.enqueue('send', { order: recordId }, { key: recordId }) } } },
 * })
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the plugin's settings are not known where this stands
export function job<Input, Settings = any>(definition: JobDefinition<Input, Settings> & { input: Schema<Input> }): JobDefinition<Input, Settings> {
  return definition
}

/**
 * Declares a field of `Subscription`.
 *
 * @param definition `subscribe` gives what happens, see {@link PluginContext.live}; `resolve` what is told of it, with the rights of who subscribed
 * @example
 * // Tells a board on the wall which order changed; who may not see that order hears nothing of it.
 * import { definePlugin, subscription, type LiveRecordEvent } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'wall-board', version: '1.0.0', compat: { sdk: '^0.1' },
 *   graphql: {
 *     typeDefs: 'extend type Subscription { "Number of an order that changed; null where one may not see it." wallBoardOrder: String }',
 *     resolvers: {
 *       Subscription: {
 *         wallBoardOrder: subscription<LiveRecordEvent>({
 *           subscribe: (_, __, ctx) => ctx.live({ object: 'order' }),
 *           async resolve({ recordId }, _, ctx) {
 *             const order = recordId && await ctx.records.get('order', recordId, ['number'])
 *             return order ? order.number : null
 *           },
 *         }),
 *       },
 *     },
 *   },
 * })
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the plugin's settings are not known where this stands
export function subscription<Event = any, Settings = any>(definition: {
  // Arguments are only known to the author's generated types.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  subscribe(parent: unknown, args: any, ctx: PluginContext<Settings>): AsyncIterable<Event> | Promise<AsyncIterable<Event>>
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  resolve(event: Event, args: any, ctx: PluginContext<Settings>): unknown
}): Resolver<Settings> {
  // The host takes the pair for what it is.
  return definition as unknown as Resolver<Settings>
}
