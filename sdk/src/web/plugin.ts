import type { Component } from 'vue'
import type { Locale } from '../locale.ts'
import type { Rights, SlotItem, SlotName } from './slots.ts'

/** Texts of a plugin in one language, for {@link defineWebPlugin}: nested as one likes; plural forms as vue-i18n writes them. */
export interface Texts { [key: string]: string | Texts }

/** A page of a plugin, below `/x/<plugin>/`; see {@link defineWebPlugin}. */
export interface PluginPage {
  /** Below the plugin's own address, without a slash in front: `''`, `calls`, `calls/:id`. Parameters become props. */
  path: string
  /** Key of the plugin's texts: what stands in the head of the page, which is the app's. @defaultValue the label of the link in the side bar that leads here */
  title?: string
  /** Fetched when the page is opened. It fills the room beside the side bar; `UDashboardPanel` is not needed. */
  component: () => Promise<{ default: Component }>
}

/** A link in the side bar; see {@link defineWebPlugin}. */
export interface PluginNavItem {
  /** Key of the plugin's texts. */
  label: string
  /** Such as `i-lucide-phone`. */
  icon: string
  /** Path of one of the plugin's pages. @defaultValue `''` */
  path?: string
  /** Names of objects whose own lists it stands in for in the side bar: `['call', 'missedCall']`. They stay in the search. */
  replaces?: readonly string[]
  /** Whether it is shown; asked again when rights change. Must be quick. @defaultValue always */
  when?(rights: Rights): boolean
}

/** Something that can be done from the search (Ctrl+K); see {@link defineWebPlugin}. */
export interface PluginCommand {
  /** kebab-case, unique within the plugin. */
  id: string
  /** Key of the plugin's texts. */
  label: string
  /** Such as `i-lucide-phone`. @defaultValue `i-lucide-plug` */
  icon?: string
  /** Does it. What throws becomes a message. */
  run(): void | Promise<void>
  /** Whether it is offered. Must be quick. @defaultValue always */
  when?(rights: Rights): boolean
}

/** All that a plugin adds to the app, declared by {@link defineWebPlugin}. */
export interface WebPlugin {
  /** The id of the plugin. */
  id: string
  /** Components in places of the app, by the name of the place. */
  slots?: { [Name in SlotName]?: readonly SlotItem<Name>[] }
  /** Pages of its own, below `/x/<plugin>/`. */
  pages?: readonly PluginPage[]
  /** Links in the side bar, in this order. */
  nav?: readonly PluginNavItem[]
  /** What the search offers to do. */
  commands?: readonly PluginCommand[]
  /** By language; the one that is chosen is fetched, English (or the first) where it is missing. */
  messages?: { [Language in Locale]?: () => Promise<{ default: Texts }> }
}

/**
 * Declares the web part of a plugin; the module has it as its default export.
 *
 * @example
 * ```ts
 * import { defineWebPlugin } from '@kartotek/sdk/web'
 *
 * export default defineWebPlugin({
 *   id: 'loyalty',
 *   slots: {
 *     'record.tabs': [{
 *       id: 'points', title: 'points.tab', icon: 'i-lucide-gem', replaces: 'loyaltyEntries',
 *       when: ({ record }, { can }) => record.object === 'client' && can('loyalty.see'),
 *       component: () => import('./PointsTab.vue'),
 *     }],
 *     'list.cell': [{ id: 'points', match: 'client.loyalty.points', component: () => import('./PointsCell.vue') }],
 *   },
 *   pages: [{ path: 'top/:year', title: 'points.top', component: () => import('./PointsTab.vue') }],
 *   nav: [{ label: 'points.top', icon: 'i-lucide-trophy', path: 'top/2026' }],
 *   commands: [{ id: 'print', label: 'points.print', run: () => print() }],
 *   messages: { en: () => import('./en.json') },
 * })
 * ```
 * ```vue PointsTab.vue
 * <script setup lang="ts">
 * import { useI18n, useQuery, type SlotProps } from '@kartotek/sdk/web'
 *
 * const props = defineProps<SlotProps['record.tabs']>()
 * const { t } = useI18n()
 * const { data } = useQuery<{ client: { id: string, loyalty: { points: number } } | null }>({
 *   query: 'query ($id: ID!) { client(id: $id) { id loyalty { points } } }', variables: () => ({ id: props.record.id }),
 * })
 * </script>
 *
 * <template>
 *   <p>{{ t('points.left', {}, data?.client?.loyalty.points ?? 0) }}</p>
 * </template>
 * ```
 * ```vue PointsCell.vue
 * <script setup lang="ts">
 * import type { SlotProps } from '@kartotek/sdk/web'
 *
 * defineProps<SlotProps['list.cell']>()
 * </script>
 *
 * <template>
 *   <UBadge v-if="value" color="primary" variant="subtle">{{ value }}</UBadge>
 * </template>
 * ```
 * ```json en.json
 * { "points": { "tab": "Points", "top": "Best clients", "print": "Print points", "left": "no points | one point | {n} points" } }
 * ```
 */
export function defineWebPlugin(plugin: WebPlugin): WebPlugin {
  return plugin
}
