import { computed, inject, shallowReactive, type Component, type ComputedRef, type InjectionKey } from 'vue'

/** Version of the contract between the app and modules that are loaded into it. */
export const SDK_VERSION = '0.1.0'

/** A component that a plugin put into a named place of the app. */
export interface SlotItem { plugin: string, id: string, component: Component, order: number }
/** A page of a plugin in the side bar. */
export interface MenuItem { plugin: string, label: string, icon: string, to: string }

/** What was put into the app from outside; lives once, in the app's chunk of this module, which the import map shares. */
export const registry = shallowReactive({ slots: new Map<string, SlotItem[]>(), menu: [] as MenuItem[], version: 0 })

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
