import type { Kysely } from 'kysely'
import gt from 'semver/functions/gt.js'
import { PluginError } from '../state.ts'
import { deadline, fetchInProcess, type FetchError, type FetchLimits } from './fetch.ts'
import { keptVersions, requirePackage } from './install.ts'
import { npmSettings } from './npm-settings.ts'

/** A newer version of a stored plugin, as it is fetched: `@example/loyalty@2.1.0`. */
export interface Newer { version: string, package: string }

/**
 * The package that a stored plugin came from: its name in the registry, or null where it came from a file.
 * @throws PluginError where it is not among the stored packages
 */
export async function registryNameOf(db: Kysely<any>, plugin: string): Promise<{ name: string | null, spec: string, version: string }> { // eslint-disable-line @typescript-eslint/no-explicit-any -- plain SQL
  const { version } = await requirePackage(db, plugin)
  const { spec } = (await keptVersions(db)).find((one) => one.plugin === plugin && one.version === version)!
  return { name: /\.(tgz|tar\.gz)$/.test(spec) ? null : spec, spec, version }
}

/** Asks the registry for the newest version of a package (`latest`). Null where it is not newer than `than`. @throws PluginError */
export async function newerThan(than: string, name: string, { cwd, env, ...limits }: FetchLimits & { cwd: string, env: NodeJS.ProcessEnv }): Promise<Newer | null> {
  try {
    const { version } = await fetchInProcess({ what: 'newest', spec: name, settings: npmSettings(env, cwd) }, deadline(limits))
    return version !== undefined && gt(version, than) ? { version, package: `${name}@${version}` } : null
  } catch (error) {
    if (error instanceof PluginError) throw error
    const { code, message } = error as FetchError
    throw new PluginError(code === 'E404' ? `The registry has no ${name}.` : `${name} could not be had from the registry: ${message}`, { cause: error })
  }
}
