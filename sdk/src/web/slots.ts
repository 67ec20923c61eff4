import type { Component } from 'vue'

/** The record whose card is open. */
export interface CurrentRecord {
  /** Name of its object: `client`. */
  readonly object: string
  readonly id: string
  readonly title: string | null
  /** Its fields as the card has read them, by name; those of plugins stand under the plugin's name: `values.loyalty.points`. */
  readonly values: Readonly<Record<string, unknown>>
  /** Reads the card anew, for what was changed past it. */
  reload(): Promise<void>
}

/** One entry of a timeline. */
export interface TimelineEntry {
  readonly id: string
  /** Key of its kind: `telephony-call`. */
  readonly kind: string
  /** When it happened, ISO 8601. */
  readonly at: string
  readonly author: { readonly id: string | null, readonly name: string | null }
  /** The record that it belongs to; null where one may not see it. */
  readonly record: { readonly object: string, readonly id: string, readonly title: string | null } | null
  readonly heading: string | null
  readonly text: string | null
  readonly direction: 'in' | 'out' | 'internal' | null
  readonly seconds: number | null
  /** Values of the fields that plugins have added to entries, by key: `telephony.result`. */
  readonly data: readonly { readonly key: string, readonly label: string, readonly value: unknown }[]
}

/** What a field is, as far as the component of one needs it. */
export interface FieldOfSlot {
  /** Path in the API: `name`, `custom.tier`, `loyalty.points`. */
  readonly key: string
  readonly type: string
  readonly label: string
  readonly required: boolean
  readonly writable: boolean
}

/** The places of the app where components of plugins stand, and the props that each of them gets. */
export interface SlotProps {
  /** Buttons in the head of a card. */
  'record.header.actions': { record: CurrentRecord }
  /** A tab of a card; it has the whole room below the tabs. */
  'record.tabs': { record: CurrentRecord }
  /** A panel beside the fields of a card. */
  'record.side': { record: CurrentRecord }
  /** The body of a timeline entry of a plugin's kind, in place of its text and data. */
  'timeline.item': { entry: TimelineEntry, record: { readonly object: string, readonly id: string } }
  /** The cell of a field in lists. Many are on the screen at once: no queries here. */
  'list.cell': { field: FieldOfSlot, value: unknown, row: Readonly<Record<string, unknown>> }
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
/** Names of the places of the app. */
export type SlotName = keyof SlotProps

/** What a slot asks of its items besides. Titles are keys of the plugin's texts, icons names such as `i-lucide-star`. */
export interface SlotExtras {
  'record.tabs': {
    title: string
    icon?: string
    /** The list of records that refer to this one, by its name in the API (`loyaltyEntries`), whose own tab this one stands in for. */
    replaces?: string
  }
  'settings.page': { title: string, icon?: string }
  /** The kinds of entries. */
  'timeline.item': { match: string | readonly string[] }
  /** `<object>.<key of the field>`: `client.loyalty.points`. */
  'list.cell': { match: string | readonly string[] }
  'field.input': { match: string | readonly string[] }
}

/** Who is signed in, as predicates need it. */
export interface Rights {
  /** Whether the signed-in person has a capability: `telephony.call.place`, `plugins.manage`. */
  can(capability: string): boolean
}

/** A component in a slot. */
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
