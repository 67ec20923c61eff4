import { defineComponent, h, type App, type Component } from 'vue'
import { LOCALES, type Locale } from '@kartotek/sdk/locale'
import type { PluginPage, SlotItem, SlotName, WebPlugin } from '@kartotek/sdk/web'
import { addTexts, useTexts } from '../i18n/index.ts'
import { router } from '../router.ts'
import { registerComponents } from './components.ts'
import PluginPageFrame from './PluginPage.vue'
import { pageOf, register, setQuiet, textOf, viewOf } from './registry.ts'
import { areMissing, missing, report, reportMissing } from './report.ts'
import type { ListedPart } from './start.ts'

/** After this a web part is told of as missing; on a slow line it may still come. */
const LATE_MS = 5000

/** Loads web parts beside each other; one that fails is named and stops nothing else. */
export async function loadAll(app: App, parts: readonly ListedPart[]): Promise<Map<string, Promise<void>>> {
  registerComponents(app)
  await useTexts(['plugins'])
  setQuiet(parts)
  const coming = new Map(parts.map(part => [part.id, load(part).catch((error: unknown) => reportMissing(part.id, error))]))
  void Promise.all(coming.values()).then(() => { areMissing.value = missing.size > 0 })
  return coming
}

async function load(part: ListedPart): Promise<void> {
  const whole = bring(part)
  void whole.then(() => {
    // It came late: the address that waits for it in vain is asked for once more.
    const { fullPath } = router.currentRoute.value
    if (missing.delete(part.id) && fullPath.startsWith(pageOf(part.id, ''))) void router.replace({ path: fullPath, force: true })
  }, () => {})
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => { timer = setTimeout(() => reject(new Error(`it did not come within ${LATE_MS / 1000} s`)), LATE_MS) })
  await Promise.race([whole, late]).finally(() => clearTimeout(timer))
}

async function bring({ id, entry, css }: ListedPart): Promise<void> {
  if (!entry) throw new Error('its files are missing on the server')
  const module = import(/* @vite-ignore */ entry) as Promise<{ default?: unknown }>
  const [{ default: plugin }] = await Promise.all([module, ...css.map(stylesheet)])
  if (typeof plugin !== 'object' || plugin === null) throw new Error('its module has no default export: write `export default defineWebPlugin({ … })`')
  const problem = problemOf(id, plugin as WebPlugin)
  if (problem) throw new Error(problem)
  await enter(plugin as WebPlugin)
}

/** All or nothing: from here on nothing of the plugin's own code is asked. */
async function enter(plugin: WebPlugin): Promise<void> {
  await addTexts(locale => texts(plugin, locale))
  for (const page of plugin.pages ?? []) router.addRoute('app', { path: pageOf(plugin.id, page.path), component: framed(plugin, page), props: true })
  register(plugin)
}

async function texts({ id, messages = {} }: WebPlugin, locale: Locale): Promise<Record<string, never>> {
  const fetchTexts = messages[locale] ?? messages.en ?? Object.values(messages)[0]
  try {
    return { x: { [id]: fetchTexts ? (await fetchTexts()).default : {} } } as unknown as Record<string, never>
  } catch (error) {
    report(id, error)
    return {}
  }
}

/** A page of a plugin, fetched when it is opened; one that breaks leaves the app standing. */
function framed({ id, nav = [] }: WebPlugin, page: PluginPage): Component {
  const view = viewOf(page.component)
  const leads = (path: string) => path === '' || page.path === path || page.path.startsWith(`${path}/`)
  const label = page.title ?? nav.filter(({ path = '' }) => leads(path)).toSorted((a, b) => (b.path ?? '').length - (a.path ?? '').length)[0]?.label
  return defineComponent({ inheritAttrs: false, setup: (_props, { attrs }) => () => h(PluginPageFrame, { plugin: id, title: label ? textOf(id, label) : null }, () => h(view, attrs)) })
}

function stylesheet(href: string): Promise<void> {
  return new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href, onload: () => resolve(), onerror: () => reject(new Error(`its styles ${href} did not come`)) }))
  })
}

const SLOTS: Record<SlotName, readonly string[]> = {
  'record.header.actions': [], 'record.tabs': ['title'], 'record.side': [], 'record.composer': ['title'], 'timeline.item': ['match'], 'list.cell': ['match'], 'list.bulk.actions': [], 'kanban.card': [], 'field.input': ['match'],
  'dashboard.widget': [], 'settings.page': ['title'], 'app.dock': [],
}

/** What is wrong with a web part, in words for its author; null where it is sound. */
function problemOf(id: string, plugin: WebPlugin): string | null {
  if (plugin.id !== id) return `it calls itself ${JSON.stringify(plugin.id)}`
  for (const [slot, items] of Object.entries(plugin.slots ?? {})) {
    if (!Object.hasOwn(SLOTS, slot)) return `the slot "${slot}" does not exist; there are ${Object.keys(SLOTS).join(', ')}`
    for (const item of items as SlotItem<SlotName>[]) {
      const lacks = ['id', ...SLOTS[slot as SlotName]].find(key => !(item as unknown as Record<string, unknown>)[key])
      if (lacks) return `an item in the slot "${slot}" has no ${lacks}`
      if (typeof item.component !== 'function') return `the item "${item.id}" in the slot "${slot}" has no component: write component: () => import('./Some.vue')`
    }
  }
  const page = plugin.pages?.find(({ path, component }) => typeof path !== 'string' || path.startsWith('/') || typeof component !== 'function')
  if (page) return `the page ${JSON.stringify(page.path)} needs a path without a slash in front, and a component: () => import('./Some.vue')`
  const language = Object.keys(plugin.messages ?? {}).find(key => !LOCALES.includes(key as Locale))
  return language ? `the language "${language}" is none of ${LOCALES.join(', ')}` : null
}
