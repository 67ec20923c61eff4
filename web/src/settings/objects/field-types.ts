import type { FieldType } from '@kartotek/sdk'
import type { FieldInfo, FieldKind } from '../../model/types.ts'

/** What is chosen for a new field: a type, or a text of a known form. */
export type FieldChoice = FieldType | 'currency'

/** The choices in the order of the gallery: what is used most comes first. */
export const FIELD_GALLERY: readonly FieldChoice[] = [
  'text', 'select', 'multiSelect', 'date', 'boolean', 'integer', 'decimal', 'money', 'longText', 'dateTime', 'reference', 'user', 'phone', 'email', 'url', 'file', 'address', 'taxId', 'currency',
]

export const FIELD_ICONS: Record<FieldKind | 'currency', string> = {
  text: 'i-lucide-type', longText: 'i-lucide-text', integer: 'i-lucide-hash', decimal: 'i-lucide-percent', money: 'i-lucide-coins', boolean: 'i-lucide-toggle-left',
  date: 'i-lucide-calendar', dateTime: 'i-lucide-calendar-clock', select: 'i-lucide-circle-dot', multiSelect: 'i-lucide-tags', email: 'i-lucide-mail', phone: 'i-lucide-phone',
  url: 'i-lucide-link', address: 'i-lucide-map-pin', user: 'i-lucide-user-round', reference: 'i-lucide-arrow-up-right', record: 'i-lucide-link-2', file: 'i-lucide-paperclip', taxId: 'i-lucide-landmark',
  stage: 'i-lucide-square-kanban', pipeline: 'i-lucide-workflow', currency: 'i-lucide-euro',
}

/** What a field is called and how it looks in the settings. */
export const choiceOf = (field: Pick<FieldInfo, 'type' | 'format'>): FieldKind | 'currency' => field.format ?? field.type

const TEXTS = new Set<FieldKind>(['text', 'longText'])
const RANGES = new Set<FieldKind>(['integer', 'decimal', 'money', 'date', 'dateTime'])
const COMPUTED = new Set<FieldKind>(['text', 'longText', 'integer', 'decimal', 'money', 'boolean', 'date', 'dateTime'])
const SEARCHED = new Set<FieldKind>(['text', 'longText', 'email', 'phone', 'url', 'taxId'])
const UNIQUE = new Set<FieldKind>(['text', 'integer', 'decimal', 'email', 'phone', 'url', 'taxId', 'date', 'dateTime', 'select', 'user', 'reference'])

export const hasOptions = (type: FieldKind): boolean => type === 'select' || type === 'multiSelect'
export const hasLength = (type: FieldKind): boolean => TEXTS.has(type)
export const hasRange = (type: FieldKind): boolean => RANGES.has(type)
export const hasScale = (type: FieldKind): boolean => type === 'decimal' || type === 'money'
export const canBeUnique = (type: FieldKind): boolean => UNIQUE.has(type)
export const canBeComputed = (type: FieldKind): boolean => COMPUTED.has(type)
/** Types whose values a formula reads. */
export const isReadByFormulas = (type: FieldKind): boolean => COMPUTED.has(type) || SEARCHED.has(type) || type === 'select'
export const canBeSearched = (type: FieldKind): boolean => SEARCHED.has(type)

/** Palette of options and stages. */
export const COLORS = ['slate', 'red', 'orange', 'amber', 'green', 'teal', 'sky', 'blue', 'indigo', 'violet', 'pink'] as const
