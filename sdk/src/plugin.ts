import type { AutomationAction } from './automation.ts'
import type { JobDefinition, ScheduleDefinition, WorkerDefinition } from './background.ts'
import type { PluginContext } from './context.ts'
import type { Provision } from './contract.ts'
import type { Computation, EventHandler, Guard } from './events.ts'
import type { IntakeChannel } from './intake.ts'
import type { Localized } from './locale.ts'
import type { NotificationChannel, NotificationKind } from './notification.ts'
import type { FieldDefinition, ObjectDefinition } from './object.ts'
import type { PersonalData } from './privacy.ts'
import type { RouteDefinition } from './route.ts'
import type { Schema } from './schema.ts'
import type { PluginTables } from './tables.ts'
import type { TimelineKind } from './timeline.ts'
import type { WebhookDefinition } from './webhook.ts'

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
