import { onScopeDispose } from 'vue'

import { client } from '../graphql/client.ts'

/**
 * Keeps a subscription open while the page is; what arrives goes into the cache, and from there to every list.
 * @param onEvent hears of each event, after the cache
 */
export function useLive<Event>(document: string, onEvent?: (event: Event) => void): void {
  const { unsubscribe } = client.subscription<Record<string, Event>>(document, {}).subscribe(({ data }) => {
    const event = data && Object.values(data)[0]
    if (event) onEvent?.(event)
  })
  onScopeDispose(unsubscribe)
}
