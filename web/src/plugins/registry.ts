import { computed, defineAsyncComponent, markRaw, shallowRef, type Component } from 'vue'
import type { FieldOfSlot, PluginCommand, PluginNavItem, Rights, SlotItem, SlotName, SlotProps, WebPlugin } from '@kartotek/sdk/web'
import type { FieldInfo, Labels } from '../model/types.ts'
import { useSession } from '../accounts/session.ts'
import { byName } from '../model/useModel.ts'
import { report } from './report.ts'

/** An item of a slot, whose it is, and the component that is fetched when it is first shown. */
export type Placed<Name extends SlotName> = SlotItem<Name> & { plugin: string, key: string, view: Component }
type AnyPlaced = Placed<SlotName>

/** What does not come within this time does not come. */
const COMPONENT_MS = 15_000

const plugins = shallowRef<readonly WebPlugin[]>([])
const placed = computed(() => {
  const slots = new Map<string, AnyPlaced[]>()
  for (const { id, slots: own = {} } of plugins.value) {
    for (const [name, items] of Object.entries(own)) slots.set(name, [...slots.get(name) ?? [], ...(items as SlotItem<SlotName>[]).map(item => place(id, item))])
  }
  for (const items of slots.values()) items.sort((a, b) => (a.order ?? 100) - (b.order ?? 100))
  return slots
})

/** Plugins that nobody has set up: of them only the pages among the settings are offered. */
export const quiet = shallowRef<ReadonlySet<string>>(new Set())
export function setQuiet(parts: readonly { id: string, quiet: boolean }[]): void {
  quiet.value = new Set(parts.filter(part => part.quiet).map(({ id }) => id))
}
const offered = computed(() => plugins.value.filter(({ id }) => !quiet.value.has(id)))

const views = new WeakMap<object, Component>()
/** A component that is fetched when it is first shown; the same one for the same loader. */
export function viewOf(load: () => Promise<{ default: Component }>): Component {
  const known = views.get(load)
  if (known) return known
  const view = markRaw(defineAsyncComponent({ loader: load, timeout: COMPONENT_MS }))
  views.set(load, view)
  return view
}

const place = (plugin: string, item: SlotItem<SlotName>): AnyPlaced => ({ ...item, plugin, key: `${plugin}/${item.id}`, view: viewOf(item.component) })

/** Puts what a plugin brings into the app. */
export function register(plugin: WebPlugin): void {
  // Not in the order in which they happen to come.
  plugins.value = [...plugins.value.filter(({ id }) => id !== plugin.id), plugin].toSorted((a, b) => a.id < b.id ? -1 : 1)
}

/** A predicate of a plugin; one that breaks says no, and is named. */
function holds(plugin: string, ask: () => boolean | undefined): boolean {
  try {
    return ask() ?? true
  } catch (error) {
    report(plugin, error)
    return false
  }
}

/** The components of a slot that want to be shown, in order. */
export function itemsIn<Name extends SlotName>(name: Name, props: SlotProps[Name]): Placed<Name>[] {
  return wanted(name, props).filter(({ plugin }) => name === 'settings.page' || !quiet.value.has(plugin))
}

function wanted<Name extends SlotName>(name: Name, props: SlotProps[Name]): Placed<Name>[] {
  const items = placed.value.get(name) as Placed<Name>[] | undefined
  return items?.filter(item => holds(item.plugin, () => item.when?.(props, rights))) ?? []
}

/** The lists on a card that tabs of plugins stand in for: those of a quiet one do not come in its place. */
export const replacedTabs = (props: SlotProps['record.tabs']): Set<string> => new Set(wanted('record.tabs', props).flatMap(({ replaces }) => replaces ?? []))

/** The component for a kind or a field; null without one. */
export function matchIn<Name extends 'timeline.item' | 'list.cell' | 'field.input'>(name: Name, key: string, props: () => SlotProps[Name]): Placed<Name> | null {
  const items = placed.value.get(name) as (Placed<Name> & { match: string | readonly string[] })[] | undefined
  return items?.find(item => [item.match].flat().includes(key) && holds(item.plugin, () => item.when?.(props(), rights))) ?? null
}

/** What components of a field get to know of it. */
export function fieldOfSlot({ key, name, type, labels, required, writable }: FieldInfo, label: (labels: Labels) => string): FieldOfSlot {
  return { key, type, label: label(labels) || name, required, writable }
}

export const rights: Rights = {
  can: capability => useSession().can(capability),
  may(object, action) {
    const known = byName(object)
    return known !== undefined && (action === 'read' || known.can[action])
  },
}

const linksOf = ({ id, nav = [] }: WebPlugin) => nav.filter((item: PluginNavItem) => holds(id, () => item.when?.(rights)))
/** Links of plugins for the side bar; labels are keys of the app's texts. */
export const pluginNav = computed(() => offered.value.flatMap(plugin => linksOf(plugin).map(({ label, icon, path }) => ({ label: textOf(plugin.id, label), icon, to: pageOf(plugin.id, path ?? '') }))))
/** Objects whose own lists these links stand in for; those of a quiet plugin have none. */
export const replacedObjects = computed(() => new Set(plugins.value.flatMap(plugin => linksOf(plugin).flatMap(({ replaces = [] }) => replaces))))

/** What plugins can do from the search. */
export const pluginCommands = computed(() => offered.value.flatMap(({ id, commands = [] }) => commands.filter((item: PluginCommand) => holds(id, () => item.when?.(rights)))
  .map(({ label, icon, run }) => ({ label: textOf(id, label), icon: icon ?? 'i-lucide-plug', run: () => void Promise.resolve().then(run).catch((error: unknown) => report(id, error)) }))))

/** Pages of plugins among the settings. */
export const pluginSettings = computed(() => itemsIn('settings.page', {}).map(item => ({ ...item, to: `/settings/x/${item.plugin}/${item.id}`, label: textOf(item.plugin, item.title) })))

/** Where a text of a plugin stands among those of the app; `x` is theirs, so that none covers a text of the app. */
export const textOf = (plugin: string, key: string) => `x.${plugin}.${key}`

/** Address of a plugin's page. */
export const pageOf = (plugin: string, path: string) => `/x/${plugin}${path && `/${path}`}`
