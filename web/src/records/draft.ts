import type { FieldInfo } from '../model/types.ts'

/** A reference while it is edited: the title is only shown. */
export interface Ref { id: string, title: string | null }
/** Any record while it is edited. */
export interface LinkDraft extends Ref { object: string }
export interface MoneyDraft { amount: string, currency: string | null }
export interface TaxIdDraft { value: string, country: string }
export interface AddressDraft { postcode: string, country: string, region: string, city: string, street: string, house: string }
export const ADDRESS_PARTS = ['street', 'house', 'postcode', 'city', 'region', 'country'] as const

type Loose = Record<string, unknown> | null | undefined
const text = (value: unknown): string => value == null ? '' : String(value)

/** Local wall time of an instant, as `<input type="datetime-local">` wants it. */
function toLocalInput(instant: string): string {
  const date = new Date(instant)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** `3.5000` → `3.5`: the zeros of the database say nothing to a person. At least `keep` digits stay. */
function trimDecimal(amount: string, keep: number): string {
  const [whole = '', digits] = amount.split('.')
  if (digits === undefined) return amount
  const short = digits.replace(/0+$/, '').padEnd(Math.min(keep, digits.length), '0')
  return short ? `${whole}.${short}` : whole
}

/** The value of a field as its editor holds it. */
export function draftOf(field: Pick<FieldInfo, 'type'>, value: unknown): unknown {
  const object = value as Loose
  switch (field.type) {
    case 'boolean': return value === true
    case 'select': return object?.key ?? null
    case 'multiSelect': return (value as { key: string }[] | null ?? []).map(option => option.key)
    case 'reference': case 'user': case 'file': case 'stage': case 'pipeline': return object ? { id: object.id, title: object.title } : null
    case 'record': return object ? { object: object.object, id: object.id, title: object.title } : null
    case 'phone': return text(object?.display ?? object?.raw)
    case 'money': return { amount: trimDecimal(text(object?.amount), 2), currency: (object?.currency as string | null | undefined) ?? null } satisfies MoneyDraft
    case 'taxId': return { value: text(object?.value), country: text(object?.country) } satisfies TaxIdDraft
    case 'address': return Object.fromEntries(ADDRESS_PARTS.map(part => [part, text(object?.[part])]))
    case 'dateTime': return value ? toLocalInput(String(value)) : ''
    case 'decimal': return trimDecimal(text(value), 0)
    case 'date': return value ? String(value).slice(0, 10) : ''
    default: return text(value)
  }
}

/** Decimal comma and spaces between thousands are how people write; the API takes a point. Other text stays for the server to judge. */
export function decimalOf(written: string): string {
  const tight = written.replace(/[\s\u00a0\u202f]/g, '')
  return /^[+-]?\d*,\d*$/.test(tight) ? tight.replace(',', '.') : tight
}

/**
 * The value of an editor as the API's input takes it; empty is null.
 * @param currency what money is in that names no currency; without it the server decides
 */
export function inputOf(field: Pick<FieldInfo, 'type'>, draft: unknown, currency?: string): unknown {
  const object = draft as Loose
  switch (field.type) {
    case 'boolean': return draft === true
    case 'select': return draft || null
    case 'multiSelect': return (draft as string[]).length ? draft : null
    case 'reference': case 'user': case 'file': case 'stage': case 'pipeline': return object?.id ?? null
    case 'record': return object?.id ? { object: object.object, id: object.id } : null
    case 'money': {
      const amount = decimalOf(text(object?.amount))
      const named = object?.currency ?? currency
      return amount ? { amount, ...(named ? { currency: named } : {}) } : null
    }
    case 'taxId': return text(object?.value).trim() ? { value: text(object?.value).trim(), ...(object?.country ? { country: object.country } : {}) } : null
    case 'address': {
      const parts = ADDRESS_PARTS.map(part => [part, text(object?.[part]).trim() || null] as const)
      return parts.some(([, value]) => value) ? Object.fromEntries(parts) : null
    }
    case 'integer': {
      const written = decimalOf(text(draft))
      return written === '' ? null : /^[+-]?\d+$/.test(written) ? Number(written) : written
    }
    case 'decimal': return decimalOf(text(draft)) || null
    case 'dateTime': return draft ? new Date(String(draft)).toISOString() : null
    default: return text(draft).trim() || null
  }
}

/** Whether two drafts would be saved as the same value. */
export function sameDraft(field: Pick<FieldInfo, 'type'>, a: unknown, b: unknown): boolean {
  return JSON.stringify(inputOf(field, a)) === JSON.stringify(inputOf(field, b))
}

/** A draft in the shape in which values are shown, for previews of what is not saved yet. */
export function shownOf(field: Pick<FieldInfo, 'type'>, draft: unknown): unknown {
  switch (field.type) {
    case 'select': return draft ? { key: draft } : null
    case 'multiSelect': return (draft as string[]).map(key => ({ key }))
    case 'phone': return draft ? { display: draft } : null
    case 'money': return inputOf(field, draft)
    case 'integer': case 'decimal': return /^[+-]?\d+(\.\d+)?$/.test(decimalOf(text(draft))) ? decimalOf(text(draft)) : null
    default: return draft
  }
}
