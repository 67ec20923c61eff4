import type { LiveInterest, LiveRecordEvent } from '@kartotek/sdk'
import type { LiveEvent } from '../events/index.ts'

/** How the feed of live updates is listened to. */
export type Subscribe = (interest: { object: string, recordId?: string }, listener: (event: LiveEvent) => void) => () => void

/** Events that wait for a slow reader; beyond it the oldest is dropped. */
const BACKLOG = 200

/** A stream that ends at once when its reader leaves or the signal fires; a generator would first wait for one more event. */
export function liveEvents(subscribe: Subscribe, { object, recordId, names }: LiveInterest, signal: AbortSignal): AsyncIterableIterator<LiveRecordEvent> {
  const queue: LiveRecordEvent[] = []
  let wake: () => void = () => undefined
  let ended = false
  const stop = subscribe({ object, ...recordId === undefined ? {} : { recordId } }, (event) => {
    if (names && !names.includes(event.name)) return
    queue.push({ name: event.name, object: event.object, recordId: event.recordId, at: event.at, ...event.data === undefined ? {} : { data: event.data } })
    if (queue.length > BACKLOG) queue.shift()
    wake()
  })
  const end = (): void => {
    if (ended) return
    ended = true
    stop()
    signal.removeEventListener('abort', end)
    wake()
  }
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  return {
    async next() {
      for (;;) {
        if (ended) return { value: undefined, done: true }
        const event = queue.shift()
        if (event) return { value: event, done: false }
        await new Promise<void>((resolve) => { wake = resolve })
      }
    },
    async return() { end(); return { value: undefined, done: true } },
    async throw(error) { end(); throw error },
    [Symbol.asyncIterator]() { return this },
  }
}
