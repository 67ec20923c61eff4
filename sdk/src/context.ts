import type { Actor } from './actor.ts'
import type { Company } from './company.ts'
import type { Contract, Provider } from './contract.ts'
import type { PluginFiles } from './documents.ts'
import type { ExternalRefs } from './external-refs.ts'
import type { Loader } from './loader.ts'
import type { LiveInterest, LiveRecordEvent } from './live.ts'
import type { Notice } from './notification.ts'
import type { Records } from './records.ts'
import type { PluginDatabase } from './tables.ts'

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
   * What a {@link loader} has for this key, or null. Keys that are asked for at the same moment of one request are loaded together, each
   * once; nothing is kept afterwards, so that who asks again after a change hears of it.
   * @throws what the loader throws, for all keys that it was asked for
   *
   * @example
   * import { loader, type PluginContext } from '@kartotek/sdk'
   *
   * const names = loader<string, string>({
   *   async run(ids, ctx) {
   *     const { nodes } = await ctx.records.list('client', { filter: { id: { in: ids } }, fields: ['name'], first: 200 })
   *     return new Map(nodes.map(({ id, name }) => [id, String(name)]))
   *   },
   * })
   *
   * export const greetings = (clients: readonly string[], ctx: PluginContext): Promise<string[]> =>
   *   Promise.all(clients.map(async (id) => `Hello, ${await ctx.load(names, id) ?? 'stranger'}!`))
   */
  load<Key, Value>(by: Loader<Key, Value, Settings>, key: Key): Promise<Value | null>
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
