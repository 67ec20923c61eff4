import { InputError, type Filter } from '@kartotek/sdk'
import type { ObjectModel } from '../model/model.ts'
import { enumName } from '../model/naming.ts'
import type { Reading } from '../records/reading.ts'
import { checkFilter } from './applicable.ts'
import type { Sharing } from './saved.ts'

/** A way to look at the list of an object. */
export interface ViewDefinition {
  columns: string[]
  filter: Filter | null
  orderBy: { field: string, direction: 'ASC' | 'DESC' }[]
  groupBy: string | null
  layout: 'LIST' | 'BOARD'
  pipeline: string | null
}
export type ViewInput = Partial<ViewDefinition> & { name?: string | null, sharing?: Sharing | null }

/** The list as it comes. */
export const PLAIN_VIEW: ViewDefinition = { columns: [], filter: null, orderBy: [], groupBy: null, layout: 'LIST', pipeline: null }
const MOST_COLUMNS = 100

export function visibleObject({ generation, access }: Reading, name: string): ObjectModel {
  const object = generation.model.objects.get(name)
  if (!object || object.partOf.length || access.scope(object, 'read') === 'none') throw new InputError(`There is no object "${name}".`, [{ field: 'object', rule: 'reference', message: `There is no object "${name}".` }])
  return object
}

export const sharingOf = (given: Partial<Sharing> | null | undefined): Sharing => ({ everybody: given?.everybody ?? false, teams: given?.teams ?? [], roles: given?.roles ?? [] })

/** A field, or a list within the record (`contactPoints.phone`), that is there and may be read. */
export function mayShow({ access }: Reading, object: ObjectModel, key: string): boolean {
  const field = object.byKey.get(key) ?? object.fields.find((f) => enumName(f.key) === key)
  if (field) return access.canRead(field)
  const list = object.lists.find((l) => l.part && l.name === key.split('.')[0])
  return list !== undefined && access.canList(list)
}

/** The view with what the input changes of it. @throws InputError for what its author does not see */
export async function viewOf(reading: Reading, object: ObjectModel, before: ViewDefinition, input: ViewInput): Promise<ViewDefinition> {
  const definition: ViewDefinition = {
    columns: input.columns ?? before.columns, filter: input.filter === undefined ? before.filter : input.filter, orderBy: input.orderBy?.map(({ field, direction }) => ({ field, direction })) ?? before.orderBy,
    groupBy: input.groupBy === undefined ? before.groupBy : input.groupBy, layout: input.layout ?? before.layout, pipeline: input.pipeline === undefined ? before.pipeline : input.pipeline,
  }
  if (definition.columns.length > MOST_COLUMNS || definition.orderBy.length > 5) throw new InputError('A view has at most 100 columns and 5 sortings.', [{ field: 'columns', rule: 'max', message: 'A view has at most 100 columns and 5 sortings.' }])
  // What was there stays, whether this person sees it or not; what he adds he must see.
  if (input.filter) await checkFilter(reading, object, input.filter)
  const added = [...input.columns ?? [], ...(input.orderBy ?? []).map((order) => order.field), ...input.groupBy ? [input.groupBy] : []]
  const unknown = added.find((key) => !mayShow(reading, object, key))
  if (unknown !== undefined) throw new InputError(`${object.type} has no field "${unknown}".`, [{ field: unknown, rule: 'unknown', message: `${object.type} has no field "${unknown}".` }])
  return { ...definition, columns: withUnseen(before.columns, definition.columns, (key) => mayShow(reading, object, key), (key) => key), orderBy: withUnseen(before.orderBy, definition.orderBy, ({ field }) => mayShow(reading, object, field), ({ field }) => field) }
}

/** What somebody wishes, with what he does not see left where it was: after what stood before it. */
export function withUnseen<T>(before: readonly T[], wished: readonly T[], isSeen: (one: T) => boolean, keyOf: (one: T) => string): T[] {
  const result = [...wished]
  before.forEach((one, i) => {
    if (isSeen(one) || wished.some((other) => keyOf(other) === keyOf(one))) return
    const left = before.slice(0, i).findLast((other) => result.some((there) => keyOf(there) === keyOf(other)))
    result.splice(left === undefined ? 0 : result.findIndex((there) => keyOf(there) === keyOf(left)) + 1, 0, one)
  })
  return result
}
