import { NotAllowedError, type Actor, type Company, type Contract, type ExternalRefs, type LiveInterest, type Locale, type Log, type PluginContext, type PluginDefinition, type PluginFiles, type Provider, type Records } from '@kartotek/sdk'
import type { Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import type { JobLease } from '../jobs/index.ts'
import type { Jobs } from '../jobs/index.ts'
import type { Settings } from '../settings/index.ts'
import { writeAccessLog } from '../accounts/access-log.ts'
import { notify } from '../notifications/notify.ts'
import { writeEvents } from '../events/index.ts'
import type { Database } from '../database/index.ts'
import { Batches } from './batches.ts'
import { blackened, blackenedText } from './log/blacken.ts'
import { liveEvents, type Subscribe } from './live-events.ts'
import { checkEvent, eventName } from './plugin-events.ts'
import { ID } from './names.ts'
import type { OutboundFetch } from './outbound-fetch.ts'
import type { PluginDatabases } from './tables/plugin-database.ts'

/** How a context was entered. All are optional: background code has no transaction, a request no lease. */
export interface ContextOptions {
  /** Fires when the handler's time is over or the process stops. Default: never. */
  signal?: AbortSignal
  /** The write transaction that the code runs in: its reads and jobs belong to it. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the database has no static type, see Database
  trx?: Kysely<any>
  /** The claim of the job that runs: writes check it first. */
  lease?: JobLease
  /** The person whose action led here, where `actor` is the plugin itself. */
  onBehalfOf?: string | null
  /** What the resolvers of one request ask for together. Default: this context by itself. */
  batches?: Batches
  /** Settings that a plugin is given in place of those that are kept; those of others stay as they are. */
  tried?: { plugin: string, values: Readonly<Record<string, unknown>>, secrets: readonly string[] }
}

/** Makes the reader and writer of records for a context; the records engine provides it. */
export type RecordsFactory = (actor: Actor, plugin: string, options: ContextOptions) => Records

/** Those who keep a contract, with the rights of `actor`. */
export type ProvidersOf = <Service extends object>(contract: Contract<Service>, actor: Actor, options: ContextOptions) => Provider<Service>[]

/** What contexts reach in the core beside records. */
export interface Surroundings {
  company: Company
  /** Whether roles give the actor a capability. */
  can(actor: Actor, capability: string): boolean
  subscribe: Subscribe
  externalRefs(actor: Actor, plugin: string, options: ContextOptions): ExternalRefs
  files(actor: Actor): PluginFiles
}

export interface ContextDeps { db: Database, jobs: Jobs, settings: Settings, log: Log, records: RecordsFactory, publicUrl?: () => string, tables: PluginDatabases, providers: ProvidersOf, fetch: OutboundFetch, surroundings: Surroundings }

const NEVER = new AbortController().signal
const FETCH_MS = 30_000

/** The context that a handler of `plugin` receives, with the rights of `actor`. */
export function makeContext(plugin: PluginDefinition, actor: Actor, deps: ContextDeps, options: ContextOptions = {}): PluginContext {
  let records: Records | undefined
  let batches: Batches | undefined
  const tried = options.tried?.plugin === plugin.id ? options.tried : undefined
  const settings = (): Readonly<Record<string, unknown>> => tried?.values ?? (plugin.settings ? deps.settings.plugin(plugin.id) : {})
  const services = new Map<unknown, unknown>()
  const context: PluginContext = {
    plugin: plugin.id,
    actor,
    log: pluginLog(plugin, deps.log, deps.settings, tried?.secrets),
    get settings() { return settings() },
    get records() { return records ??= deps.records(actor, plugin.id, options) },
    can(permission) {
      if (!Object.hasOwn(plugin.permissions ?? {}, permission)) throw new Error(`The plugin ${plugin.id} has no permission "${permission}": declare it in "permissions".`)
      return actor.kind === 'system' || (actor.kind === 'plugin' && actor.id === plugin.id) || deps.surroundings.can(actor, `${plugin.id}.${permission}`)
    },
    require(permission) {
      const capability = `${plugin.id}.${permission}`
      if (!context.can(permission)) throw new NotAllowedError(`This needs the right "${capability}"; ask an administrator.`, { capability })
    },
    get mayConfigure() { return actor.kind === 'system' || (actor.kind === 'plugin' && actor.id === plugin.id) || deps.surroundings.can(actor, 'plugins.manage') },
    get externalRefs() { return deps.surroundings.externalRefs(actor, plugin.id, options) },
    get files() { return deps.surroundings.files(actor) },
    get publicUrl() { return deps.publicUrl?.() ?? '' },
    db: deps.tables.of(plugin),
    get<Service>(service: new (ctx: PluginContext) => Service) {
      if (!services.has(service)) services.set(service, new service(context))
      return services.get(service) as Service
    },
    load: (loader, key) => (batches ??= options.batches ?? new Batches()).load(loader, key, context),
    async asPlugin(reason, about) {
      if (!ID.test(reason) || reason.length > 60) throw new Error(`asPlugin takes a reason in kebab-case of at most 60 characters, and got ${JSON.stringify(reason)}.`)
      const onBehalfOf = options.onBehalfOf ?? actor.userId
      await writeAccessLog(deps.db, { kind: 'plugin_rights', userId: onBehalfOf, detail: { plugin: plugin.id, reason, ...about && { object: about.object, id: about.id } } })
      return makeContext(plugin, pluginActor(plugin, actor.locale), deps, { ...options, onBehalfOf, batches: undefined })
    },
    get company() { return deps.surroundings.company },
    live: (interest: LiveInterest) => liveEvents(deps.surroundings.subscribe, interest, options.signal ?? NEVER),
    fetch: (url, init) => deps.fetch(plugin, settings(), url, { ...init, signal: init?.signal ?? AbortSignal.any([AbortSignal.timeout(FETCH_MS), options.signal ?? NEVER]) }),
    signal: options.signal ?? NEVER,
    async enqueue(job, input, { key, startAfterSeconds } = {}) {
      await deps.jobs.enqueue(options.trx ?? null, plugin.id, job, input, { key, startAfterSeconds, onBehalfOf: options.onBehalfOf ?? actor.userId })
    },
    async emit(event, about, data) {
      const declared = Object.hasOwn(plugin.emits ?? {}, event) ? plugin.emits![event] : undefined
      if (!declared) throw new Error(`The plugin ${plugin.id} has no event "${event}": declare it in "emits".`)
      checkEvent(plugin, event, declared.data, data)
      await writeEvents(options.trx ?? deps.db.kysely, [{ name: eventName(plugin.id, event), object: about.object, recordId: about.id, changeSetId: uuidv7(), data: data ?? null }])
      if (!options.trx) deps.jobs.wake()
    },
    providers: (contract) => deps.providers(contract, actor, options),
    async notify(notices) {
      await notify(options.trx ?? deps.db.kysely, notices.map((notice) => ({ ...notice, key: `${plugin.id}:${notice.key}` })))
    },
  }
  return context
}

/** The actor of a plugin's own code: it has the rights that the plugin's `needs` name, and no more. */
export function pluginActor(plugin: PluginDefinition, locale: Locale): Actor {
  return {
    kind: 'plugin', id: plugin.id, userId: null, name: plugin.label?.en ?? plugin.id, locale, roleIds: [], teamIds: [], hasShares: false,
  }
}

/** A log that names the plugin and blackens its secret settings. */
function pluginLog(plugin: PluginDefinition, log: Log, settings: Settings, more: readonly string[] = []): Log {
  const write = (level: keyof Log) => (data: object | string, message?: string): void => {
    const secrets = [...plugin.settings ? settings.secretsOf(plugin.id) : [], ...more]
    if (typeof data === 'string') log[level]({ plugin: plugin.id }, blackenedText(data, secrets))
    else log[level]({ plugin: plugin.id, ...blackened(data, secrets) as object }, message === undefined ? undefined : blackenedText(message, secrets))
  }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}
