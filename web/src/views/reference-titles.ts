import { query } from '../graphql/client.ts'
import { useModel } from '../model/useModel.ts'
import type { Group, Item, Lookup } from '../records/filter/filter-model.ts'

interface Named { id: string, title: string | null }

/** Saved conditions know records by their ids: gives them their titles again, as far as one may see them. */
export function useReferenceTitles(): (group: Group, lookup: Lookup) => Promise<Group> {
  const { byName } = useModel()
  return async (group, lookup) => {
    const wanted = new Map<string, Named[]>()
    collect(group, lookup, wanted)
    await Promise.all([...wanted].map(async ([name, records]) => {
      const object = byName(name)
      if (!object) return
      const { [object.plural]: found } = await query<Record<string, { nodes: Named[] }>>(`query Titles($filter: ${object.type}Filter) { ${object.plural}(filter: $filter, first: 200, archived: ALL) { nodes { id title } } }`, { filter: { id: { in: records.map(({ id }) => id) } } })
      for (const record of records) record.title = found?.nodes.find(({ id }) => id === record.id)?.title ?? null
    })).catch(() => { /* without titles it filters all the same */ })
    return group
  }
}

function collect(item: Item, lookup: Lookup, wanted: Map<string, Named[]>): void {
  if (item.kind === 'group') for (const inner of item.items) collect(inner, lookup, wanted)
  else if (item.kind === 'list') collect(item.group, lookup.of(item.object), wanted)
  else if (item.kind === 'condition' && Array.isArray(item.value)) {
    const field = lookup.fields.find(({ key }) => key === item.field)
    const to = field?.type === 'user' ? 'user' : field?.type === 'reference' ? field.to : null
    if (to) wanted.set(to, [...wanted.get(to) ?? [], ...item.value as Named[]])
  }
}
