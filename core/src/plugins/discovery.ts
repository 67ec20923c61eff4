import { createRequire } from 'node:module'
import type { Log, PluginDefinition } from '@kartotek/sdk'
import satisfies from 'semver/functions/satisfies.js'
import { readFileSync } from 'node:fs'
import { BootRecord } from './boot-record.ts'
import type { PluginEntry } from './entries.ts'
import { loadPlugin, locate } from './load.ts'
import { checkManifest } from './manifest.ts'
import { DisabledError, PluginError, QuarantinedError, SkippedError } from './state.ts'
import { checkAgrees, packageFolder, readManifest, type StaticManifest } from './static-manifest.ts'
import { readWebPart } from './web-part.ts'
import type { StoredPlugin } from './plugin-store.ts'

export interface DiscoveryOptions { baseDir: string, stepMs: number, log: Log, taken: ReadonlySet<string>, stored: ReadonlyMap<string, StoredPlugin>, disabled: ReadonlySet<string>, safeMode: boolean }

/** Version of the SDK that this core brings. */
export const SDK_VERSION = sdkVersion()

function sdkVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@kartotek/sdk')
  const { version } = JSON.parse(readFileSync(new URL('../package.json', `file://${entry}`), 'utf8')) as { version: string }
  return version
}

/**
 * Takes each plugin from `discovered` to `compatible`, and adds its record to `records`.
 */
export async function discover(entries: readonly PluginEntry[], records: BootRecord[], options: DiscoveryOptions): Promise<void> {
  for (const { source, module: given, announced, bundled = false } of entries) {
    const record = new BootRecord(source, options.log, bundled)
    records.push(record)
    const known = options.stored.get(record.source)
    if (known?.plugin) record.state.id = known.plugin
    if (announced) record.announce(announced)
    let module = given
    let manifest: StaticManifest | null = null
    await record.step('discovered', async () => {
      if (typeof module === 'string') manifest = readManifest(locate(module, options.baseDir))
      if (manifest) record.announce(manifest.plugin)
      refuseDisabled(record, options)
      if (options.safeMode) throw new SkippedError('Safe mode: no code of plugins is loaded.')
      if (known?.quarantined_at) throw new QuarantinedError(known.quarantine_cause ?? 'Its code blocked the process.')
      if (typeof module !== 'function') return
      module = await module()
      manifest = readManifest(locate(module, options.baseDir))
    })
    // What does not fit is not even imported.
    if (manifest) await record.step('compatible', () => checkCompatible(manifest!.plugin))
    await record.step('loaded', async () => {
      const plugin = typeof module === 'string' ? await loadPlugin(module, options.baseDir, options.stepMs, source) : module as PluginDefinition
      if (manifest) checkAgrees(manifest, plugin)
      record.adopt(plugin)
      // Without a manifest its id is known only now.
      refuseDisabled(record, options)
    })
    await record.step('manifest valid', () => {
      checkManifest(record.plugin)
      refuseTaken(record, records, options.taken)
    })
    if (await record.step('compatible', () => checkCompatible(record.plugin)) && typeof module === 'string') findWebPart(record, packageFolder(locate(module, options.baseDir)), options.log)
  }
}

/** A web part that was not built is named and does not stop the rest of the plugin. */
function findWebPart(record: BootRecord, folder: string | null, log: Log): void {
  const { web } = record.plugin
  if (!web) return
  try {
    if (!folder) throw new PluginError('Its module belongs to no package.')
    record.web = readWebPart(folder, web)
  } catch (error) {
    log.error({ plugin: record.state.id, err: error }, `The web part of ${record.state.id} is not served: ${(error as Error).message}`)
  }
}

function refuseDisabled({ state }: BootRecord, { disabled }: DiscoveryOptions): void {
  if (disabled.has(state.id)) throw new DisabledError('It is disabled.')
}

function refuseTaken(record: BootRecord, records: BootRecord[], core: ReadonlySet<string>): void {
  const { id } = record.plugin
  if (core.has(id)) throw new PluginError(`The id "${id}" belongs to a part of the core: choose another one.`)
  const other = records.find((r) => r !== record && r.state.id === id)
  if (other) throw new PluginError(`The id "${id}" is used by ${other.source} too: one of them must go.`)
}

function checkCompatible({ compat }: Pick<PluginDefinition, 'compat'>): void {
  if (compat?.sdk && !satisfies(SDK_VERSION, compat.sdk, { includePrerelease: true })) {
    throw new PluginError(`It was written for the SDK ${compat.sdk}, and this core has ${SDK_VERSION}: install a version of the plugin that fits.`)
  }
}
