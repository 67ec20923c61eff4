import { mutate, query } from '../../graphql/client.ts'
import type { Fetching } from './usePackageFetch.ts'

/** A plugin as the database knows it, with how far it came on the node that answers; `started` is null where it was not there at its start. */
export interface ListedPlugin {
  id: string
  version: string | null
  source: string
  state: 'enabled' | 'disabled' | 'removing' | 'quarantined'
  cause: string | null
  /** Its name in the registry, where it came from one. */
  package: string | null
  running: { version: string, nodes: number }[]
  started: { state: string, step: string, cause: string | null, faults: number, checksSettings: boolean } | null
}
export interface PlannedChange { change: 'add' | 'change' | 'remove', kind: string, name: string, detail: string | null, to: string | null, count: number | null, mark: 'sensitive' | 'optional' | null }
export interface Plan { plugin: string, from: string | null, to: string | null, changes: PlannedChange[], notes: string[] }
/** One of the two: an uploaded tarball, or a name in the registry; and which plugin it must be, where that is known. */
export interface Source { upload?: string, package?: string, plugin?: string }
export interface LogEntry { at: string, kind: string, name: string, message: string, times: number, gaveUp: boolean }
export interface SettingsProperty { 'type'?: string, 'title'?: string, 'description'?: string, 'enum'?: (string | number)[], 'minimum'?: number, 'maximum'?: number, 'maxLength'?: number, 'default'?: unknown, 'format'?: string, 'x-title'?: Record<string, string>, 'x-description'?: Record<string, string>, 'x-labels'?: Record<string, Record<string, string>>, 'x-reference'?: string }
export interface PluginSettings { schema: { properties?: Record<string, SettingsProperty>, required?: string[] }, values: Record<string, unknown> }

const PLAN = 'plugin from to changes { change kind name detail to count mark } notes'

export async function loadPlugins(): Promise<ListedPlugin[]> {
  const { pluginPackages, plugins } = await query<{ pluginPackages: Omit<ListedPlugin, 'started'>[], plugins: (NonNullable<ListedPlugin['started']> & { id: string })[] }>(
    'query Plugins { pluginPackages { id version source state cause package running { version nodes } } plugins { id state step cause faults checksSettings } }')
  return pluginPackages.map(one => ({ ...one, started: plugins.find(({ id }) => id === one.id) ?? null }))
}

export async function planPlugin(source: Source, { fetch, signal }: Fetching): Promise<Plan> {
  return (await query<{ planPlugin: Plan }>(`query PlanPlugin($upload: ID, $package: String, $plugin: ID, $fetch: ID) { planPlugin(upload: $upload, package: $package, plugin: $plugin, fetch: $fetch) { ${PLAN} } }`, { ...source, fetch }, signal)).planPlugin
}
export const addPlugin = (source: Source, { fetch, signal }: Fetching) => mutate('mutation AddPlugin($upload: ID, $package: String, $plugin: ID, $fetch: ID) { addPlugin(upload: $upload, package: $package, plugin: $plugin, fetch: $fetch) { plugin } }', { ...source, fetch }, signal)
export async function newerVersion(id: string, signal: AbortSignal): Promise<{ version: string, package: string } | null> {
  return (await query<{ pluginUpdate: { version: string, package: string } | null }>('query PluginUpdate($id: ID!) { pluginUpdate(id: $id) { version package } }', { id }, signal)).pluginUpdate
}
/** How far the server is with what is waited for. */
export async function loadFetch(id: string): Promise<{ step: string, bytes: number | null } | null> {
  return (await query<{ pluginFetch: { step: string, bytes: number | null } | null }>('query PluginFetch($id: ID!) { pluginFetch(id: $id) { step bytes } }', { id })).pluginFetch
}
export async function loadLog(id: string): Promise<LogEntry[]> {
  return (await query<{ pluginLog: LogEntry[] }>('query PluginLog($id: ID!) { pluginLog(id: $id) { at kind name message times gaveUp } }', { id })).pluginLog
}

export async function planRemoval(id: string): Promise<Plan> {
  return (await query<{ planPluginRemoval: Plan }>(`query PlanPluginRemoval($id: ID!) { planPluginRemoval(id: $id) { ${PLAN} } }`, { id })).planPluginRemoval
}

export const enablePlugin = (id: string) => mutate('mutation EnablePlugin($id: ID!) { enablePlugin(id: $id) }', { id })
export const disablePlugin = (id: string) => mutate('mutation DisablePlugin($id: ID!) { disablePlugin(id: $id) }', { id })
export const releasePlugin = (id: string) => mutate('mutation ReleasePlugin($id: ID!) { releasePlugin(id: $id) }', { id })
export const removePlugin = (id: string, data: 'keep' | 'drop') => mutate('mutation RemovePlugin($id: ID!, $data: PluginData!) { removePlugin(id: $id, data: $data) }', { id, data })

export async function loadSettings(plugin: string): Promise<PluginSettings> {
  return (await query<{ pluginSettings: PluginSettings }>('query SettingsOfPlugin($plugin: ID!) { pluginSettings(plugin: $plugin) { schema values } }', { plugin })).pluginSettings
}
export const saveSettings = (plugin: string, values: Record<string, unknown>) => mutate('mutation SaveSettingsOfPlugin($plugin: ID!, $values: JSON!) { updatePluginSettings(plugin: $plugin, values: $values) { values } }', { plugin, values })
/** Asks the plugin whether these work; nothing is kept. */
export async function trySettings(plugin: string, values: Record<string, unknown>): Promise<{ ok: boolean, message: string | null }> {
  const { data } = await mutate<{ checkPluginSettings: { ok: boolean, message: string | null } }>('mutation TrySettingsOfPlugin($plugin: ID!, $values: JSON!) { checkPluginSettings(plugin: $plugin, values: $values) { ok message } }', { plugin, values })
  return data.checkPluginSettings
}
