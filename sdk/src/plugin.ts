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

/** Structured log; the plugin's id is added to each line. */
export interface Log {
  debug(data: object | string, message?: string): void
  info(data: object | string, message?: string): void
  warn(data: object | string, message?: string): void
  error(data: object | string, message?: string): void
}

/** What every handler receives. Reads and writes carry the rights of `actor`. */
export interface PluginContext<Settings = Record<string, unknown>> {
  /** Id of the plugin or feature whose code runs. */
  readonly plugin: string
  readonly actor: Actor
  readonly log: Log
  readonly settings: Readonly<Settings>
  readonly records: Records
  /** Where others reach this server, without a slash at the end: `https://crm.example`. */
  readonly publicUrl: string
  /**
   * The one instance of a class of the plugin in this context, made when it is first asked for.
   *
   * @example
   * class CallService { ctx: PluginContext<Settings>; constructor(ctx: PluginContext<Settings>) { this.ctx = ctx } }
   * ctx.get(CallService).ingest(event)
   */
  get<Service>(service: new (ctx: PluginContext<Settings>) => Service): Service
  /**
   * Whether the actor has one of the plugin's own permissions (`permissions`). The plugin's own code has them all.
   *
   * @example
   * const buttons = ctx.can('spend') ? ['spend'] : []
   */
  can(permission: string): boolean
  /**
   * Refuses who has not this one of the plugin's own permissions.
   *
   * @example
   * Mutation: { loyaltySpend: (_, { input }, ctx) => { ctx.require('spend'); return spend(input, ctx) } }
   * @throws NotAllowedError
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
   */
  asPlugin(reason: string, about?: { object: string, id: string }): Promise<PluginContext<Settings>>
  readonly company: Company
  /**
   * Events as they come, until {@link signal} fires: for subscriptions. What the subscriber may see of the records is to be asked at
   * each event; `recordId` is null where many changed at once. Who is slow misses the oldest beyond 200.
   *
   * @example
   * Subscription: { loyaltyChanged: subscription({ subscribe: (_, __, ctx) => ctx.live({ object: 'client' }), resolve: (event) => event.recordId }) }
   */
  live(interest: LiveInterest): AsyncIterableIterator<LiveRecordEvent>
  /**
   * Calls another system, as the global `fetch` does: only hosts that `outbound` names, public ones by https, and those of networks that
   * the operator opened (`KARTOTEK_WEBHOOK_NETWORKS`) also by http. Redirects are not followed. Ends with {@link signal}, and after 30 s
   * unless the request brings a signal of its own.
   * @throws NotAllowedError for another host or a closed address; TypeError where nobody answers
   */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>
  /** Fires when the handler's time is over or the process stops. */
  readonly signal: AbortSignal
  /** Enqueues one of the plugin's own jobs; inside a write transaction it is enqueued with it. `key` makes it a singleton. */
  enqueue(job: string, input: Record<string, unknown>, options?: { key?: string, startAfterSeconds?: number }): Promise<void>
  /**
   * Says that one of the plugin's own events (`emits`) happened to a record, delivered after commit, at least once, to who listens to
   * `plugin.<id>.<name>`. Inside a write transaction it belongs to it.
   * @throws InputError where `data` do not fit the declared schema
   */
  emit(event: string, about: { object: string, id: string }, data?: unknown): Promise<void>
  /**
   * Those who keep a contract, in the order in which plugins start. They act with the rights of this context.
   *
   * @example
   * for (const { plugin, service } of ctx.providers(telephonyProvider)) …
   */
  providers<Service extends object>(contract: Contract<Service>): Provider<Service>[]
  /** Tells people something, each once for each key; keys of plugins do not meet. Inside a write transaction it is told with it. */
  notify(notices: readonly Notice[]): Promise<void>
}

/** One thing that happened to records, delivered after commit, at least once. */
export interface RecordEvent {
  /** Stable id, for idempotency. */
  id: string
  /** Of plugins `plugin.<id>.<name>`, the id in camelCase; of records `client.created`, `client.updated`, `client.stageChanged`, `client.archived`, `client.restored`, `client.trashed`, `client.shared` … */
  name: string
  object: string
  recordId: string
  changeSetId: string
  /** Keys of the fields that changed. */
  changed: string[]
  at: string
  /** What a plugin says with an event of its own, as its `emits` declares it. */
  data?: unknown
}

/** What is done when one of the events happened. */
export interface EventHandler<Settings = Record<string, unknown>> {
  /** Names the handler in logs, the retry list and the queue. */
  id: string
  run(events: RecordEvent[], ctx: PluginContext<Settings>): Promise<void> | void
}

/** A veto inside the write transaction: throw to refuse. Receives all records of one write at once. */
export interface Guard<Settings = Record<string, unknown>> {
  id: string
  /** The guard is aborted and the write refused after this time. Default 100. */
  budgetMs?: number
  run(records: GuardRecord[], ctx: PluginContext<Settings>): Promise<void> | void
}
/** One record of a write, before and after it. A new one has no `before`, one that goes no `after`. */
export interface GuardRecord {
  id: string
  before: RecordData | null
  after: RecordData | null
  /** Names of the lists inside the record (`lines`) that this write changes; absent where it changes none. */
  lists?: readonly string[]
}

/**
 * Fills read-only fields (`readOnly: true`) from the others before a record is written. Pure and fast: no reads, no waiting.
 * `parts` holds the lists that this write replaces (`{ lines: [...] }`); a list that the write does not touch is absent.
 */
export interface Computation {
  id: string
  run(records: ComputedRecord[]): void
}
/** One record that is about to be written. */
export interface ComputedRecord {
  /** Values in input shape by field key; assign to fill read-only fields. */
  values: Record<string, unknown>
  readonly isNew: boolean
  /** Keys of the fields that this write changes. */
  readonly changed: ReadonlySet<string>
  readonly parts: Record<string, ComputedRecord[]>
  /** Id of the person who writes; null for plugins and the system. For fields that keep who did it. */
  readonly by: string | null
  /** Notes a broken rule on a field (see {@link FieldProblem}); the record is then not written. */
  refuse(field: string, rule: string, params?: Record<string, unknown>): void
}

/** Work in the background, kept in the database until it is done: at least once, on one of all nodes. */
export interface JobDefinition<Input = Record<string, unknown>, Settings = Record<string, unknown>> {
  /** Schema of the input; see {@link s} and {@link job}. */
  input?: Schema<Input> | object
  /** Attempts in all before the job is dead and listed for a person. Default 5. */
  attempts?: number
  /** How the pauses between attempts go: `exponential` doubles them, up to an hour; `steady` keeps them as long as the first. Default `exponential`. */
  backoff?: 'exponential' | 'steady'
  /** Seconds before the second attempt, 1–3600. Default 2. */
  retrySeconds?: number
  /**
   * At most so many runs begin within any second, minute or hour, on all nodes together: for a foreign system that allows no more.
   * What is over it waits. `max` is 1–10,000.
   *
   * @example
   * rate: { per: 'minute', max: 60 }
   */
  rate?: { per: 'second' | 'minute' | 'hour', max: number }
  /** Runs at once per node. Default 1. */
  concurrency?: number
  /** Seconds before a run is aborted. Default 300. */
  timeoutSeconds?: number
  run(input: Input, ctx: PluginContext<Settings>): Promise<void> | void
}

/** Work that is done by the clock, on one of all nodes. */
export interface ScheduleDefinition<Settings = Record<string, unknown>> {
  id: string
  /** Five-field cron expression, in the company's time zone. */
  cron: string
  run(ctx: PluginContext<Settings>): Promise<void> | void
}

/** A program that runs as long as the node does: a connection that is held, a long poll. */
export interface WorkerDefinition<Settings = Record<string, unknown>> {
  /** kebab-case, unique within the plugin. */
  id: string
  /** `one` (default): on one of all nodes, and on another when that one dies or loses its database. `each`: on each node that works. */
  instances?: 'one' | 'each'
  /** Must end soon after `ctx.signal` fires. When it ends or throws before, it is started again after 1, 2, 4 … seconds, at most a minute. */
  run(ctx: PluginContext<Settings>): Promise<void>
}

/** The resolver of one field. What takes longer than 30 s is given up. */
// Parent and argument types are only known to the author's generated types, hence `any`.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Resolver<Settings = Record<string, unknown>> = (parent: any, args: any, ctx: PluginContext<Settings>) => unknown
/** Resolvers by type and field, the ordinary GraphQL shape; `ctx` is the third argument. */
export type Resolvers<Settings = Record<string, unknown>> = Record<string, Record<string, Resolver<Settings>>>

/** What the plugin adds to the API. */
export interface GraphqlContribution<Settings = Record<string, unknown>> {
  /** SDL; may `extend type Query`, `extend type Client`. Own types carry the plugin's prefix. */
  typeDefs: string
  resolvers: Resolvers<Settings>
}

/** A right of the plugin's own, which roles grant. */
export interface PermissionDefinition { label: Localized, help?: Localized, sensitive?: boolean }

/** All that a plugin or core feature adds, as one plain object that can be read without running anything of it. */
export interface PluginDefinition<Settings = Record<string, unknown>> {
  /** kebab-case, at most 40 characters; owns every name of the plugin. */
  id: string
  version: string
  /** `sdk`: range of SDK versions that it was written for. */
  compat?: { sdk?: string }
  dependsOn?: Record<string, { range: string, optional?: boolean }>
  label?: Localized
  /** Schema of the settings, with defaults, see {@link s}; any JSON Schema will do. Their type is that of `ctx.settings`. */
  settings?: Schema<Settings> | object
  /** Where {@link PluginContext.fetch} may call: `https://api.example.com`, `https://*.example.com`, or `{settings.baseUrl}` for the host that a setting names. */
  outbound?: string[]
  /** Capabilities that roles can grant, as `<id>.<name>`. */
  permissions?: Record<string, PermissionDefinition>
  /** What its background code may do with records: `{ client: ['read'] }`. Granted at install. */
  needs?: Record<string, ('read' | 'create' | 'update' | 'delete')[]>
  objects?: ObjectDefinition[]
  /** Fields added to objects of others, under `<id> { … }` in the API. */
  fields?: Record<string, FieldDefinition[]>
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
  // Inputs and the context of each are its own, hence `any`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  jobs?: Record<string, JobDefinition<any, any>>
  schedules?: ScheduleDefinition<Settings>[]
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
  stop?(ctx: PluginContext<Settings>): Promise<void> | void
}

/**
 * Declares a plugin; returns it unchanged, with its type checked. `ctx.settings` has the type of `settings` in every handler.
 *
 * @example
 * export default definePlugin({
 *   id: 'telephony', version: '1.0.0',
 *   settings: s.object({ ringSeconds: s.integer({ default: 25 }) }),
 *   schedules: [{ id: 'ring', cron: '0 * * * *', run: (ctx) => ring(ctx.settings.ringSeconds) }],
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
 * jobs: { fetchRecording: job({ input: s.object({ callId: s.id() }), run: (input, ctx) => fetchRecording(input.callId, ctx) }) }
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
 * Subscription: { loyaltyChanged: subscription({ subscribe: (_, __, ctx) => ctx.live({ object: 'client' }), resolve: (event) => event.recordId }) }
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
