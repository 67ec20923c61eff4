import type { Labels } from '../../model/types.ts'

/** What an object is besides its fields, as its settings show it. */
export interface ObjectDetails {
  version: number
  helps: Labels | null
  accessFrom: string[]
  contactPoints: boolean
  addresses: boolean
  series: { field: string, prefix: string, digits: number, next: number } | null
}
export interface HiddenObject { name: string, labelsPlural: Labels, icon: string }

export const OBJECT_DETAILS = `query ObjectDetails($name: String!) { object(name: $name) { version helps accessFrom contactPoints addresses series { field prefix digits next } } }`
export const UPDATE_OBJECT = `mutation UpdateObject($name: String!, $input: ObjectUpdate!) { updateObject(name: $name, input: $input) { name } }`
export const HIDE_OBJECT = `mutation HideObject($name: String!) { hideObject(name: $name) { pending } }`
export const RESTORE_OBJECT = `mutation RestoreObject($name: String!) { restoreObject(name: $name) { pending } }`
export const HIDDEN_OBJECTS = `query HiddenObjects { hiddenObjects { name labelsPlural icon } }`
