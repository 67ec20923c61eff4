import { Worker } from 'node:worker_threads'
import type { Log } from '@kartotek/sdk'
import { currentCall, watchEntries } from './invoke.ts'

/** What the watching thread is given. `shared` holds numbers: beats of the main thread, whose code it entered last, whose code ends the process (from 1), and whether that is written down. */
export interface WatchdogData { shared: SharedArrayBuffer, databaseUrl: string, stuckMs: number }
export const BEATS = 0, ENTERED = 1, ENDING = 2, WRITTEN = 3, NOBODY = -1
/** The symbol under which the main thread says whose code it runs. */
export const WHOSE = 'kartotek.whoseCode'
/** Milliseconds that a process which ends waits for its last words. */
const LAST_WORDS_MS = 8_000

/**
 * A thread that notices when the main thread does nothing but one thing for `stuckMs`: an endless loop in a plugin, which
 * nothing else in the process can interrupt. It stops the main thread for a look at whose code it runs, puts that plugin in quarantine and kills the
 * process; whoever supervises it starts it again, without that plugin. A plugin whose code ends the process itself (`process.exit`) gets
 * the same quarantine.
 * @returns a function that ends the watch
 */
export function startWatchdog(options: { databaseUrl: string, stuckMs: number, log: Log, isPlugin(name: string): boolean }): () => Promise<void> {
  const shared = new SharedArrayBuffer(16)
  const cells = new Int32Array(shared)
  const names = new Map<string, number>()
  Atomics.store(cells, ENTERED, NOBODY)
  /** Features of the core are entered as plugins are. */
  const whose = (): string | undefined => {
    const name = currentCall()?.plugin
    return name !== undefined && options.isPlugin(name) ? name : undefined
  }
  Reflect.set(globalThis, Symbol.for(WHOSE), whose)
  const data: WatchdogData = { shared, databaseUrl: options.databaseUrl, stuckMs: options.stuckMs }
  // Published packages hold compiled files.
  const file = new URL(import.meta.url.endsWith('.ts') ? './watchdog-thread.ts' : './watchdog-thread.js', import.meta.url)
  const thread = new Worker(file, { workerData: data, resourceLimits: { maxOldGenerationSizeMb: 32 } })
  thread.on('error', (error) => options.log.error({ err: error }, 'The watchdog of plugins has died; endless loops go unnoticed.'))
  thread.unref()
  const beat = setInterval(() => Atomics.add(cells, BEATS, 1), Math.min(1000, options.stuckMs / 4))
  beat.unref()
  const numberOf = (plugin: string): number => {
    let number = names.get(plugin)
    if (number === undefined) {
      names.set(plugin, number = names.size)
      // Sent before the number is, by a thread that may never send again.
      thread.postMessage(plugin)
    }
    return number
  }
  watchEntries((plugin) => { if (options.isPlugin(plugin)) Atomics.store(cells, ENTERED, numberOf(plugin)) })
  // Said while the code that ends the process is still on the stack; the thread writes while this one stands still.
  const ending = (): void => {
    const plugin = whose()
    if (plugin === undefined) return
    Atomics.store(cells, ENDING, numberOf(plugin) + 1)
    Atomics.wait(cells, WRITTEN, 0, LAST_WORDS_MS)
  }
  process.on('exit', ending)
  return async () => {
    process.off('exit', ending)
    clearInterval(beat)
    watchEntries(() => undefined)
    Reflect.deleteProperty(globalThis, Symbol.for(WHOSE))
    await thread.terminate()
  }
}
