import type { FieldType as FieldTypeName } from '@kartotek/sdk'
import { multiSelect, select } from './choice.ts'
import type { FieldType } from './field-type.ts'
import { boolean, decimal, integer, money } from './number.ts'
import { address, file, record, reference, user } from './relation.ts'
import { email, longText, phone, taxId, text, url } from './text.ts'
import { date, dateTime } from './time.ts'

/** All field types by name. */
export const fieldTypes: Readonly<Record<FieldTypeName, FieldType>> = {
  text, longText, integer, decimal, money, boolean, date, dateTime, select, multiSelect, email, phone, url, address, user, reference, record, file, taxId,
}

export { ValueIssue, type FieldType, type FilterKind, type ValueContext } from './field-type.ts'
