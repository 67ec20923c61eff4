import type { LocationQuery } from 'vue-router'
import { enumName } from '../../model/naming.ts'
import { emptyGroup, readGroup, writeGroup, type Group } from '../filter/filter-model.ts'

export type Shelf = 'ACTIVE' | 'ARCHIVED' | 'TRASHED'
export interface Sort { field: string, direction: 'ASC' | 'DESC' }

/** All that decides what a list shows; it lives in the address bar, so that a list can be sent to a colleague. */
export interface ListState {
  search: string
  sort: Sort | null
  filter: Group
  shelf: Shelf
}

const SHELVES: Shelf[] = ['ACTIVE', 'ARCHIVED', 'TRASHED']

export function readListState(query: LocationQuery): ListState {
  const text = (name: string) => typeof query[name] === 'string' ? query[name] : ''
  const sort = text('sort')
  const shelf = text('shelf').toUpperCase() as Shelf
  return {
    search: text('q'),
    sort: sort ? { field: sort.replace(/^-/, ''), direction: sort.startsWith('-') ? 'DESC' : 'ASC' } : null,
    filter: text('filter') ? readGroup(text('filter')) : emptyGroup(),
    shelf: SHELVES.includes(shelf) ? shelf : 'ACTIVE',
  }
}

/** The query of the address; what is at its default is left out. */
export function writeListState(state: ListState): Record<string, string> {
  const filter = writeGroup(state.filter)
  return {
    ...(state.search ? { q: state.search } : {}),
    ...(state.sort ? { sort: `${state.sort.direction === 'DESC' ? '-' : ''}${state.sort.field}` } : {}),
    ...(filter ? { filter } : {}),
    ...(state.shelf === 'ACTIVE' ? {} : { shelf: state.shelf.toLowerCase() }),
  }
}

/** Ascending, descending, as it was: the three clicks on a column's head. */
export function nextSort(current: Sort | null, field: string): Sort | null {
  if (current?.field !== field) return { field, direction: 'ASC' }
  return current.direction === 'ASC' ? { field, direction: 'DESC' } : null
}

export function toOrderBy(sort: Sort | null): { field: string, direction: string }[] | undefined {
  return sort ? [{ field: enumName(sort.field), direction: sort.direction }] : undefined
}
