import { onScopeDispose } from 'vue'

interface Source { subscribe(handler: (result: unknown) => void): { unsubscribe(): void } }

/** Keeps a subscription open while the page is; what arrives goes into the cache, and from there to every list. */
export function useLive(open: () => Source): void {
  const subscription = open().subscribe(() => {})
  onScopeDispose(() => subscription.unsubscribe())
}
