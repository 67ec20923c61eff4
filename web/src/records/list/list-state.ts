import type { LocationQuery } from 'vue-router'
import { enumName } from '../../model/naming.ts'
import { MOST_DAYS } from '../filter/filter-more.ts'
import { emptyGroup, readGroup, writeGroup, type Group } from '../filter/filter-model.ts'

export type Shelf = 'ACTIVE' | 'ARCHIVED' | 'TRASHED'
/** Records that nobody looks after: without a next step, or without a contact for so many days. */
export type Look = 'step' | `${number}`
export interface Sort { field: string, direction: 'ASC' | 'DESC' }

/** All that decides what a list shows; it lives in the address bar, so that a list can be sent to a colleague. */
export interface ListState {
  search: string
  /** The first one decides, the others where it is equal; a click on a column leaves only that one. */
  sort: Sort[]
  filter: Group
  shelf: Shelf
  look: Look | null
  /** Key of the field by which the list is grouped. */
  group: string | null
  /** Id of the saved view. */
  view: string | null
}

const SHELVES: Shelf[] = ['ACTIVE', 'ARCHIVED', 'TRASHED']

export function readListState(query: LocationQuery): ListState {
  const text = (name: string) => typeof query[name] === 'string' ? query[name] : ''
  const shelf = text('shelf').toUpperCase() as Shelf
  return {
    search: text('q'),
    sort: text('sort').split(',').filter(Boolean).map(sort => ({ field: sort.replace(/^-/, ''), direction: sort.startsWith('-') ? 'DESC' : 'ASC' })),
    filter: text('filter') ? readGroup(text('filter')) : emptyGroup(),
    shelf: SHELVES.includes(shelf) ? shelf : 'ACTIVE',
    look: asLook(text('look')),
    group: text('group') || null,
    view: text('view') || null,
  }
}

/** What was asked about care, where it can be asked. */
export function asLook(text: string): Look | null {
  return text === 'step' || (/^[1-9]\d*$/.test(text) && Number(text) <= MOST_DAYS) ? text as Look : null
}

/** The query of the address; what is at its default is left out. */
export function writeListState(state: ListState): Record<string, string> {
  const filter = writeGroup(state.filter)
  return {
    ...(state.search ? { q: state.search } : {}),
    ...(state.sort.length ? { sort: state.sort.map(({ field, direction }) => `${direction === 'DESC' ? '-' : ''}${field}`).join(',') } : {}),
    ...(filter ? { filter } : {}),
    ...(state.shelf === 'ACTIVE' ? {} : { shelf: state.shelf.toLowerCase() }),
    ...(state.look ? { look: state.look } : {}),
    ...(state.group ? { group: state.group } : {}),
    ...(state.view ? { view: state.view } : {}),
  }
}

/** The filter together with whom to look after. */
export function withLook(filter: Record<string, unknown> | undefined, look: Look | null): Record<string, unknown> | undefined {
  if (!look) return filter
  const judgement = look === 'step' ? { withoutNextStep: true } : { noContactDays: Number(look) }
  return filter ? { and: [filter, judgement] } : judgement
}

/** Ascending, descending, as it was: the three clicks on a column's head. */
export function nextSort([first]: Sort[], field: string): Sort[] {
  if (first?.field !== field) return [{ field, direction: 'ASC' }]
  return first.direction === 'ASC' ? [{ field, direction: 'DESC' }] : []
}

/** The API orders a list by so many fields; a view may keep more. */
const MOST_SORTS = 3

/** A grouped list stands in the order of its groups, and within each as it is sorted. */
export function toOrderBy(sort: Sort[], group: string | null = null): { field: string, direction: string }[] | undefined {
  const order = group ? [sort.find(({ field }) => field === group) ?? { field: group, direction: 'ASC' }, ...sort.filter(({ field }) => field !== group)] : sort
  return order.length ? order.slice(0, MOST_SORTS).map(({ field, direction }) => ({ field: enumName(field), direction })) : undefined
}
