import type { FieldType } from '@kartotek/sdk'
import type { FieldInfo, OptionInfo } from '../../model/types.ts'
import type { Plan } from './FieldPlan.vue'
import type { TableHolder } from './pending.ts'

/** Types that values can be converted between; references are made anew. */
export const CONVERTIBLE: readonly FieldType[] = ['text', 'longText', 'integer', 'decimal', 'money', 'boolean', 'date', 'dateTime', 'select', 'multiSelect', 'email', 'phone', 'url', 'taxId']

export const canRetype = (field: FieldInfo): boolean => field.group === 'custom' && field.formula === null && (CONVERTIBLE as readonly string[]).includes(field.type)

export interface RetypePlan extends Plan { options: OptionInfo[], usedBy: string[], alsoReadBy: string[] }
export interface FieldTypeChange { id: string, field: string, from: FieldType, to: FieldType, state: 'COPYING' | 'DONE' | 'FAILED' | 'UNDONE', copied: number, error: string | null, undoUntil: string | null, waitsFor: TableHolder[] }

export const PLAN_FIELD_TYPE = `mutation PlanFieldType($object: String!, $field: String!, $input: FieldTypeInput!) {
  planFieldType(object: $object, field: $field, input: $input) { ready failing rows { id title rule message } options { key labels color } usedBy alsoReadBy }
}`
export const CHANGE_FIELD_TYPE = `mutation ChangeFieldType($object: String!, $field: String!, $input: FieldTypeInput!) {
  changeFieldType(object: $object, field: $field, input: $input) { id field from to state copied error undoUntil }
}`
export const FIELD_TYPE_CHANGES = 'query FieldTypeChanges($object: String!) { fieldTypeChanges(object: $object) { id field from to state copied error undoUntil waitsFor { pid application state since } } }'
export const UNDO_FIELD_TYPE = 'mutation UndoFieldType($id: ID!) { undoFieldType(id: $id) { field lost } }'
export const CANCEL_FIELD_TYPE = 'mutation CancelFieldType($id: ID!) { cancelFieldType(id: $id) { id state } }'
