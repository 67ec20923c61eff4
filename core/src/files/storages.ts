import { UnavailableError } from '@kartotek/sdk'
import type { FileStorage } from '@kartotek/sdk/contracts'

/** Name of the data directory among the storages; the others are named by their plugin. */
export const DISK = ''

/** The places where contents of files lie. Each version knows its own. */
export interface Storages {
  /** Where new contents go: the data directory, or the plugin that the settings of files name. */
  readonly current: string
  /** @throws UnavailableError where the plugin is not running */
  of(name: string): FileStorage
  /** Those that can be asked now. */
  all(): FileStorage[]
}

export function makeStorages(deps: { disk: FileStorage, chosen(): string, provided(): { plugin: string, service: FileStorage }[] }): Storages {
  return {
    get current() { return deps.chosen() },
    of(name) {
      if (name === DISK) return deps.disk
      const found = deps.provided().find(({ plugin }) => plugin === name)
      if (!found) throw new UnavailableError(`The storage of files "${name}" is not running.`, { retryAfterSeconds: 60 })
      return found.service
    },
    all: () => [deps.disk, ...deps.provided().map(({ service }) => service)],
  }
}
