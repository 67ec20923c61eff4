import type { Component } from 'vue'

/** The record whose card is open, as {@link useCurrentRecord} gives it. */
export interface CurrentRecord {
  /** Name of its object: `client`. */
  readonly object: string
  /** A UUID. */
  readonly id: string
  /** What names it; null where that field is empty or closed to the reader. */
  readonly title: string | null
  /** Its fields as the card has read them, by name; those of plugins stand under the plugin's name: `values.loyalty.points`. */
  readonly values: Readonly<Record<string, unknown>>
  /** Reads the card anew, for what was changed past it. */
  reload(): Promise<void>
}

/**
 * One entry of a timeline, in the slot `timeline.item`.
 *
 * @example
 * ```vue HandedOver.vue
 * <script setup lang="ts">
 * import { computed } from 'vue'
 * import { useI18n, type SlotProps } from '@kartotek/sdk/web'
 *
 * const props = defineProps<SlotProps['timeline.item']>()
 * const { t, locale } = useI18n()
 * const signedBy = computed(() => props.entry.data.find(({ key }) => key === 'parcels.signedBy')?.value)
 * const at = computed(() => new Date(props.entry.at).toLocaleString(locale.value, { dateStyle: 'medium', timeStyle: 'short' }))
 * </script>
 *
 * <template>
 *   <p>{{ t('handed_over', { at }) }} <strong v-if="signedBy">{{ signedBy }}</strong></p>
 * </template>
 * ```
 */
export interface TimelineEntry {
  /** A UUID. */
  readonly id: string
  /** Key of its kind: `telephony-call`. */
  readonly kind: string
  /** When it happened, ISO 8601. */
  readonly at: string
  /** Who did it; both null where nobody did, or one may not know. */
  readonly author: { readonly id: string | null, readonly name: string | null }
  /** The record that it belongs to; null where one may not see it. */
  readonly record: { readonly object: string, readonly id: string, readonly title: string | null } | null
  /** Its first line; null where it has none or it is closed. */
  readonly heading: string | null
  /** Its text, as it was written; null where it has none or it is closed. */
  readonly text: string | null
  /** Of a call or message: `in` came to us; null where it has none. */
  readonly direction: 'in' | 'out' | 'internal' | null
  /** How long it took; null where it is not known. */
  readonly seconds: number | null
  /** Values of the fields that plugins have added to entries, by key: `telephony.result`. */
  readonly data: readonly { readonly key: string, readonly label: string, readonly value: unknown }[]
}

/** What a field is, as far as the component of one needs it, in the slots of {@link SlotProps}. */
export interface FieldOfSlot {
  /** Path in the API: `name`, `custom.tier`, `loyalty.points`. */
  readonly key: string
  /** One of the types of fields: `integer`, `select`. */
  readonly type: string
  /** In the language of the interface. */
  readonly label: string
  /** A value must be present. */
  readonly required: boolean
  /** The reader may change it. */
  readonly writable: boolean
}

/**
 * The records of a list that something is to be done to, in the slot `list.bulk.actions`.
 *
 * @example
 * ```vue PrintLabels.vue
 * <script setup lang="ts">
 * import { query, useI18n, type BulkSelection, type SlotProps } from '@kartotek/sdk/web'
 *
 * const props = defineProps<SlotProps['list.bulk.actions']>()
 * const { t } = useI18n()
 *
 * // A page of two hundred after the other, whether they were marked or the whole list is meant.
 * async function names({ ids, condition }: BulkSelection): Promise<string[]> {
 *   const found: string[] = []
 *   for (let after: string | null = null; ;) {
 *     const { clients }: { clients: { nodes: { id: string, name: string }[], pageInfo: { hasNextPage: boolean, endCursor: string } } } = await query(
 *       'query ($filter: ClientFilter, $search: String, $archived: Archived, $after: String) { clients(filter: $filter, search: $search, archived: $archived, first: 200, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } } }',
 *       { ...ids ? { filter: { id: { in: ids } } } : condition, after },
 *     )
 *     found.push(...clients.nodes.map(({ name }) => name))
 *     if (!clients.pageInfo.hasNextPage) return found
 *     after = clients.pageInfo.endCursor
 *   }
 * }
 * async function print() {
 *   await navigator.clipboard.writeText((await names(props)).join('\n'))
 *   props.done()
 * }
 * </script>
 *
 * <template>
 *   <UButton size="sm" color="neutral" variant="outline" icon="i-lucide-tags" :label="t('labels', { n: count }, count)" @click="print" />
 * </template>
 * ```
 */
export interface BulkSelection {
  /** Name of the object: `client`. */
  readonly object: string
  /** Those that are marked; null where all are meant that the list has. */
  readonly ids: readonly string[] | null
  /** What the list has, as arguments of its query in the API; nothing of it for what is not narrowed. */
  readonly condition: { readonly filter?: Readonly<Record<string, unknown>>, readonly search?: string, readonly archived: 'ACTIVE' | 'ARCHIVED' | 'TRASHED' }
  /** How many that is; of a long list about how many. */
  readonly count: number
}

/**
 * The places of the app where components of plugins stand, and the props that each of them gets.
 *
 * @example
 * ```vue StarsInput.vue
 * <script setup lang="ts">
 * // The editor of `client.rating.stars`: five buttons in place of a box.
 * import type { SlotProps } from '@kartotek/sdk/web'
 *
 * defineProps<SlotProps['field.input']>()
 * defineEmits<{ 'update:modelValue': [value: string] }>()
 * </script>
 *
 * <template>
 *   <UFieldGroup>
 *     <UButton
 *       v-for="stars in 5" :key="stars" icon="i-lucide-star" :aria-label="`${field.label}: ${stars}`" :disabled="disabled"
 *       :variant="Number(modelValue) >= stars ? 'solid' : 'outline'" @click="$emit('update:modelValue', String(stars))"
 *     />
 *   </UFieldGroup>
 * </template>
 * ```
 */
export interface SlotProps {
  /** Buttons in the head of a card. */
  'record.header.actions': { record: CurrentRecord }
  /** A tab of a card; it has the whole room below the tabs. */
  'record.tabs': { record: CurrentRecord }
  /** A panel beside the fields of a card. */
  'record.side': { record: CurrentRecord }
  /**
   * A way to write to somebody from his card, beside notes and calls above its timeline: a tab there, and what stands below it. Call `done`
   * when it was written, and the timeline is read anew.
   */
  'record.composer': { record: CurrentRecord, done: () => void }
  /** The body of a timeline entry of a plugin's kind, in place of its text and data. */
  'timeline.item': { entry: TimelineEntry, record: { readonly object: string, readonly id: string } }
  /** The cell of a field in lists. Many are on the screen at once: no queries here. */
  'list.cell': { field: FieldOfSlot, value: unknown, row: Readonly<Record<string, unknown>> }
  /**
   * A button in the bar that a list shows while records are marked. What it opens is its own (`UModal`); call `done` when it is through,
   * and the marks go.
   */
  'list.bulk.actions': BulkSelection & { done: () => void }
  /** A line at the foot of a card on the board. No queries here either. */
  'kanban.card': { object: string, record: Readonly<Record<string, unknown>> & { readonly id: string } }
  /** The editor of a field: `modelValue` is what is typed (texts for texts and numbers); tell changes by `update:modelValue`. */
  'field.input': { field: FieldOfSlot, modelValue: unknown, disabled: boolean }
  /** A panel on the page of one's day. */
  'dashboard.widget': Record<never, never>
  /** A page of the settings. */
  'settings.page': Record<never, never>
  /** Stands at the lower edge of every page, as a soft phone does. */
  'app.dock': Record<never, never>
}
/** Names of the places of the app: the keys of {@link SlotProps}. */
export type SlotName = keyof SlotProps

/** What a slot asks of its items besides, in {@link defineWebPlugin}. Titles are keys of the plugin's texts, icons names such as `i-lucide-star`. */
export interface SlotExtras {
  /** What stands on the tab. */
  'record.tabs': {
    /** Key of the plugin's texts. */
    title: string
    /** Before the title. Default: none. */
    icon?: string
    /** The list of records that refer to this one, by its name in the API (`loyaltyEntries`), whose own tab this one stands in for. */
    replaces?: string
  }
  /** What stands on the tab above the timeline. */
  'record.composer': { title: string, icon?: string }
  /** What stands in the list of settings. */
  'settings.page': { title: string, icon?: string }
  /** The kinds of entries. */
  'timeline.item': { match: string | readonly string[] }
  /** `<object>.<key of the field>`: `client.loyalty.points`. */
  'list.cell': { match: string | readonly string[] }
  /** Likewise. */
  'field.input': { match: string | readonly string[] }
}

/** Who is signed in, as predicates (`when`) of {@link defineWebPlugin} need it. */
export interface Rights {
  /** Whether the signed-in person has a capability: `telephony.call.place`, `plugins.manage`. */
  can(capability: string): boolean
  /** Whether his roles let him do this to records of an object at all; which ones, the server says of each. `read`: he knows the object. */
  may(object: string, action: 'read' | 'create' | 'update' | 'delete'): boolean
}

/** A component in a slot; see {@link defineWebPlugin}. */
export type SlotItem<Name extends SlotName> = {
  /** kebab-case, unique in the slot within the plugin. */
  id: string
  /** Fetched when it is first shown. */
  component: () => Promise<{ default: Component }>
  /** Smaller ones stand first. @defaultValue 100 */
  order?: number
  /** Whether it is shown; asked again when what it reads changes. Must be quick. @defaultValue always */
  when?(props: SlotProps[Name], rights: Rights): boolean
} & (Name extends keyof SlotExtras ? SlotExtras[Name] : unknown)
