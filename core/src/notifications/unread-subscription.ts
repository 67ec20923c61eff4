import type { LiveEvent, LiveInterest } from '../events/index.ts'

interface Live { signal: AbortSignal, subscribe(interest: LiveInterest, listener: (event: LiveEvent) => void): () => void }

/** Says that something changed, once however much did; ends at once when its reader leaves. */
export function unreadChanges(ctx: Live, interest: LiveInterest): AsyncIterableIterator<true> {
  let changed = false
  let ended = false
  let wake: () => void = () => undefined
  const stop = ctx.subscribe(interest, () => { changed = true; wake() })
  const end = (): void => {
    if (ended) return
    ended = true
    stop()
    ctx.signal.removeEventListener('abort', end)
    wake()
  }
  ctx.signal.addEventListener('abort', end)
  if (ctx.signal.aborted) end()
  return {
    async next() {
      while (!ended && !changed) await new Promise<void>((resolve) => { wake = resolve })
      if (ended) return { value: undefined, done: true }
      changed = false
      return { value: true, done: false }
    },
    async return() { end(); return { value: undefined, done: true } },
    async throw(error) { end(); throw error },
    [Symbol.asyncIterator]() { return this },
  }
}
