import { join } from 'node:path'
import type { Computation, Log, PluginDefinition } from '@kartotek/sdk'
import { accessFeature } from './access/access.feature.ts'
import { compileAccess } from './access/access.ts'
import { SYSTEM_CALLER } from './access/caller.ts'
import { requireWithinOwn } from './access/role-limits.ts'
import { bookkeepingFeature } from './bookkeeping/bookkeeping.feature.ts'
import { accountsFeature, createAccounts, recordUsers, type Accounts, type AccountsDeps } from './accounts/index.ts'
import { urlOf } from './accounts/deps.ts'
import { approvalsFeature } from './approvals/approvals.feature.ts'
import { automationFeature } from './automation/automation.feature.ts'
import { eventsIn, offersOf } from './automation/check.ts'
import { changesFeature } from './changes/changes.feature.ts'
import { contactKeysFeature } from './clients/contact-keys.feature.ts'
import { objectFeatures } from './core-features.ts'
import { migrate, type Database } from './database/index.ts'
import { documentsFeature } from './documents/documents.feature.ts'
import { duplicatesFeature, rulesOf, type DuplicatesDeps } from './duplicates/duplicates.feature.ts'
import { screenNew } from './duplicates/screen.ts'
import { exportFeature } from './export/export.feature.ts'
import { EventDispatcher, eventsFeature, LiveFeed, Wake } from './events/index.ts'
import { composeSchema } from './graphql/compose.ts'
import type { RequestContext } from './graphql/context.ts'
import { recordResolvers } from './graphql/record-resolvers.ts'
import { generateSdl } from './graphql/sdl.ts'
import { GraphqlApi } from './graphql/server.ts'
import { createUploads, importFeature } from './import/index.ts'
import { installModel } from './install.ts'
import { intakeFeature } from './intake/intake.feature.ts'
import { handoverFeature } from './handover/handover.feature.ts'
import { Jobs, jobsFeature } from './jobs/index.ts'
import { migrations } from './migrations.ts'
import type { CompanyRules } from './model/generation.ts'
import { LiveModel } from './model/live.ts'
import { filesFeature } from './files/files.feature.ts'
import { fieldUploads } from './files/field-uploads.ts'
import { endingsIn } from './files/content.ts'
import { Files } from './files/files.ts'
import { accountingExchange, documentTemplate, fileStorage, identityProvider } from '@kartotek/sdk/contracts'
import { diskStorage } from './files/disk-storage.ts'
import { makeStorages } from './files/storages.ts'
import type { EnqueueLong } from './model/long-change.ts'
import { modelFeature } from './model/model.feature.ts'
import { notificationsFeature } from './notifications/notifications.feature.ts'
import { pipelinesFeature } from './pipelines/pipelines.feature.ts'
import { pluginEntries } from './plugins/entries.ts'
import { finishRemovals } from './plugins/packages/install.ts'
import { hostPlugins, type PluginHost } from './plugins/index.ts'
import { invoke } from './plugins/invoke.ts'
import { surroundingsOf } from './plugins/surroundings.ts'
import type { PersonalFile } from './privacy/export.ts'
import { privacyFeature } from './privacy/privacy.feature.ts'
import type { Engine } from './records/engine.ts'
import { recordsFor } from './records/records.ts'
import { retypingFeature } from './retyping/retyping.feature.ts'
import { reportsFeature } from './reports/reports.feature.ts'
import { SecretBox, Settings, settingsFeature, type CompanySettings } from './settings/index.ts'
import { segmentsFeature } from './segments/segments.feature.ts'
import { tasksFeature } from './tasks/tasks.feature.ts'
import { timelineFeature } from './timeline/timeline.feature.ts'
import { trashFeature } from './trash/trash.feature.ts'
import { viewsFeature } from './views/views.feature.ts'
import { workingTimeFeature } from './working-time/working-time.feature.ts'
import { parseNetworks } from './outbound/address.ts'
import { loadEndpoints } from './webhooks/endpoint.ts'
import { tellOutside } from './webhooks/queue.ts'
import { webhooksFeature, type WebhooksDeps } from './webhooks/webhooks.feature.ts'

export interface KartotekOptions {
  db: Database
  log: Log
  secret: string
  /** Directory of uploaded files. */
  filesDir: string
  role?: 'all' | 'web' | 'worker'
  /** Entries of KARTOTEK_PLUGINS, or definitions in tests. */
  plugins?: readonly (string | PluginDefinition)[]
  /** Brings the plugins that come with Kartotek, too. Default false. */
  bundled?: boolean
  /** Directory where the packages of plugins that the database keeps are unpacked. Absent: they are not run. */
  pluginsDir?: string
  webhooks?: Pick<WebhooksDeps, 'networks' | 'send'>
  accounts: Omit<AccountsDeps, 'db' | 'log' | 'secret' | 'users'>
  /** No code of plugins is loaded. Default false. */
  safeMode?: boolean
  /** A plugin that does not run is an error of the start. Default false. */
  strict?: boolean
  /** Does background work now. False for command-line work beside a running server. Default true. */
  work?: boolean
}

/** All parts of a process, put together and not yet listening. */
export interface Kartotek {
  db: Database
  engine: Engine
  host: PluginHost
  settings: Settings
  jobs: Jobs
  accounts: Accounts
  api: GraphqlApi
  uploads: ReturnType<typeof createUploads>
  files: Files
  /** What plugins hold on a person beside records. */
  personalData(person: { object: string, id: string }): Promise<PersonalFile['plugins']>
  /** Runs plugins, jobs and the delivery of events. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Migrates the database, starts features and plugins up to their schema, and wires everything. */
export async function openKartotek(options: KartotekOptions): Promise<Kartotek> {
  const { db, log, role = 'all', work = true } = options
  await migrate(db, migrations)
  const box = new SecretBox(options.secret)
  const settings = new Settings(db, box)
  await settings.refresh()
  const wake = new Wake(db)
  const jobs = new Jobs(db, wake, { log, work: work && role !== 'web', timeZone: settings.company.timeZone })
  const feed = new LiveFeed(db, wake, { log })
  const dispatcher = new EventDispatcher(db, jobs, wake, { log })
  const recompute = (object: string): Promise<boolean> => jobs.enqueue(null, 'model', 'recompute', { object }, { key: `recompute:${object}` })
  let zone = settings.company.timeZone
  settings.onCompanyChange((company) => {
    // Texts are ordered by the alphabet of the company's language, and their indexes with them.
    Promise.all([jobs.setTimeZone(company.timeZone), jobs.enqueue(null, 'model', 'buildIndexes', {}, { key: 'indexes' })])
      .catch((error: Error) => log.warn({ err: error }, 'schedules and indexes of the new settings wait for the next start'))
    // Formulas say on which day a moment was.
    const counted = zone === company.timeZone ? [] : [...parts.live?.current.model.objects.values() ?? []].filter((object) => object.formulas.length)
    zone = company.timeZone
    Promise.all(counted.map((object) => recompute(object.name))).catch((error: Error) => log.error({ err: error }, 'formulas could not be worked out anew for the new time zone'))
  })

  // Features are made before the model that they bring; they reach the engine only when they run.
  const parts: { live?: LiveModel, host?: PluginHost } = {}
  const engine: Engine = {
    db: db.kysely,
    get live() { return parts.live! },
    guards: {
      has: (action) => parts.host!.isGuarded(action),
      run: (action, records, w) => parts.host!.guard(action, records, w.caller.actor, { trx: w.db }),
    },
    screen: (w, object, drafts) => screenNew(w, object, drafts, () => rulesOf(duplicates, w.db)),
    matchRules: (reader) => rulesOf(duplicates, reader),
    computations: new Map(),
    log,
    needsOf: (plugin) => parts.host!.needs(plugin),
    afterCommit: () => wake.afterCommit(),
  }
  const duplicates: DuplicatesDeps = { engine: () => engine, settings, home: () => companyRules(settings.company) }
  const accounts = createAccounts({
    ...options.accounts, db, log, secret: options.secret, users: recordUsers(engine, db),
    identityProviders: () => parts.host!.providers(identityProvider, SYSTEM_CALLER.actor),
    pluginCapabilities: () => parts.host!.permissions.map((p) => p.capability),
    refuseBeyond(ctx, roleIds) {
      for (const role of parts.live!.current.roles) if (roleIds.includes(role.id)) requireWithinOwn(ctx as RequestContext, role.rules)
    },
  })
  const uploads = createUploads({ db: db.kysely, dir: options.filesDir })
  const fileSettings = (): { maxMegabytes?: number, onlyTypes?: string, storage?: string } => parts.host!.contextFor('files', SYSTEM_CALLER.actor).settings
  const keepers = () => parts.host!.providers(fileStorage, SYSTEM_CALLER.actor)
  const files = new Files({ engine, uploads, maxBytes: () => (fileSettings().maxMegabytes ?? 100) * 1024 * 1024, onlyTypes: () => endingsIn(fileSettings().onlyTypes ?? ''),
    storages: makeStorages({ disk: diskStorage(join(options.filesDir, 'stored')), chosen: () => fileSettings().storage ?? '', provided: keepers }) })
  engine.files = fieldUploads(files)
  const rules = (): CompanyRules => companyRules(settings.company)
  const enqueueWebhook: WebhooksDeps['enqueue'] = (trx, webhook, afterSeconds) => jobs.enqueue(trx, 'webhooks', 'deliver', { webhook }, afterSeconds === undefined ? { key: webhook } : { key: `${webhook} later`, startAfterSeconds: afterSeconds })
  const enqueueLong: EnqueueLong = (trx, input, options) => jobs.enqueue(trx, 'model', 'writeFirst', input, options)
  const features = [
    ...objectFeatures(rules),
    contactKeysFeature({ engine: () => engine, home: rules, request: async () => { await jobs.enqueue(null, 'contact-keys', 'refresh', {}, { key: 'keys' }) } }),
    modelFeature({
      engine: () => engine,
      known: () => parts.host!.active.map((p) => p.id),
      requestIndexes: async () => { await jobs.enqueue(null, 'model', 'buildIndexes', {}, { key: 'indexes' }) },
      requestRecompute: async (object) => { await recompute(object) },
      goOn: async (startAfterSeconds) => { await jobs.enqueue(null, 'model', 'goOn', {}, { key: 'pending', startAfterSeconds }) },
      enqueueLong,
    }),
    pipelinesFeature({ enqueueLong }), approvalsFeature({ engine: () => engine }), changesFeature({ engine: () => engine, settings, enqueue: (trx, input, options) => jobs.enqueue(trx, 'changes', 'revert', input, options), permissions: () => parts.host!.permissions }),
    filesFeature({ files: () => files, storages: () => keepers().map(({ plugin }) => plugin) }),
    documentsFeature({ engine: () => engine, files: () => files, keepers: () => parts.host!.keepers(documentTemplate) }),
    bookkeepingFeature({ keepers: () => parts.host!.keepers(accountingExchange) }),
    timelineFeature({ kinds: () => parts.host!.active.flatMap((p) => p.timelineKinds ?? []) }), tasksFeature({ engine: () => engine, timeZone: () => settings.company.timeZone, publicUrl: () => urlOf(options.accounts.publicUrl) }),
    automationFeature({
      engine: () => engine,
      offers: () => offersOf(parts.host!.active),
      pluginEvents: () => eventsIn(parts.host!.active),
      outlets: () => loadEndpoints(engine.db), tellOutside: (w, ...about) => tellOutside(w.db, enqueueWebhook, ...about),
      enqueue: (trx, plugin, job, input, options) => jobs.enqueue(trx, plugin, job, input, options),
    }),
    notificationsFeature({
      engine: () => engine, publicUrl: () => urlOf(options.accounts.publicUrl), sendMail: () => accounts.sendMail,
      kinds: () => parts.host!.active.flatMap((p) => p.notificationKinds ?? []),
      channels: () => parts.host!.active.flatMap((p) => (p.notificationChannels ?? []).map((channel) => ({
        channel, send: async (batch) => invoke({ plugin: p.id, site: `channel ${channel.key}` }, () => channel.send(batch, parts.host!.contextFor(p))),
      }))),
      // One that waits for its time must not keep another from running at once.
      enqueue: async (afterSeconds) => { await jobs.enqueue(null, 'notifications', 'deliver', {}, afterSeconds === undefined ? { key: 'deliver' } : { key: 'later', startAfterSeconds: afterSeconds }) },
      keepDays: () => Number(parts.host!.contextFor('notifications', SYSTEM_CALLER.actor).settings.keepDays ?? 90),
    }),
    viewsFeature({ engine: () => engine }), segmentsFeature(),
    workingTimeFeature({ country: () => settings.company.country }),
    intakeFeature({ engine: () => engine, home: rules, country: () => settings.company.country, channels: () => parts.host!.active.flatMap((p) => p.intakeChannels ?? []) }),
    webhooksFeature({ ...options.webhooks, engine: () => engine, box, enqueue: enqueueWebhook }),
    privacyFeature({
      engine: () => engine, files: () => files, enqueue: (trx, job, input) => jobs.enqueue(trx, 'privacy', job, input),
      holders: () => parts.host!.active.filter((p) => p.personalData?.forget).map((p) => p.id),
      async forget(plugin, person, signal) {
        const ctx = parts.host!.contextFor(plugin, undefined, { signal })
        await parts.host!.active.find((p) => p.id === plugin)!.personalData?.forget?.(person, ctx)
      },
    }),
    reportsFeature(),
    accessFeature({ permissions: () => parts.host!.permissions }),
    accountsFeature(accounts), eventsFeature({ db }), jobsFeature({ db, jobs }), settingsFeature({ settings }), trashFeature({ engine: () => engine }),
    importFeature({ engine, uploads, enqueue: async (input, options) => { await jobs.enqueue(null, 'import', 'run', input, options) } }), exportFeature({ engine: () => engine }),
    duplicatesFeature(duplicates),
    handoverFeature({
      engine: () => engine, sendMail: () => accounts.sendMail, companyName: () => settings.company.name,
      enqueue: (trx, input, options) => jobs.enqueue(trx, 'handover', 'run', input, options),
      sendLetters: async (afterSeconds) => { await jobs.enqueue(null, 'handover', 'letters', {}, afterSeconds === undefined ? { key: 'letters' } : { key: 'letters later', startAfterSeconds: afterSeconds }) },
    }),
    retypingFeature({
      engine: () => engine,
      enqueue: async (input, options) => { await jobs.enqueue(null, 'retyping', 'run', input, options) },
      requestIndexes: async () => { await jobs.enqueue(null, 'model', 'buildIndexes', {}, { key: 'indexes' }) },
    }),
  ]
  if (work) await finishRemovals(db)
  const host = parts.host = await hostPlugins(features, await pluginEntries({ db, plugins: options.plugins ?? [], bundled: options.bundled ?? false, pluginsDir: options.pluginsDir }), { db, jobs, settings, log, uploads, publicUrl: () => urlOf(options.accounts.publicUrl), watchdogMs: 30_000, safeMode: options.safeMode, strict: options.strict, networks: parseNetworks(options.webhooks?.networks ?? ''), surroundings: surroundingsOf(() => engine, settings, rules, feed, () => files) })
  await installModel(db, host, rules().locale)
  await host.migrate()
  const live = parts.live = await LiveModel.open({
    db: db.kysely, known: new Set(host.active.map((p) => p.id)),
    company: async (trx) => companyRules(await settings.refresh(trx)),
  }, log)
  fillComputations(engine, host)
  host.useRecords((actor, _plugin, { lease, trx }) => recordsFor(engine, actor, { lease, trx, origin: actor.kind === 'plugin' ? 'plugin' : actor.kind === 'system' ? 'system' : 'api' }))
  host.compose(() => composeSchema(generateSdl(live.current.model, systemAccess(live)), [], recordResolvers(live.current.model)))

  const api = new GraphqlApi({
    engine, log, authenticate: accounts.authenticate,
    build: ({ model }, access) => composeSchema(generateSdl(model, access), host.graphql.map((part) => ({
      typeDefs: part.typeDefs, resolvers: host.resolversOf(part, (request) => {
        const { actor, signal } = request as RequestContext
        return { actor, signal }
      }),
    })), recordResolvers(model)),
    // What is generated of the model is the model's; each feature gets a context of its own over it.
    context: (caller) => ({ ...host.contextFor('model', caller.actor), subscribe: feed.subscribe.bind(feed) }),
  })
  return {
    db, engine, host, settings, jobs, accounts, api, uploads, files,
    async personalData(person) {
      const held: Record<string, unknown> = {}
      for (const plugin of host.active) {
        const data = await plugin.personalData?.export?.(person, host.contextFor(plugin))
        if (data !== undefined) held[plugin.id] = data
      }
      return held
    },
    async start() {
      await wake.start()
      await live.watch(db)
      await host.start()
      await jobs.enqueue(null, 'model', 'buildIndexes', {}, { key: 'indexes' })
      if (work && role !== 'web') dispatcher.start()
      if (role !== 'worker') await feed.start()
    },
    async close() {
      await dispatcher.stop()
      await feed.stop()
      await jobs.stop()
      await host.stop()
      await live.close()
      await wake.stop()
    },
  }
}

function companyRules(company: CompanySettings): CompanyRules {
  return { country: company.phoneCountry ?? company.country, areaCode: company.phoneAreaCode, currency: company.baseCurrency, timeZone: company.timeZone, locale: company.locale }
}

const systemAccess = (live: LiveModel): ReturnType<typeof compileAccess> => compileAccess(live.current.model, live.current.roles, SYSTEM_CALLER.actor)

function fillComputations(engine: Engine, host: PluginHost): void {
  const map = engine.computations as Map<string, Computation[]>
  for (const plugin of host.active) {
    for (const [object, computation] of Object.entries(plugin.compute ?? {})) map.set(object, [...map.get(object) ?? [], computation])
  }
}
