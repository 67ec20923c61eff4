import type { SharedWith } from '../segments/documents.ts'

/** A saved way to look at a list, as the API gives it. */
export interface SavedView extends SharedWith {
  id: string
  object: string
  name: string
  owner: string | null
  mine: boolean
  canChange: boolean
  version: number
  isDefault: boolean
  applicable: boolean
  filter: Record<string, unknown> | null
  columns: string[]
  orderBy: { field: string, direction: 'ASC' | 'DESC' }[]
  groupBy: string | null
  layout: 'LIST' | 'BOARD'
  pipeline: string | null
}
const FIELDS = 'id object name owner mine canChange everybody teams roles version isDefault applicable filter columns orderBy { field direction } groupBy layout pipeline'
export const VIEWS = `query SavedViews($object: String!) { savedViews(object: $object) { ${FIELDS} } }`
export const CREATE_VIEW = `mutation CreateSavedView($object: String!, $input: SavedViewInput!) { createSavedView(object: $object, input: $input) { ${FIELDS} } }`
export const UPDATE_VIEW = `mutation UpdateSavedView($id: ID!, $version: Int!, $input: SavedViewInput!) { updateSavedView(id: $id, version: $version, input: $input) { ${FIELDS} } }`
export const DELETE_VIEW = 'mutation DeleteSavedView($id: ID!) { deleteSavedView(id: $id) }'
export const RESTORE_VIEW = 'mutation RestoreSavedView($id: ID!) { restoreSavedView(id: $id) { id } }'
export const SET_DEFAULT = 'mutation SetDefaultView($object: String!, $view: ID) { setDefaultView(object: $object, view: $view) }'

/** What of a list a view keeps. */
export type ViewContent = Pick<SavedView, 'columns' | 'filter' | 'orderBy' | 'groupBy' | 'layout' | 'pipeline'>
