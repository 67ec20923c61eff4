import type { FieldInfo, ObjectInfo } from './types.ts'

/** `client` → `Client`; the first letter only, as the API names its types and mutations. */
export function pascal(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/** The GraphQL field that holds a group: a plugin's id in camelCase, `custom` as it is. */
export function groupName(group: string): string {
  return group.replace(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase())
}

/** The name of a field in enums, which allow no dots: `custom_tier`. */
export function enumName(key: string): string {
  return key.replace('.', '_').replace(/-/g, '_')
}

/** The names of an object's operations. */
export function operationsOf(object: Pick<ObjectInfo, 'name' | 'plural' | 'type'>) {
  const one = pascal(object.name)
  const many = pascal(object.plural)
  return {
    type: object.type,
    create: `create${one}`, update: `update${one}`, archive: `archive${one}`, restore: `restore${one}`, remove: `delete${one}`,
    updateMany: `update${many}`, archiveMany: `archive${many}`, restoreMany: `restore${many}`, removeMany: `delete${many}`,
    aggregate: `${object.name}Aggregate`, changed: `${object.name}Changed`,
  }
}

/** The value of a field in a record: `custom.tier` is `record.custom.tier`. */
export function valueOf(record: Record<string, unknown> | null | undefined, field: Pick<FieldInfo, 'name' | 'group'>): unknown {
  if (!record) return undefined
  const holder = isSystem(field) ? record : record[groupName(field.group)] as Record<string, unknown> | null | undefined
  return holder?.[field.name]
}

/** What is typed into a field, in its normal form, where there is one. */
export function normalFormOf(record: Record<string, unknown> | null | undefined, { group, normalForm }: Pick<FieldInfo, 'group' | 'normalForm'>): unknown {
  return normalForm ? valueOf(record, { name: normalForm, group }) : undefined
}

/** Whether the field stands on the record itself, not in a group. */
export function isSystem(field: Pick<FieldInfo, 'group'>): boolean {
  return field.group === '' || field.group === 'system'
}

/** Puts values by field into the nested shape of inputs and filters. */
export function nest(entries: [Pick<FieldInfo, 'name' | 'group'>, unknown][]): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [field, value] of entries) {
    if (isSystem(field)) result[field.name] = value
    else result[groupName(field.group)] = { ...result[groupName(field.group)] as object | undefined, [field.name]: value }
  }
  return result
}

/** Whether records are named by a number that the system gives: nobody has to fill it in, and alone it says little. */
export function isNumbered(object: Pick<ObjectInfo, 'fields' | 'title'>): boolean {
  const title = object.fields.find(field => field.key === object.title)
  return title !== undefined && !title.required
}
