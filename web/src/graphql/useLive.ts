import { onScopeDispose } from 'vue'
import { client, whenBack } from './client.ts'

/**
 * Keeps a subscription open while the page is; what arrives goes into the cache, and from there to every list.
 * @param onEvent hears of each event, after the cache; without one after a pause in which some may have been missed
 */
export function useLive<Event>(document: string, onEvent: (event?: Event) => void = () => {}, variables: Record<string, unknown> = {}): void {
  const { unsubscribe } = client.subscription<Record<string, Event>>(document, variables).subscribe(({ data }) => {
    const event = data && Object.values(data)[0]
    if (event) onEvent(event)
  })
  const stop = whenBack(() => onEvent())
  onScopeDispose(() => {
    unsubscribe()
    stop()
  })
}
