import type { FieldType } from '@kartotek/sdk'
import type { FieldKind } from '../../model/types.ts'

/** The types in the order of the gallery: what is used most comes first. */
export const FIELD_GALLERY: readonly FieldType[] = [
  'text', 'select', 'multiSelect', 'date', 'boolean', 'integer', 'decimal', 'money', 'longText', 'dateTime', 'reference', 'user', 'phone', 'email', 'url', 'address', 'taxId',
]

export const FIELD_ICONS: Record<FieldKind, string> = {
  text: 'i-lucide-type', longText: 'i-lucide-text', integer: 'i-lucide-hash', decimal: 'i-lucide-percent', money: 'i-lucide-coins', boolean: 'i-lucide-toggle-left',
  date: 'i-lucide-calendar', dateTime: 'i-lucide-calendar-clock', select: 'i-lucide-circle-dot', multiSelect: 'i-lucide-tags', email: 'i-lucide-mail', phone: 'i-lucide-phone',
  url: 'i-lucide-link', address: 'i-lucide-map-pin', user: 'i-lucide-user-round', reference: 'i-lucide-arrow-up-right', taxId: 'i-lucide-landmark',
  stage: 'i-lucide-square-kanban', pipeline: 'i-lucide-workflow',
}

const TEXTS = new Set<FieldKind>(['text', 'longText'])
const RANGES = new Set<FieldKind>(['integer', 'decimal', 'money', 'date'])
export const hasOptions = (type: FieldKind): boolean => type === 'select' || type === 'multiSelect'
export const hasLength = (type: FieldKind): boolean => TEXTS.has(type)
export const hasRange = (type: FieldKind): boolean => RANGES.has(type)
export const canBeUnique = (type: FieldKind): boolean => ['text', 'integer', 'email', 'phone', 'url', 'taxId', 'date'].includes(type)

/** Palette of options and stages. */
export const COLORS = ['slate', 'red', 'orange', 'amber', 'green', 'teal', 'sky', 'blue', 'indigo', 'violet', 'pink'] as const
