import { onScopeDispose } from 'vue'

const EVERY_MS = 5_000

/** Does it again and again while the page is looked at. */
export function often(run: () => unknown): void {
  const timer = setInterval(() => { if (document.visibilityState === 'visible') run() }, EVERY_MS)
  onScopeDispose(() => { clearInterval(timer) })
}
