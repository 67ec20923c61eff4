import { InputError, type PluginDefinition } from '@kartotek/sdk'
import type { BootRecord } from './boot-record.ts'
import { discover } from './discovery.ts'
import { entryOf, type PluginEntry } from './entries.ts'
import { PluginHost, type HostDeps } from './host.ts'
import { PluginLog } from './log/plugin-log.ts'
import { manifestProblems } from './manifest.ts'
import { contributeModel, type KnownObjects } from './model-check.ts'
import { orderPlugins } from './order.ts'
import { disabledPlugins } from './packages/choice.ts'
import { pluginsFeature } from './plugins.feature.ts'
import { rememberPlugins, storedPlugins } from './plugin-store.ts'
import { guardProcess } from './rejections.ts'
import { lossOf, PluginError, UnconfiguredError, type PluginState } from './state.ts'
import { startWatchdog } from './watchdog.ts'

/**
 * Takes features and plugins through the steps of their start up to `model contributed`; `compose` and `start` of the host
 * are the rest. A plugin that misses a step stops there, with its dependants; the core goes on.
 *
 * @param features parts of the core, in their order. A mistake in one is an error of the start.
 * @param modules the plugins: entries, or those of KARTOTEK_PLUGINS (package names or paths), or plugins given by tests
 * @throws PluginError where a feature is unsound
 */
export async function hostPlugins(features: readonly PluginDefinition[], modules: readonly (string | PluginDefinition | PluginEntry)[], deps: HostDeps): Promise<PluginHost> {
  const all = [...features, pluginsFeature({ db: deps.db, uploads: deps.uploads, states: () => host.states, host: () => host })]
  const known: KnownObjects = new Map()
  checkFeatures(all)
  for (const feature of all) {
    if (feature.settings) deps.settings.define(feature.id, feature.settings, { ofCore: true })
    contributeFeature(feature, all, known)
  }

  const found: BootRecord[] = []
  const notes = new PluginLog(deps.db.kysely, deps.settings, deps.log)
  const unguard = modules.length ? guard(deps, new Set(all.map(({ id }) => id)), found, notes) : async () => undefined
  const versions = new Map(all.map((f) => [f.id, f.version]))
  await discover(modules.map((module) => (typeof module === 'object' && 'source' in module ? module : entryOf(module))), found, {
    baseDir: deps.baseDir ?? process.cwd(), stepMs: deps.stepMs ?? 10_000, log: deps.log, taken: new Set(versions.keys()), stored: await storedPlugins(deps.db), disabled: await disabledPlugins(deps.db.kysely), safeMode: deps.safeMode ?? false,
  })
  const { sorted, broken } = orderPlugins(
    found.filter((r) => r.alive).map((r) => r.plugin), versions,
    new Map(found.filter((r) => !r.alive).map((r) => [r.state.id, whyNot(r.state)])),
  )
  const place = new Map(sorted.map((plugin, i) => [plugin, i]))
  const records = found.sort((a, b) => at(a) - at(b))
  function at(record: (typeof found)[number]): number {
    return record.loaded ? place.get(record.plugin) ?? -1 : -1
  }
  for (const record of records) {
    await record.step('dependencies met', () => {
      const cause = broken.find((b) => b.plugin === record.plugin)?.cause ?? lostDependency(record.plugin)
      if (cause) throw new PluginError(cause)
    })
    await record.step('settings valid', () => checkSettings(record.plugin, deps))
    await record.step('model contributed', () => contributeModel(record.plugin, known))
  }
  function lostDependency(plugin: PluginDefinition): string | undefined {
    const lost = records.find((r) => !r.alive && plugin.dependsOn?.[r.state.id] && !plugin.dependsOn[r.state.id]!.optional)
    return lost && lossOf(lost.state)
  }
  await rememberPlugins(
    deps.db,
    records.filter((r) => r.loaded).map((r) => ({ source: r.source, plugin: r.state.id, version: r.state.version ?? '' })),
    deps.jobs.works ? records.map((r) => r.source) : null,
  )
  const host: PluginHost = new PluginHost(all, records, deps, notes, unguard)
  return host
}

const whyNot = ({ state, cause }: PluginState): string => cause ?? `it is ${state}.`

/** Guards against what a plugin's code can do to the process, from before the first one is loaded. */
function guard({ db, log, watchdogMs }: HostDeps, features: ReadonlySet<string>, records: BootRecord[], notes: PluginLog): () => Promise<void> {
  const endGuard = guardProcess({
    log,
    onFault: ({ plugin, site }, error) => {
      // While it is imported a plugin is known by its entry.
      const record = records.find((r) => r.state.id === plugin || r.source === plugin)
      if (record) record.state.faults++
      notes.note(record?.state.id ?? plugin, 'fault', site, error)
    },
  })
  const endWatch = watchdogMs ? startWatchdog({ databaseUrl: db.url, stuckMs: watchdogMs, log, isPlugin: (name) => !features.has(name) }) : async () => undefined
  return async () => {
    endGuard()
    await endWatch()
  }
}

function checkFeatures(features: readonly PluginDefinition[]): void {
  const seen = new Set<string>()
  for (const feature of features) {
    const problems = manifestProblems(feature, true)
    if (problems.length) throw new PluginError(`The feature "${feature.id}" is unsound: ${problems.join(' ')}`)
    if (seen.has(feature.id)) throw new PluginError(`Two features have the id "${feature.id}".`)
    seen.add(feature.id)
  }
}

/** Features of the core may refer to each other's objects in any order. */
function contributeFeature(feature: PluginDefinition, all: readonly PluginDefinition[], known: KnownObjects): void {
  const others: KnownObjects = new Map(all.filter((f) => f !== feature).flatMap((f) => (f.objects ?? []).map((o) => [o.name, f.id])))
  const taken = (feature.objects ?? []).find((o) => others.has(o.name))
  if (taken) throw new PluginError(`The features "${feature.id}" and "${others.get(taken.name)}" both bring the object "${taken.name}".`)
  contributeModel(feature, others)
  for (const object of feature.objects ?? []) known.set(object.name, feature.id).set(object.plural, feature.id)
}

function checkSettings(plugin: PluginDefinition, { settings }: HostDeps): void {
  if (!plugin.settings) return
  settings.define(plugin.id, plugin.settings)
  try {
    settings.plugin(plugin.id)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new UnconfiguredError(`It waits for settings: ${error.message}`)
  }
}
