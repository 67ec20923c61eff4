import { useModel } from '../../model/useModel.ts'
import type { Lookup } from './filter-model.ts'

/** What filters of objects can refer to, from the model. */
export function useLookup(): (object: string) => Lookup {
  const { byName, objects, partsOf } = useModel()
  const lookup = (name: string): Lookup => ({
    fields: byName(name)?.fields ?? [],
    lists: [
      ...partsOf(name).map(({ list, part }) => ({ name: list, object: part.name })),
      ...objects.value.flatMap(from => from.fields.filter(field => field.type === 'reference' && field.to === name && field.reverse && !field.hidden && !from.partOf.some(of => of.object === name && of.field === field.key))
        .map(field => ({ name: field.reverse!, object: from.name }))),
    ],
    of: lookup,
  })
  return lookup
}
