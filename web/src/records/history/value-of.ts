import type { FieldInfo } from '../../model/types.ts'

const isText = (value: unknown) => typeof value === 'string'
const isNumber = (value: unknown) => typeof value === 'number' || (isText(value) && /^-?\d+(\.\d+)?$/.test(value as string))
const isMoment = (value: unknown) => isText(value) && !Number.isNaN(Date.parse(value as string))
const has = (value: unknown, key: string) => typeof value === 'object' && value !== null && key in value

/** Whether the trail has a value as the field has it today. Of records it keeps the id only, of phones and addresses no form to be read; before its type was changed a field had values of another kind. */
export function isValueOf(field: Pick<FieldInfo, 'type'>, value: unknown): boolean {
  switch (field.type) {
    case 'reference': case 'user': case 'record': case 'file': case 'stage': case 'pipeline': case 'address': case 'phone': return false
    case 'boolean': return typeof value === 'boolean'
    case 'integer': case 'decimal': return isNumber(value)
    case 'money': return has(value, 'amount')
    case 'date': case 'dateTime': return isMoment(value)
    case 'select': return has(value, 'key')
    case 'multiSelect': return Array.isArray(value) && value.every(option => has(option, 'key'))
    case 'taxId': return has(value, 'value')
    default: return isText(value)
  }
}
