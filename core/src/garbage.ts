import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Gives the memory back that only the start needed: loading the programs leaves a heap of 200 MB with 50 MB in it, which the
 * engine would keep until memory is short. Once, a moment after the start; it holds requests up for a few tenths of a second.
 */
export function collectAfterStart(afterMs = 2_000): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as (options: { type: 'major', execution: 'sync', flavor: 'last-resort' }) => void
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  }, afterMs).unref()
}
