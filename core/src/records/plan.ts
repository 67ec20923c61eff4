import type { FieldModel, ObjectModel, ReverseList } from '../model/model.ts'
import type { ListArguments } from './list-arguments.ts'

/** Whether a list is counted, and to its end however long it is. */
export type Counting = boolean | 'exact'

/** What to read of each record: made from a GraphQL selection or a list of keys, with access already checked. */
export interface Plan {
  object: ObjectModel
  fields: Map<string, FieldModel>
  /** Records behind references, by field key. */
  relations: Map<string, { field: FieldModel, plan: Plan }>
  /** Lists by response key, because one list may be asked for twice with different arguments. */
  lists: Map<string, { list: ReverseList, plan: Plan, args: ListArguments, total: Counting }>
  /** What the actor may do with each record. */
  can: boolean
  /** Whether each record stands in its stage longer than the norm. */
  stuck: boolean
}

export function emptyPlan(object: ObjectModel): Plan {
  return { object, fields: new Map(), relations: new Map(), lists: new Map(), can: false, stuck: false }
}

/** A record as the API sees it. Lists hang under {@link LISTS}, by response key. */
export interface Node { [field: string]: unknown, id: string, version: number }
export const LISTS = Symbol('lists')
export const OBJECT = Symbol('object')

/** One page of a list. */
export interface Page {
  nodes: Node[]
  /** Cursor of the node with this index, −1 for the last; null where there is none. */
  cursorOf: (index: number) => string | null
  hasNextPage: boolean
  hasPreviousPage: boolean
  /** Where the plan asked for it. */
  total?: { value: number, exact: boolean }
}
