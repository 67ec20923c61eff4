import type { ShownWhen } from '@kartotek/sdk'
import type { FieldInfo } from '../model/types.ts'

/**
 * Whether a form or a card asks for what has this condition.
 * @param draft the value of a field of the record, as its editor holds it
 * @param byFormula what the server says of a condition that is a formula
 */
export function isAsked(when: ShownWhen | null | undefined, fields: readonly FieldInfo[], draft: (field: FieldInfo) => unknown, byFormula = false): boolean {
  if (when && 'formula' in when) return byFormula
  const field = when && fields.find(({ key }) => key === when.field)
  return !field || [draft(field)].flat().some(value => when.in.includes(String(field.type === 'boolean' ? value === true : value)))
}

/** Whether a record has a value here: what is filled in is never hidden. */
export function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== null && value !== undefined && value !== '' && value !== false
}
