import type { FieldInfo } from '../../model/types.ts'

const WIDTHS: Partial<Record<FieldInfo['type'], number>> = {
  integer: 124, decimal: 120, money: 140, boolean: 90, date: 144, dateTime: 190, select: 150, stage: 170, multiSelect: 200,
  email: 220, phone: 170, longText: 280, address: 260, user: 170, reference: 210, taxId: 150,
}
const NUMERIC = new Set<FieldInfo['type']>(['integer', 'decimal', 'money'])

/** Width of a table column in pixels, by what usually fits the type. */
export const columnWidth = (field: FieldInfo): number => WIDTHS[field.type] ?? 180
/** Numbers stand at the end of their column, so that digits line up. */
export const isNumeric = (field: FieldInfo): boolean => NUMERIC.has(field.type)
