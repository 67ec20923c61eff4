import type { FieldInfo } from '../../model/types.ts'

/** A value in the shape of the input, in the shape in which values are shown. A reference is only an id here. */
export function inputShown(field: Pick<FieldInfo, 'type'>, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (field.type) {
    case 'select': case 'stage': return { key: value, id: value, label: String(value) }
    case 'multiSelect': return (value as string[]).map(key => ({ key }))
    case 'phone': return typeof value === 'string' ? { display: value } : value
    case 'reference': case 'user': case 'file': return typeof value === 'string' ? { id: value, title: value } : value
    default: return value
  }
}
