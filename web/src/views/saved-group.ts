import { query } from '../graphql/client.ts'
import type { ObjectInfo } from '../model/types.ts'
import { wholeFilter } from '../records/filter/filter-from.ts'
import { referredBy, toFilter, type Group, type Item, type Lookup } from '../records/filter/filter-model.ts'
import type { ViewContent } from './documents.ts'

interface Named { id: string, title: string | null }

/** A saved filter for the builder. It knows records by their ids: they get their titles again, as far as one may see them. */
export async function savedGroup(filter: Record<string, unknown> | null, lookup: Lookup, byName: (name: string) => ObjectInfo | undefined): Promise<Group> {
  const group = wholeFilter(filter, lookup)
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

function collect(item: Item, lookup: Lookup, wanted: Map<string, Named[]>): void {
  if (item.kind === 'group') for (const inner of item.items) collect(inner, lookup, wanted)
  else if (item.kind === 'list' || item.kind === 'reference') collect(item.group, lookup.of(item.object), wanted)
  else if (item.kind === 'condition' && Array.isArray(item.value)) {
    const field = lookup.fields.find(({ key }) => key === item.field)
    const to = field && referredBy(field)
    if (to) wanted.set(to, [...wanted.get(to) ?? [], ...item.value as Named[]])
  }
}

/** Whether two show the same: filters are compared as the builder writes them. */
export function sameContent(a: ViewContent, b: ViewContent, lookup: Lookup): boolean {
  const written = ({ columns, filter, orderBy, groupBy, layout, pipeline }: ViewContent) => JSON.stringify([
    layout === 'LIST' ? columns : [], toFilter(wholeFilter(filter, lookup), lookup) ?? null, orderBy.map(({ field, direction }) => [field, direction]), groupBy, layout, pipeline,
  ])
  return written(a) === written(b)
}
