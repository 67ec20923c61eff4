import { createRequire } from 'node:module'
import type { Log, PluginDefinition } from '@kartotek/sdk'
import satisfies from 'semver/functions/satisfies.js'
import { readFileSync } from 'node:fs'
import { BootRecord } from './boot-record.ts'
import { loadPlugin, locate } from './load.ts'
import { checkManifest } from './manifest.ts'
import { PluginError, QuarantinedError, SkippedError } from './state.ts'
import type { StoredPlugin } from './plugin-store.ts'

export interface DiscoveryOptions { baseDir: string, stepMs: number, log: Log, taken: ReadonlySet<string>, stored: ReadonlyMap<string, StoredPlugin>, safeMode: boolean }

/** Version of the SDK that this core brings. */
export const SDK_VERSION = sdkVersion()

function sdkVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@kartotek/sdk')
  const { version } = JSON.parse(readFileSync(new URL('../package.json', `file://${entry}`), 'utf8')) as { version: string }
  return version
}

/**
 * Takes each listed plugin from `discovered` to `compatible`, and adds its record to `records`. Entries are names or paths
 * of modules; tests may give the plugin itself.
 */
export async function discover(modules: readonly (string | PluginDefinition)[], records: BootRecord[], options: DiscoveryOptions): Promise<void> {
  for (const module of modules) {
    const record = new BootRecord(typeof module === 'string' ? module : `given:${module.id}`, options.log)
    records.push(record)
    const known = options.stored.get(record.source)
    if (known?.plugin) record.state.id = known.plugin
    await record.step('discovered', () => {
      if (options.safeMode) throw new SkippedError('Safe mode: no code of plugins is loaded.')
      if (known?.quarantined_at) throw new QuarantinedError(known.quarantine_cause ?? 'Its code blocked the process.')
      if (typeof module === 'string') locate(module, options.baseDir)
    })
    await record.step('loaded', async () => {
      record.adopt(typeof module === 'string' ? await loadPlugin(module, options.baseDir, options.stepMs) : module)
    })
    await record.step('manifest valid', () => {
      checkManifest(record.plugin)
      refuseTaken(record, records, options.taken)
    })
    await record.step('compatible', () => checkCompatible(record.plugin))
  }
}

function refuseTaken(record: BootRecord, records: BootRecord[], core: ReadonlySet<string>): void {
  const { id } = record.plugin
  if (core.has(id)) throw new PluginError(`The id "${id}" belongs to a part of the core: choose another one.`)
  const other = records.find((r) => r !== record && r.state.id === id)
  if (other) throw new PluginError(`The id "${id}" is used by ${other.source} too: one of them must go.`)
}

function checkCompatible({ compat }: PluginDefinition): void {
  if (compat?.sdk && !satisfies(SDK_VERSION, compat.sdk, { includePrerelease: true })) {
    throw new PluginError(`It was written for the SDK ${compat.sdk}, and this core has ${SDK_VERSION}: install a version of the plugin that fits.`)
  }
}
