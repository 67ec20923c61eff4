import type { Log } from '@kartotek/sdk'
import { currentCall, type CallSite } from './invoke.ts'

/**
 * Keeps the process alive when code of a plugin leaves a promise rejected or throws in a timer: the error is logged with
 * the plugin's name and handed to `onFault`. Errors of the core's own are handed to `onCore`, which normally ends the
 * process: they leave it in an unknown state.
 * @returns a function that takes the guards away
 */
export function guardProcess(options: { log: Log, onFault: (call: CallSite) => void, onCore: (error: unknown) => void }): () => void {
  const handle = (error: unknown): void => {
    const call = currentCall()
    if (!call) return options.onCore(error)
    options.log.error({ err: error, plugin: call.plugin, site: call.site }, 'A plugin left an error unhandled.')
    options.onFault(call)
  }
  process.on('unhandledRejection', handle)
  process.on('uncaughtException', handle)
  return () => {
    process.off('unhandledRejection', handle)
    process.off('uncaughtException', handle)
  }
}
