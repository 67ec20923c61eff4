import type { Component } from 'vue'
import type { Locale } from '../locale.ts'
import type { Rights, SlotItem, SlotName } from './slots.ts'

/** Texts of a plugin in one language, nested as one likes; plural forms as vue-i18n writes them. */
export interface Texts { [key: string]: string | Texts }

/** A page of a plugin, below `/x/<plugin>/`. */
export interface PluginPage {
  /** Below the plugin's own address, without a slash in front: `''`, `calls`, `calls/:id`. Parameters become props. */
  path: string
  /** Key of the plugin's texts: what stands in the head of the page, which is the app's. @defaultValue the label of the link in the side bar that leads here */
  title?: string
  /** Fetched when the page is opened. It fills the room beside the side bar; `UDashboardPanel` is not needed. */
  component: () => Promise<{ default: Component }>
}

/** A link in the side bar. */
export interface PluginNavItem {
  /** Key of the plugin's texts. */
  label: string
  /** Such as `i-lucide-phone`. */
  icon: string
  /** Path of one of the plugin's pages. @defaultValue `''` */
  path?: string
  /** Names of objects whose own lists it stands in for in the side bar: `['call', 'missedCall']`. They stay in the search. */
  replaces?: readonly string[]
  when?(rights: Rights): boolean
}

/** Something that can be done from the search (Ctrl+K). */
export interface PluginCommand {
  /** kebab-case, unique within the plugin. */
  id: string
  /** Key of the plugin's texts. */
  label: string
  icon?: string
  run(): void | Promise<void>
  when?(rights: Rights): boolean
}

/** All that a plugin adds to the app. */
export interface WebPlugin {
  /** The id of the plugin. */
  id: string
  slots?: { [Name in SlotName]?: readonly SlotItem<Name>[] }
  pages?: readonly PluginPage[]
  nav?: readonly PluginNavItem[]
  commands?: readonly PluginCommand[]
  /** By language; the one that is chosen is fetched, English (or the first) where it is missing. */
  messages?: { [Language in Locale]?: () => Promise<{ default: Texts }> }
}

/**
 * Declares the web part of a plugin; the module has it as its default export.
 *
 * @example
 * export default defineWebPlugin({
 *   id: 'telephony',
 *   slots: {
 *     'record.tabs': [{ id: 'calls', title: 'calls', when: ({ record }) => record.object === 'client', component: () => import('./CallsTab.vue') }],
 *   },
 *   messages: { en: () => import('./en.json') },
 * })
 */
export function defineWebPlugin(plugin: WebPlugin): WebPlugin {
  return plugin
}
