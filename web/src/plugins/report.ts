import { ref } from 'vue'

/** Plugins whose web part is not there: by id, with the cause. */
export const missing = new Map<string, string>()
/** All that come are there and some are {@link missing}, which administrators are told. */
export const areMissing = ref(false)

const told = new Set<string>()

/** Names a plugin whose code broke, in the console and in the log of the server; each failure once per page. */
export function report(plugin: string, error: unknown): void {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const key = `${plugin} ${message}`
  if (told.has(key)) return
  told.add(key)
  console.warn(`The web part of the plugin ${plugin}:`, error) // eslint-disable-line no-console -- its author reads it there
  void fetch('/plugins/web-problems', {
    method: 'POST', credentials: 'same-origin', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ plugin, message: message.slice(0, 500) }),
  }).catch(() => {})
}

/** The same of a web part that is not there at all. */
export function reportMissing(plugin: string, error: unknown): void {
  missing.set(plugin, error instanceof Error ? error.message : String(error))
  report(plugin, error)
}
