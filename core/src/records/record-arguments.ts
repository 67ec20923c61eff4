import type { ObjectModel } from '../model/model.ts'
import { enumName } from '../model/naming.ts'
import type { AggregateArguments } from './aggregate.ts'
import type { ListArguments } from './list-arguments.ts'

const keys = new WeakMap<ObjectModel, Map<string, string>>()

/** Enum values of GraphQL have no dots: `custom_tier` stands for the key `custom.tier`. */
function keyOf(object: ObjectModel, name: string): string {
  let map = keys.get(object)
  if (!map) keys.set(object, map = new Map(object.fields.map((f) => [enumName(f.key), f.key])))
  return map.get(name) ?? name
}

/** GraphQL makes objects without a prototype; the compilers take plain JSON. */
export function listArguments(object: ObjectModel, args: ListArguments): ListArguments {
  return { ...args, orderBy: args.orderBy?.map((o) => ({ ...o, field: keyOf(object, o.field) })) }
}

export function aggregateArguments(object: ObjectModel, args: AggregateArguments): AggregateArguments {
  return {
    ...args,
    groupBy: args.groupBy?.map((g) => ({ ...g, field: keyOf(object, g.field) })),
    measures: args.measures.map((m) => ({ ...m, field: m.field ? keyOf(object, m.field) : null })),
  }
}
