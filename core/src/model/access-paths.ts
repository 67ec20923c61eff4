import { invalid } from './change.ts'
import { stepsOf, type Model, type ObjectModel } from './model.ts'

/**
 * Whether access to the records of an own object can come by these references of it.
 * @throws InputError for what is no reference, and where the way would lead back to the object itself: it would have no end
 */
export function checkAccessFrom(model: Model, object: ObjectModel, paths: readonly string[]): void {
  if (paths.length > 5) throw invalid('accessFrom', 'tooMany', 'Access comes by at most five references.')
  if (new Set(paths).size !== paths.length) throw invalid('accessFrom', 'unique', 'A reference stands here twice.')
  for (const path of paths) {
    const field = object.byKey.get(path)
    if (!field?.to || !model.objects.has(field.to) || field.group === '') throw invalid('accessFrom', 'reference', `"${path}" is no own reference of ${object.name}.`)
    if (field.to !== 'user' && leadsTo(model, model.objects.get(field.to)!, object.name, new Set())) {
      throw invalid('accessFrom', 'reference', `Access to ${field.to} comes from ${object.name} already: it cannot come back.`)
    }
  }
}

/** Whether access to records of `from` comes, by however many steps, from records of the object. */
function leadsTo(model: Model, from: ObjectModel, name: string, seen: Set<string>): boolean {
  if (from.name === name) return true
  if (seen.has(from.name)) return false
  seen.add(from.name)
  return sourcesOf(model, from, name).some((next) => leadsTo(model, next, name, seen))
}

function sourcesOf(model: Model, object: ObjectModel, name: string): ObjectModel[] {
  const named = [...object.partOf.map((part) => part.object), ...(object.accessFrom ?? []).flatMap((path): string[] => {
    const [first, second] = stepsOf(object, path)
    const field = object.byKey.get(first)
    // A link may name any record, those of the object among them.
    if (field?.handler.filter === 'record') return field.among?.includes(name) ?? true ? [name] : field.among ?? []
    if (!second) return field?.to && field.to !== 'user' ? [field.to] : []
    const part = model.objects.get(object.lists.find((list) => list.part && list.name === first)?.object ?? '')
    const target = part?.byKey.get(second)?.to
    return target && target !== 'user' ? [target] : []
  })]
  return named.flatMap((one) => model.objects.get(one) ?? [])
}
