import type { App } from 'vue'
import { quiet, setQuiet } from './registry.ts'

/** A web part as the server lists it; without an entry it is missing there, a quiet one nobody has set up. */
export interface ListedPart { id: string, entry: string | null, css: string[], quiet: boolean }

let list: Promise<ListedPart[]> | null = null
let loading: Promise<Map<string, Promise<void>>> = Promise.resolve(new Map())

/** Asks for the list at once, so that it is there when it is needed. */
export function askForWebParts(): void {
  list = askForList()
}

const askForList = (): Promise<ListedPart[]> => fetch('/plugins/index.json', { credentials: 'same-origin' }).then(response => response.ok ? response.json() as Promise<ListedPart[]> : []).catch(() => [])

/** After somebody may have set up a quiet plugin: what it brings is offered without a reload. */
export async function askWhoIsQuiet(): Promise<void> {
  if (quiet.value.size) setQuiet(await askForList())
}

/** Loads the web parts beside the app, which does not wait for them; what they bring shows when it is there. */
export function loadWebParts(app: App): void {
  loading = (async () => {
    const parts = await list
    return parts?.length ? (await import('./load.ts')).loadAll(app, parts) : new Map<string, Promise<void>>()
  })().catch((error: unknown) => {
    console.error(error) // eslint-disable-line no-console -- the app goes on without plugins
    return new Map()
  })
}

/** When the web part of a plugin is there, or known not to come: for addresses that only it knows. */
export async function webPartLoaded(plugin: unknown): Promise<void> {
  await (await loading).get(String(plugin))
}
