import { AsyncLocalStorage } from 'node:async_hooks'
import { PluginError } from './state.ts'

/** Where code of a plugin was entered: `telephony`, `guard no-live-call`. */
export interface CallSite { plugin: string, site: string }

/** Code of a plugin took longer than it may. */
export class LateError extends PluginError {
  override readonly name = 'LateError'
  readonly call: CallSite

  constructor(call: CallSite, ms: number) {
    super(`${call.plugin}: ${call.site} did not end within ${ms < 1000 ? `${ms} ms` : `${ms / 1000} s`}.`)
    this.call = call
  }
}

const entered = new AsyncLocalStorage<CallSite>()
let onEnter: (plugin: string) => void = () => undefined

/** Whose code runs here; follows promises and timers, so that an unhandled error finds its plugin. */
export function currentCall(): CallSite | undefined {
  return entered.getStore()
}

/** Lets the watchdog hear of each entry into a plugin's code. */
export function watchEntries(listener: (plugin: string) => void): void {
  onEnter = listener
}

/** Enters code of a plugin. Each way into it passes here, so that every error and every stall has a name. */
export function invoke<T>(call: CallSite, run: () => T): T {
  onEnter(call.plugin)
  return entered.run(call, run)
}

/**
 * Enters code of a plugin and waits for it for at most `ms`. After that its signal fires and the call is given up, whether
 * the code listens or not.
 * @throws LateError after the time
 */
export async function invokeWithin<T>(call: CallSite, ms: number, run: (signal: AbortSignal) => T | Promise<T>, outer?: AbortSignal): Promise<T> {
  const abort = new AbortController()
  const signal = outer ? AbortSignal.any([abort.signal, outer]) : abort.signal
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new LateError(call, ms)
      abort.abort(error)
      reject(error)
    }, ms)
  })
  try {
    return await Promise.race([invoke(call, async () => run(signal)), late])
  } finally {
    clearTimeout(timer)
  }
}
