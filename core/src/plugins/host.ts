import { DomainError, NotFoundError, UnavailableError } from '@kartotek/sdk'
import type {
  Actor, Contract, FieldDefinition, GraphqlContribution, GuardRecord, Log, ObjectDefinition, PermissionDefinition, PluginContext, PluginDefinition, Provider, Resolvers, SettingsCheck,
} from '@kartotek/sdk'
import type { Router } from 'express'
import type { GraphQLSchema } from 'graphql'
import { writeAccessLog } from '../accounts/access-log.ts'
import { StartError, type Database } from '../database/index.ts'
import { registerHandlers } from '../events/index.ts'
import type { Uploads } from '../import/uploads.ts'
import type { Jobs, Worker } from '../jobs/index.ts'
import type { Networks } from '../outbound/address.ts'
import type { Settings } from '../settings/index.ts'
import { Batches } from './batches.ts'
import type { BootRecord } from './boot-record.ts'
import { makeContext, pluginActor, type ContextOptions, type RecordsFactory, type Surroundings } from './context.ts'
import { Elections, type LongWorker, type WorkerState } from './elections.ts'
import type { PluginLog } from './log/plugin-log.ts'
import { isGuarded, runGuards } from './guards.ts'
import { invoke, invokeWithin } from './invoke.ts'
import type { Keeper } from './keepers.ts'
import { receiveWebhook } from './received.ts'
import { bindResolvers, featureResolvers, type RequestContext } from './resolvers.ts'
import { outboundFetch, type OutboundFetch } from './outbound-fetch.ts'
import { provided } from './provided.ts'
import { settingsCheckOf, tryOut, type SettingsVerdict } from './settings-check.ts'
import { pluginRouter, type RouteDeps } from './routes.ts'
import { webPartsRouter } from './web-router.ts'
import { extendWith, extendWithFeatures } from './sdl.ts'
import { RunNotice } from './packages/runs.ts'
import { lossOf, PluginError, type PluginState } from './state.ts'
import { migratePlugin } from './tables/migrate.ts'
import { PluginDatabases } from './tables/plugin-database.ts'
import { workersOf } from './workers.ts'

export interface HostDeps {
  db: Database
  jobs: Jobs
  settings: Settings
  log: Log
  /** Where entries of KARTOTEK_PLUGINS are looked for. Default: the working directory. */
  baseDir?: string
  /** Milliseconds that an import, a start or a check of settings may take. Default 10,000. */
  stepMs?: number
  /** A plugin that does not run is an error of the start. Default false. */
  strict?: boolean
  /** No code of plugins is loaded; what waits for them goes on waiting. Default false. */
  safeMode?: boolean
  /** Where packages that administrators upload are found. Default: none can be added. */
  uploads?: Pick<Uploads, 'find' | 'pathOf'>
  /** Where others reach this server. Default: nowhere. */
  publicUrl?: () => string
  /** Networks of one's own that plugins may call. Default: none. */
  networks?: Networks
  /** Milliseconds that code of a plugin may block the process before it is put in quarantine. Default: it is not watched. */
  watchdogMs?: number
  /** What plugins learn of the installation. Default: nothing of it can be asked. */
  surroundings?: Surroundings
}

/** What features and running plugins bring to the model, features first. The shape that `syncModel` takes. */
export interface ModelContributions { from: string, core: boolean, objects: ObjectDefinition[], fields: Record<string, FieldDefinition[]> }
export interface GraphqlPart extends GraphqlContribution { from: string, core: boolean }

const SET_UP_MS = 2_000

/** For a host without the rest of the core. */
const NOWHERE = new Proxy({} as Surroundings, { get(_, key) { throw new Error(`This host has no ${String(key)}.`) } })

/** The features and plugins of this process. Made by `hostPlugins`. */
export class PluginHost {
  readonly #features: readonly PluginDefinition[]
  readonly #records: readonly BootRecord[]
  readonly #deps: HostDeps
  readonly #unguard: () => Promise<void>
  readonly #tables: PluginDatabases
  readonly #fetch: OutboundFetch
  #recordsOf: RecordsFactory | null = null
  readonly #ends = new AbortController()
  #elections: Elections | null = null
  readonly #runs: RunNotice
  readonly #notes: PluginLog

  constructor(features: readonly PluginDefinition[], records: readonly BootRecord[], deps: HostDeps, notes: PluginLog, unguard: () => Promise<void>) {
    this.#notes = notes
    this.#unguard = unguard
    this.#features = features
    this.#records = records
    this.#deps = deps
    this.#runs = new RunNotice(deps.db.kysely, deps.log)
    this.#tables = new PluginDatabases(deps.db, deps.log)
    this.#fetch = outboundFetch(deps.networks ?? [])
  }

  /** Features and plugins that are, or still may be, running; each after what it depends on. */
  get active(): PluginDefinition[] {
    return [...this.#features, ...this.#records.filter((r) => r.alive).map((r) => r.plugin)]
  }

  /** The states of all listed plugins. */
  get states(): PluginState[] {
    return this.#records.map((r) => r.state)
  }

  /** Those that do not run, with the cause: for the log and for administrators. */
  get problems(): string[] {
    return this.#records.filter((r) => r.problem).map(({ state: s }) => `${s.id} is ${s.state} at "${s.step}": ${s.cause}`)
  }

  /** The same for `/health`, which anybody may read: without causes and paths. */
  get health(): string[] {
    return this.#records.filter((r) => r.problem).map(({ state: s }) => (s.version === null
      ? 'A plugin could not be loaded; administrators see why.'
      : `The plugin ${s.id} is ${s.state}; administrators see why.`))
  }

  get model(): ModelContributions[] {
    return this.active.map((p) => ({ from: p.id, core: this.#isCore(p), objects: p.objects ?? [], fields: p.fields ?? {} }))
  }

  get graphql(): GraphqlPart[] {
    return this.active.flatMap((p) => (p.graphql ? [{ from: p.id, core: this.#isCore(p), ...p.graphql }] : []))
  }

  /** Capabilities that roles can grant, as `<id>.<name>`. */
  get permissions(): ({ capability: string } & PermissionDefinition)[] {
    return this.active.flatMap((p) => Object.entries(p.permissions ?? {}).map(([name, d]) => ({ capability: `${p.id}.${name}`, ...d })))
  }

  /** The rights of a plugin's own code. */
  needs(plugin: string): NonNullable<PluginDefinition['needs']> {
    return this.active.find((p) => p.id === plugin)?.needs ?? {}
  }

  /** Stops a plugin for a reason that another part of the core found, and all that depend on it. */
  fail(plugin: string, step: PluginState['step'], cause: unknown): void {
    this.#records.find((r) => r.state.id === plugin && r.alive)?.fail(step, cause)
    this.#failDependants()
  }

  /** The step `tables migrated`, when the model is there: the plugins' own tables may refer to records. */
  async migrate(): Promise<void> {
    for (const record of this.#records) {
      await record.step('tables migrated', () => {
        this.#refuseLostDependency(record)
        if (record.plugin.tables) return migratePlugin(this.#deps.db, record.state.id, record.plugin.tables.migrations)
      })
    }
  }

  /**
   * The step `schema composed`: puts the SDL of features and plugins onto the schema of the model. A plugin whose SDL does
   * not fit fails by itself, and {@link graphql} is without it afterwards. Later generations may call it again.
   * @throws PluginError where a feature does not fit
   */
  compose(base: () => GraphQLSchema): void {
    const alive = this.#records.filter((r) => r.alive)
    // Features alone are put together when the first request asks for its schema.
    let schema = alive.some((r) => r.plugin.graphql) ? extendWithFeatures(base(), this.#features) : null
    for (const record of alive) {
      const began = performance.now()
      try {
        if (schema && record.plugin.graphql) schema = extendWith(schema, record.plugin)
        if (record.state.state === 'starting') record.state.step = 'schema composed'
      } catch (error) {
        record.fail('schema composed', error)
        this.#failDependants()
      }
      record.state.timings.push({ step: 'schema composed', ms: Math.round((performance.now() - began) * 10) / 10 })
    }
  }

  /**
   * Gives the contexts their way to records. From here on guards and resolvers work and jobs can be enqueued: enough for a
   * command that writes records and leaves the rest to the server.
   */
  useRecords(records: RecordsFactory): void {
    this.#recordsOf = records
    for (const plugin of this.active) this.#deps.jobs.register(this.#watched(plugin, workersOf(plugin, this.#deps.db, (p, options) => this.contextFor(p, undefined, options))))
  }

  /**
   * The step `started`, after {@link useRecords}: makes the queues, starts features and plugins, registers handlers of
   * events and runs jobs. A feature that does not start is an error, a plugin becomes `failed`.
   */
  async start(): Promise<void> {
    const { jobs, strict } = this.#deps
    await jobs.prepare()
    for (const feature of this.#features) await this.#enter(feature, 'start')
    for (const record of this.#records) {
      await record.step('started', () => {
        this.#refuseLostDependency(record)
        return this.#enter(record.plugin, 'start')
      })
      if (record.alive) record.state.state = 'running'
    }
    const active = new Set(this.active.map((p) => p.id))
    for (const { state } of this.#records) if (!active.has(state.id)) jobs.unregister(state.id)
    await this.#registerHandlers()
    await jobs.start()
    if (jobs.works) this.#startWorkers()
    await this.#runs.begin(this.states)
    // Why it is in quarantine was written when it got there.
    for (const { problem, state } of this.#records) if (problem && state.state !== 'quarantined' && state.state !== 'skipped') this.#notes.note(state.id, 'start', state.step, problem)
    await this.#notes.flush()
    if (strict && this.problems.length) throw new StartError(`Not all plugins run: ${this.problems.join(' ')}`)
  }

  /** Background work of plugins tells what fails; that of the core has its own places. */
  #watched(plugin: PluginDefinition, workers: Worker[]): Worker[] {
    if (this.#isCore(plugin)) return workers
    return workers.map((worker) => ({ ...worker, failed: (error, gaveUp) => { this.#notes.note(plugin.id, worker.kind, worker.name, error, gaveUp) } }))
  }

  /** Code that answers somebody broke, or another system did not answer it. What it refuses on purpose is no error. */
  #broke(plugin: string, site: string, error: unknown): void {
    if (!(error instanceof DomainError) || error instanceof UnavailableError) this.#notes.note(plugin, 'code', site, error)
  }

  /** How the long workers of a plugin are on this node. */
  workersOf(plugin: string): WorkerState[] {
    return this.#elections?.statesOf(plugin) ?? []
  }

  #startWorkers(): void {
    const workers = this.active.flatMap((plugin) => (plugin.workers ?? []).map(({ id, instances = 'one', run }): LongWorker => ({
      plugin: plugin.id, id, instances,
      run: async (signal) => invoke({ plugin: plugin.id, site: `worker ${id}` }, () => run(this.contextFor(plugin, undefined, { signal }))),
    })))
    this.#elections = new Elections(workers, { url: this.#deps.db.url, log: this.#deps.log, onBroke: ({ plugin, id }, cause) => { this.#notes.note(plugin, 'worker', id, cause) } })
    this.#elections.start()
  }

  /** Stops plugins, then features, in the reverse order. Jobs are stopped by whoever made them. */
  async stop(): Promise<void> {
    this.#ends.abort()
    await this.#elections?.stop()
    for (const plugin of this.active.reverse()) {
      await this.#enter(plugin, 'stop', 5000).catch((error: unknown) => this.#deps.log.warn({ err: error, plugin: plugin.id }, 'It did not stop well.'))
    }
    for (const { state } of this.#records) if (state.state === 'running') state.state = 'stopped'
    await this.#notes.flush()
    await this.#tables.close()
    await this.#runs.end().catch((error: unknown) => this.#deps.log.warn({ err: error }, 'that the plugins end here could not be noted'))
    await this.#unguard()
  }

  /** The context in which code of a plugin acts for `actor`; without one, for itself. @throws Error before {@link useRecords} */
  contextFor(plugin: PluginDefinition | string, actor?: Actor, options: ContextOptions = {}): PluginContext {
    const definition = typeof plugin === 'string' ? this.active.find((p) => p.id === plugin) : plugin
    if (!definition) throw new PluginError(`The plugin ${String(plugin)} is not running.`)
    if (!this.#recordsOf) throw new Error('The host has no records yet: call useRecords first.')
    const { db, jobs, settings, log } = this.#deps
    return makeContext(definition, actor ?? this.#actorOf(definition), { db, jobs, settings, log, records: this.#recordsOf, publicUrl: this.#deps.publicUrl, tables: this.#tables, providers: (...of) => this.providers(...of), fetch: this.#fetch, surroundings: this.#deps.surroundings ?? NOWHERE }, options)
  }

  /** Those who keep a contract, with the rights of `actor`; in the order of start. */
  providers<Service extends object>(contract: Contract<Service>, actor: Actor, options: ContextOptions = {}): Provider<Service>[] {
    return this.keepers(contract).map((keeper) => ({ plugin: keeper.plugin, service: keeper.as(actor, options) }))
  }

  /** The same, with nothing made of theirs yet: for what must go on where one of them fails. */
  keepers<Service extends object>(contract: Contract<Service>): Keeper<Service>[] {
    return this.active.flatMap((plugin) => (plugin.provides ?? []).filter((provision) => provision.contract === contract.name).map((provision) => ({
      plugin: plugin.id, label: plugin.label, log: this.#deps.log,
      as: (actor, options = {}) => provided<Service>(plugin.id, provision, this.contextFor(plugin, actor, options)),
    })))
  }

  /** Whether some plugin may refuse the action (`client.update`). */
  isGuarded(action: string): boolean {
    return isGuarded(this.active, action)
  }

  /**
   * Asks all guards of the action, inside the write transaction, with the rights of the writer.
   * @throws what a guard throws; UnavailableError naming a guard that breaks or is late
   */
  async guard(action: string, records: GuardRecord[], actor: Actor, options: Omit<ContextOptions, 'signal'> = {}): Promise<void> {
    await runGuards(this.active, action, records, (plugin, signal) => this.contextFor(plugin, actor, { ...options, signal }), (...broken) => { this.#broke(...broken) })
  }

  /**
   * The resolvers of a part, entered under the plugin's name and with a context of its own. Those of a feature get the
   * request's context too.
   */
  resolversOf(part: GraphqlPart, contextOf: (request: RequestContext) => { actor: Actor } & ContextOptions): Resolvers {
    const plugin = this.active.find((p) => p.id === part.from)
    if (!plugin) return part.resolvers
    const asked = new WeakMap<RequestContext, Batches>()
    const own = (request: RequestContext): PluginContext => {
      const { actor, ...options } = contextOf(request)
      if (!asked.has(request)) asked.set(request, new Batches())
      return this.contextFor(plugin, actor, { ...options, batches: asked.get(request) })
    }
    return part.core ? featureResolvers(part.resolvers, own) : bindResolvers(plugin.id, part.resolvers, own, (site, error) => { this.#broke(plugin.id, site, error) })
  }

  /** The routes of the running plugins. Mount it at `/plugins`, after {@link start}. */
  router(deps: Pick<RouteDeps, 'authenticate' | 'sameOrigin' | 'publicUrl'>): Router {
    return pluginRouter({
      plugins: () => this.active,
      isAway: (id) => this.states.some((s) => s.id === id && (s.cause !== null || s.state === 'disabled')),
      ...deps,
      ends: this.#ends.signal,
      broke: (...broken) => { this.#broke(...broken) },
      receive: (plugin, hook, request, ctx) => receiveWebhook(plugin, hook, request, ctx, this.#deps),
      actorOf: (plugin) => this.#actorOf(plugin),
      contextOf: (plugin, actor, signal) => this.contextFor(plugin, actor, { signal }),
    })
  }

  /** The web parts of the running plugins. Mount it at `/plugins`, before {@link router}. */
  webRouter(deps: Pick<RouteDeps, 'authenticate' | 'sameOrigin'>): Router {
    const plugins = () => this.#records.filter((r) => r.state.state === 'running' && r.plugin.web).map((r) => ({ id: r.state.id, part: r.web, isQuiet: () => this.#isQuiet(r.plugin) }))
    return webPartsRouter({ plugins, log: this.#deps.log, broke: (plugin, problem) => { this.#notes.note(plugin, 'web', '', problem) }, ...deps })
  }

  /** Whether the plugin can try its settings out: while it runs, and while it waits for them. */
  checksSettings(id: string): boolean {
    return this.#checkOf(id) !== null
  }

  /** Tries settings of a plugin out that are not kept. @throws NotFoundError where it has no way to; InputError where they do not meet the schema */
  async trySettings(id: string, values: Record<string, unknown>, by: Actor): Promise<SettingsVerdict> {
    const found = this.#checkOf(id)
    if (!found) throw new NotFoundError(`The plugin ${id} does not run here, or cannot try its settings out.`, { plugin: id })
    return tryOut({ ...found, values, by }, {
      settings: this.#deps.settings, ms: this.#deps.stepMs ?? 10_000,
      contextFor: (plugin, actor, options) => this.contextFor(plugin, actor, options), broke: (error) => { this.#broke(id, 'check of settings', error) },
      note: (settings) => writeAccessLog(this.#deps.db, { kind: 'plugin_tried', userId: by.userId, detail: { plugin: id, settings } }),
    })
  }

  #checkOf(id: string): { plugin: PluginDefinition, check: SettingsCheck } | null {
    const record = this.#records.find(({ state }) => state.id === id && (state.state === 'running' || state.state === 'unconfigured'))
    const check = record && settingsCheckOf(record.plugin)
    return check ? { plugin: record.plugin, check } : null
  }

  /** What cannot say that it was set up is offered: better an empty page than none. */
  async #isQuiet(plugin: PluginDefinition): Promise<boolean> {
    if (!plugin.isSetUp) return false
    try {
      return !await invokeWithin({ plugin: plugin.id, site: 'isSetUp' }, SET_UP_MS, (signal) => plugin.isSetUp!(this.contextFor(plugin, undefined, { signal })))
    } catch (error) {
      this.#deps.log.warn({ err: error, plugin: plugin.id }, 'A plugin could not say whether it was set up.')
      return false
    }
  }

  async #enter(plugin: PluginDefinition, site: 'start' | 'stop', ms = this.#deps.stepMs ?? 10_000): Promise<void> {
    const run = plugin[site]
    if (run) await invokeWithin({ plugin: plugin.id, site }, ms, (signal) => run(this.contextFor(plugin, undefined, { signal })))
  }

  #actorOf(plugin: PluginDefinition): Actor {
    const { locale } = this.#deps.settings.company
    // Code of the core acts for the system: its rights are the core's.
    if (this.#isCore(plugin)) return { ...pluginActor(plugin, locale), kind: 'system', id: 'system' }
    return pluginActor(plugin, locale)
  }

  #isCore(plugin: PluginDefinition): boolean {
    return this.#features.includes(plugin)
  }

  #refuseLostDependency({ plugin }: BootRecord): void {
    for (const [id, { optional }] of Object.entries(plugin.dependsOn ?? {})) {
      const other = this.#records.find((r) => r.state.id === id)
      if (other && !other.alive && !optional) throw new PluginError(lossOf(other.state))
    }
  }

  /** Records are in the order of dependencies, so that one pass finds them all. */
  #failDependants(): void {
    for (const record of this.#records.filter((r) => r.alive)) {
      try {
        this.#refuseLostDependency(record)
      } catch (error) {
        record.fail('dependencies met', error)
      }
    }
  }

  async #registerHandlers(): Promise<void> {
    const entries = this.active.flatMap((p) => Object.entries(p.on ?? {}).map(([pattern, { id }]) => ({ plugin: p.id, handler: id, pattern })))
    // What happens while a plugin is disabled is not kept for it.
    const installed = [...this.#features.map((f) => f.id), ...this.states.filter((s) => s.state !== 'disabled').map((s) => s.id)]
    await registerHandlers(this.#deps.db, entries, this.#deps.jobs.works ? installed : null)
  }
}
