import { computed, inject, shallowReactive, type Component, type ComputedRef, type InjectionKey } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

/** Version of the contract between the app and the web parts of plugins. */
export const SDK_VERSION = '0.1.0'

/** A component that a plugin put into a named place of the app. */
export interface SlotItem { plugin: string, id: string, component: Component, order: number }
/** A page of a plugin in the side bar. */
export interface MenuItem { plugin: string, label: string, icon: string, to: string }

/** What plugins added; lives once, in the app's chunk of this module. */
export const registry = shallowReactive({ slots: new Map<string, SlotItem[]>(), menu: [] as MenuItem[], version: 0 })

/** What a plugin's `setup` receives. */
export interface WebPluginContext {
  readonly id: string
  /** Puts a component into a named place: `record-card.side`. Items stand by `order` (default 100). */
  slot(name: string, item: { id: string, component: Component, order?: number }): void
  /** Adds a page under `/x/<plugin id>`. */
  route(route: RouteRecordRaw): void
  menu(item: Omit<MenuItem, 'plugin'>): void
  /** Texts in one language, found under the plugin's id: `t('<id>.key')`. */
  messages(locale: string, messages: Record<string, unknown>): void
}

/** The web part of a plugin: the default export of its entry. */
export interface WebPlugin { id: string, sdk: string, setup(context: WebPluginContext): void | Promise<void> }

/** Declares the web part of a plugin; returns it unchanged, with its type checked. */
export function defineWebPlugin(plugin: WebPlugin): WebPlugin {
  return plugin
}

/** The record whose card is open. */
export interface CurrentRecord { object: string, id: string, title: string | null }
export const currentRecordKey: InjectionKey<ComputedRef<CurrentRecord | null>> = Symbol('kartotek.record')

/**
 * The record whose card the component stands on.
 * @throws Error outside of a card
 */
export function useCurrentRecord(): ComputedRef<CurrentRecord | null> {
  const record = inject(currentRecordKey)
  if (!record) throw new Error('useCurrentRecord() works only in components that stand on a record card.')
  return record
}

/** The components of a slot, in order. */
export function useSlotItems(name: () => string): ComputedRef<SlotItem[]> {
  return computed(() => {
    void registry.version
    return registry.slots.get(name()) ?? []
  })
}

export { client, mutate, query } from '../graphql/client.ts'
export { useMutation, useQuery, useSubscription } from '@urql/vue'
