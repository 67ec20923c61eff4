import type { FieldModel, Model, ObjectModel } from './model.ts'

type Objects = Model['objects']

/** All fields from which this one is derived, through however many steps; undefined stands for a path that leads nowhere. */
export function sourcesOf(objects: Objects, field: FieldModel, found = new Set<FieldModel | undefined>()): (FieldModel | undefined)[] {
  for (const path of field.derivedFrom ?? []) {
    const source = fieldAt(objects, objects.get(field.object), path)
    if (found.has(source)) continue
    found.add(source)
    if (source) sourcesOf(objects, source, found)
  }
  return [...found]
}

/**
 * `cost` and `custom.tier` of the object itself; `lines.cost` and `product.cost` behind one of its lists and references; `message.text` of
 * another object, from whose records it is copied without a reference to them.
 */
function fieldAt(objects: Objects, object: ObjectModel | undefined, path: string): FieldModel | undefined {
  const own = object?.byKey.get(path)
  if (own || !path.includes('.')) return own
  const [first, ...rest] = path.split('.') as [string, ...string[]]
  const beyond = object?.lists.find((l) => l.name === first)?.object ?? object?.byKey.get(first)?.to ?? (objects.has(first) ? first : undefined)
  return beyond === undefined ? undefined : fieldAt(objects, objects.get(beyond), rest.join('.'))
}
