import type { Logger } from '../config/log.ts'
import { currentCall } from '../plugins/invoke.ts'

/** One Ctrl-C may arrive twice, from the terminal and from the parent process; later ones mean impatience. */
const SAME_SIGNAL_MS = 1_000
/** How a process is told to stop. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Starts something and keeps it until the process is told to stop (SIGINT, SIGTERM, SIGHUP, or the parent process is gone),
 * also while it is still starting. A fault that nobody caught is logged and stops it too, unless code of a plugin left it:
 * that one is the plugin host's business.
 *
 * @returns the exit code
 */
export async function untilStopped(log: Logger, begin: () => Promise<{ close(): Promise<void> }>): Promise<number> {
  let code = 0
  let askedAt = 0
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  const onSignal = (signal: string): void => {
    if (askedAt && Date.now() - askedAt > SAME_SIGNAL_MS) {
      log.warn('stopping at once; PostgreSQL goes on and is adopted by the next start')
      process.exit(130)
    }
    if (!askedAt) log.info({ signal }, 'stopping')
    askedAt ||= Date.now()
    ask()
  }
  const onFault = (error: unknown): void => {
    // what goes wrong while stopping must not start it again, and again
    if (code || currentCall()) return
    log.fatal({ err: error }, 'a fault that nobody caught; stopping')
    code = 1
    askedAt ||= Date.now()
    ask()
  }
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal)
  // nobody reads the log any more: no reason to stop serving
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  process.on('uncaughtException', onFault).on('unhandledRejection', onFault)
  if (process.channel) {
    process.on('disconnect', () => onSignal('the parent process ended'))
    // listening must not keep the process alive
    process.channel.unref()
  }

  const running = await begin()
  await asked
  await running.close()
  log.info('stopped')
  if (process.connected) process.disconnect()
  return code
}
