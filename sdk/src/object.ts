import type { Localized } from './locale.ts'

/**
 * The field types of the model. Each has real, typed columns, a validator, GraphQL types and filters.
 *
 * @example
 * // A description of fields from elsewhere (a spreadsheet, another program) is checked before it becomes a model.
 * import { FIELD_TYPES, InputError, type FieldDefinition } from '@kartotek/sdk'
 *
 * export function fieldOf({ name, type, label }: Record<'name' | 'type' | 'label', string>): FieldDefinition {
 *   const known = FIELD_TYPES.find((one) => one === type)
 *   if (!known) throw new InputError(`There is no type of fields "${type}". Possible are ${FIELD_TYPES.join(', ')}.`)
 *   return { name, type: known, label: { en: label } }
 * }
 */
export const FIELD_TYPES = [
  'text', 'longText', 'integer', 'decimal', 'money', 'boolean', 'date', 'dateTime', 'select', 'multiSelect',
  'email', 'phone', 'url', 'address', 'user', 'reference', 'record', 'file', 'taxId',
] as const
/** One of {@link FIELD_TYPES}. */
export type FieldType = (typeof FIELD_TYPES)[number]

/** One choice of a `select` or `multiSelect` of a {@link FieldDefinition}. `key` is stored and stable, `label` is shown. */
export interface OptionDefinition {
  /** 1–60 characters of `a–z A–Z 0–9 _ -`. */
  key: string
  /** As people see it, on cards and in lists. */
  label: Localized
  /** A colour name of the palette: `slate red orange amber green teal sky blue indigo violet pink`. Default `slate`. */
  color?: string
  /** No longer offered: records that have it keep it, and it may still be written (an import of history). Default false. */
  hidden?: boolean
}

/**
 * One attribute of an object, as a core feature, a plugin or an admin describes it.
 *
 * @example
 * // A loyalty level and points on clients: in the API `client { clubCard { level points } }`.
 * import { definePlugin, type FieldDefinition } from '@kartotek/sdk'
 *
 * const level: FieldDefinition = {
 *   name: 'level', type: 'select', default: 'basic', filterable: true, history: true,
 *   label: { en: 'Level', fi: 'Taso', ru: 'Уровень', uk: 'Рівень' },
 *   help: { en: 'Of the club card. It is raised by hand.' },
 *   options: [
 *     { key: 'basic', color: 'slate', label: { en: 'Basic', fi: 'Perus', ru: 'Базовый', uk: 'Базовий' } },
 *     { key: 'gold', color: 'amber', label: { en: 'Gold', fi: 'Kulta', ru: 'Золотой', uk: 'Золотий' } },
 *   ],
 * }
 * const points: FieldDefinition = {
 *   name: 'points', type: 'integer', default: 0, min: 0, filterable: true, readOnly: true,
 *   label: { en: 'Points', fi: 'Pisteet', ru: 'Баллы', uk: 'Бали' },
 * }
 *
 * export default definePlugin({ id: 'club-card', version: '1.0.0', compat: { sdk: '^0.1' }, fields: { client: [level, points] } })
 */
export interface FieldDefinition {
  /** API name in camelCase, at most 40 characters, unique in its group (system, plugin, custom). */
  name: string
  /** What it holds; `docs/plugins.md` says what is read and written of each type. */
  type: FieldType
  /** As people see it, on cards, in lists and exports. */
  label: Localized
  /** One or two sentences; becomes the description in GraphQL and the help on the card. */
  help?: Localized
  /** A value must be present. Default false. */
  required?: boolean
  /** No two records outside the trash have the same value. Default false. */
  unique?: boolean
  /** The value of new records, in the shape of the input; of a date also `today` (the company's day on which the record is made), of a date-time `now`. */
  default?: unknown
  /**
   * Where an empty field takes its value from when the reference is set: `product.price` copies the price of the product
   * that the field `product` refers to. Both fields have the same type; money of another currency is not copied, nor is
   * what the caller may not read there and could read here.
   */
  copyFrom?: string
  /**
   * Fields from which this one is computed and whose values can be told from it: keys of the same object (`cost`,
   * `custom.tier`), or of another one behind a list or a reference (`lines.cost`, `product.cost`). Who may not read one of
   * them cannot read this one either: not select, filter, sort, search or group by it, nor see its history. A path that
   * leads nowhere closes the field to everybody. Name what the value gives away, not all that went into it: a margin tells
   * the cost, the total of many lines tells no price.
   */
  derivedFrom?: string[]
  /**
   * An expression over other fields of the same record by which the server fills this one at every write:
   * `round(price * quantity, 2)`. The field is then read-only, and closed to whoever may not read one of the fields in it.
   * For text, longText, integer, decimal, money, boolean, date and dateTime; at most 2,000 characters.
   */
  formula?: string
  /** Least value of integer, decimal, money (amount), date, dateTime. */
  min?: number | string
  /** Greatest value. */
  max?: number | string
  /** Least length of text in characters. */
  minLength?: number
  /** Greatest length of text in characters. Default 255 for text, 20,000 for longText. */
  maxLength?: number
  /** A regular expression that the whole text must match; run by an engine with linear time. */
  pattern?: string
  /**
   * What a `text` holds, where the server can check it and the app can offer a list instead of an empty box. `currency`: the
   * code of a currency by ISO 4217 in capitals (see {@link CURRENCIES}); money in the lists of the record that names no
   * currency is then in this one, and the app proposes it for all money of the record. Default: any text.
   */
  format?: 'currency'
  /**
   * Name of a `technical` field of the same group that keeps the normal form of what is typed here: the E.164 number of a
   * phone. The app calls and links by it, and shows what was typed.
   */
  normalForm?: string
  /** Digits after the point of a decimal or of money, 0–6. Default 2. */
  scale?: number
  /** Choices of `select` and `multiSelect`, in their order. */
  options?: OptionDefinition[]
  /** Whoever may write the field may add choices (`addOption`), as tags want it. Default false: only who manages the model. */
  openOptions?: boolean
  /** Target object of a `reference`. */
  to?: string
  /** Objects whose records a `record` may name. Default: every object that is not a part. */
  among?: string[]
  /** Records that name one other are read in the order of this field: the index of a `reference` or `record` has both. */
  sortedBy?: string
  /** Name of the list on the target that this reference gives it (`client` on order → `orders` on client). Default: none. */
  reverse?: string
  /** Section of the card. Default `main`. */
  section?: string
  /** Where people are asked for the field. Default: everywhere. */
  shownWhen?: ShownWhen
  /** Place in the section, ascending. Default: order of definition. */
  position?: number
  /** May be filtered, sorted and grouped by; an index is built in the background. Default false for custom, true where set. */
  filterable?: boolean
  /** Leaves with exports. Default true. */
  exported?: boolean
  /** Takes part in full-text search. Default false. */
  searchable?: boolean
  /** Keeps from–to history of its values (fieldHistory). Default false. */
  history?: boolean
  /** Computed by the server: visible, never in inputs. Default false. */
  readOnly?: boolean
  /** Serves the machinery (a key by which records are matched): in the API, but not on cards, in lists and in histories. Default false. */
  technical?: boolean
  /**
   * Follows what happens elsewhere (the last message of a conversation): where nothing but such fields is changed, the change is told in
   * the record's history, and on no timeline. Default false.
   */
  quiet?: boolean
  /**
   * Tells who the person is of whom the record is a trace (the number that called, what he wrote), though it must have a value, is unique,
   * or is read-only: when he is erased, it gets a word or an id that tells nothing, or is emptied. Fields of text that may be empty go
   * without this. An object with such a field keeps no documents: its files go, too, and so do records that name nobody, but have his
   * number. Default false.
   */
  identifying?: boolean
  /** Kept by the server for itself: nobody reads it, administrators and plugins neither. Default false. */
  internal?: boolean
}

/**
 * Forms and cards show something only where the record meets this, or where it has a value itself. It is a matter of the
 * screen: what may be written, and what must be, stays as it is.
 *
 * @example
 * import type { FieldDefinition } from '@kartotek/sdk'
 *
 * export const fields: FieldDefinition[] = [
 *   { name: 'delivery', type: 'boolean', default: false, label: { en: 'With delivery' } },
 *   { name: 'floor', type: 'integer', min: 0, label: { en: 'Floor' }, shownWhen: { field: 'shop.delivery', in: ['true'] } },
 *   { name: 'approvedBy', type: 'user', label: { en: 'Approved by' }, shownWhen: { formula: 'amount(total) > 1000' } },
 * ]
 */
export type ShownWhen = ShownByValue | ShownByFormula

/** Where another field of the same record has one of these values; see {@link ShownWhen}. */
export interface ShownByValue {
  /** Key of a `select`, `multiSelect` or `boolean` of the same record: `kind`, `custom.tier`. */
  field: string
  /** Keys of choices, of which one suffices; `true` or `false` of a `boolean`. */
  in: string[]
}

/** Where a formula over other fields of the same record gives yes; see {@link ShownWhen}. Not for lists and their rows. */
export interface ShownByFormula {
  /** An expression (`docs/expressions.md`) that gives yes or no: `amount(total) > 1000`. At most 2,000 characters. */
  formula: string
}

/**
 * A kind of record.
 *
 * @example
 * // Warranty claims of orders: with list, card, board of stages, rights, history, import and export like objects of the core.
 * import { definePlugin, type ObjectDefinition } from '@kartotek/sdk'
 *
 * const claim: ObjectDefinition = {
 *   name: 'warrantyClaim', plural: 'warrantyClaims', icon: 'shield-alert', title: 'number',
 *   label: { en: 'Warranty claim', fi: 'Takuuvaatimus', ru: 'Рекламация', uk: 'Рекламація' },
 *   labelPlural: { en: 'Warranty claims', fi: 'Takuuvaatimukset', ru: 'Рекламации', uk: 'Рекламації' },
 *   owned: true, staged: true,
 *   accessFrom: ['order'],  // who sees the order sees its claims, as far as his role gives him claims at all
 *   series: { field: 'number', key: 'warranty-claim', prefix: 'W-{year}-', digits: 4 },
 *   fields: [
 *     { name: 'number', type: 'text', unique: true, searchable: true, label: { en: 'Number', fi: 'Numero', ru: 'Номер', uk: 'Номер' } },
 *     { name: 'order', type: 'reference', to: 'order', reverse: 'warrantyClaims', required: true, label: { en: 'Order', fi: 'Tilaus', ru: 'Заказ', uk: 'Замовлення' } },
 *     { name: 'fault', type: 'longText', required: true, searchable: true, label: { en: 'Fault', fi: 'Vika', ru: 'Неисправность', uk: 'Несправність' } },
 *     { name: 'refund', type: 'money', label: { en: 'Refund', fi: 'Hyvitys', ru: 'Возврат', uk: 'Повернення' } },
 *   ],
 * }
 *
 * export default definePlugin({ id: 'warranty', version: '1.0.0', compat: { sdk: '^0.1' }, objects: [claim] })
 */
export interface ObjectDefinition {
  /** API name in singular, camelCase: `client`. */
  name: string
  /** API name in plural: `clients`. */
  plural: string
  /** One record, as people see it: «Client». */
  label: Localized
  /** Many of them, in the side bar and above lists: «Clients». */
  labelPlural: Localized
  /** One or two sentences; becomes the description in GraphQL. Default: none. */
  help?: Localized
  /** An icon name of the lucide set. Default `square`. */
  icon?: string
  /** In the order of the card. Every record also has `id`, `version`, `createdAt`, `updatedAt` and what the switches below bring. */
  fields: FieldDefinition[]
  /** Name of the field that names a record in lists and references. */
  title: string
  /** Records have an owner and a team; scopes own/team/all apply to them. Default false. */
  owned?: boolean
  /** Records tell of their owner and are no work of his (a holiday): they are not handed over, and nobody is told that one was made for him. Default false. */
  personal?: boolean
  /**
   * Its records are kept by programs, which write what matters of them on the timeline themselves: what is changed in them is told in
   * their own history, and not on the timelines of the records that they hang on. Default false.
   */
  quiet?: boolean
  /** Records walk through pipelines: pipeline, stage, stage history, loss reason. Default false. */
  staged?: boolean
  /**
   * Records are parts of another record (order line → order): written with it, gone with it, seen by who sees it.
   * `field` is the reference to the whole, `list` the name of the list on it. Several wholes are possible (a contact
   * point belongs to a client or to a contact); each record then has exactly one of them.
   */
  partOf?: PartOf | PartOf[]
  /**
   * Access follows these references: who may see one of the targets may see this record. A path is a reference
   * (`client`) or a reference of a part (`clients.client`: contact → its links → client). The reference may be a `record`,
   * of whatever object; one to a record that itself gets its access through a `record` gives none. A path to a person
   * (`watchers.user`) gives that person, and nobody else, the sight of the record.
   */
  accessFrom?: string[]
  /** Give each record a number from this series, in this field. `prefix` may contain `{year}`; numbers go on over the years. */
  series?: { field: string, key: string, prefix?: string, digits?: number }
}

/** The whole that a part belongs to, of an {@link ObjectDefinition}. */
export interface PartOf {
  /** Name of the object of the whole: `order`. */
  object: string
  /** Name of the reference from the part to the whole: `order`. */
  field: string
  /** Name of the list of parts on the whole: `lines`. */
  list: string
  /** Forms show the list only where a field of the whole has one of these values. Default: everywhere. */
  shownWhen?: ShownByValue
}
