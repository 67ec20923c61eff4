import type { Log } from '@kartotek/sdk'
import { currentCall, type CallSite } from './invoke.ts'

/**
 * Keeps the process alive when code of a plugin leaves a promise rejected or throws in a timer: the error is logged with
 * the plugin's name and handed to `onFault`. Errors of the core's own are left to the other listeners of the process, and
 * end it where there are none: they leave it in an unknown state.
 * @returns a function that takes the guards away
 */
export function guardProcess(options: { log: Log, onFault: (call: CallSite, error: unknown) => void }): () => void {
  const handler = (event: 'uncaughtException' | 'unhandledRejection') => (error: unknown): void => {
    const call = currentCall()
    if (call) {
      // First, for it blackens secrets in the error.
      options.onFault(call, error)
      options.log.error({ err: error, plugin: call.plugin, site: call.site }, 'A plugin left an error unhandled.')
    } else if (process.listenerCount(event) === 1) {
      // As it would be without this listener.
      throw error
    }
  }
  const [exception, rejection] = [handler('uncaughtException'), handler('unhandledRejection')]
  process.on('uncaughtException', exception).on('unhandledRejection', rejection)
  return () => {
    process.off('uncaughtException', exception).off('unhandledRejection', rejection)
  }
}
