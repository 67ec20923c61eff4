import type { FieldInfo } from '../../model/types.ts'
import { emptyGroup, fromFilter, toFilter, type Group } from '../../records/filter/filter-model.ts'

export type Trigger =
  | { on: 'created' } | { on: 'changed', fields?: string[] } | { on: 'stageEntered', stages?: string[] } | { on: 'stuck', hours?: number }
  | { on: 'date', field: string, days: number, time: string, yearly?: boolean } | { on: 'schedule', every: 'day' | 'week' | 'month', day?: number, time: string } | { on: 'event', name: string }
export type Due = { minutes: number } | { days: number, time?: string }
export type Action =
  | { do: 'createTask', title: string, text?: string, kind?: 'task' | 'call' | 'meeting', priority?: 'low' | 'normal' | 'high', assignee: string, due?: Due }
  | { do: 'set', field: string, value?: unknown, expression?: string } | { do: 'assign', to: string[] } | { do: 'move', stage: string } | { do: 'note', text: string }
  | { do: 'notify', to: string[], text: string } | { do: 'plugin', action: string, input?: Record<string, unknown> }

/** A condition as the page shows it: the builder's part, and what judges a record as a whole. */
export interface ConditionForm {
  /** Null where it says more than the builder can show; it is then kept as it is. */
  group: Group | null
  raw: Record<string, unknown> | null
  noContactDays: number | null
  withoutNextStep: boolean
}

export function formOfCondition(condition: Record<string, unknown> | null, fields: readonly FieldInfo[]): ConditionForm {
  const parts = (condition && 'and' in condition && Object.keys(condition).length === 1 ? condition.and as Record<string, unknown>[] : condition ? [condition] : [])
    .flatMap(part => 'and' in part || 'or' in part ? [part] : Object.entries(part).map(([key, value]) => ({ [key]: value })))
  const noContact = parts.find(part => 'noContactDays' in part)
  const without = parts.find(part => part.withoutNextStep === true)
  const rest = parts.filter(part => part !== noContact && part !== without)
  const group = rest.length ? fromFilter(rest.length > 1 ? { and: rest } : rest[0], fields) : emptyGroup()
  return { group, raw: condition, noContactDays: noContact ? Number(noContact.noContactDays) : null, withoutNextStep: without !== undefined }
}

export function conditionOf(form: ConditionForm, fields: readonly FieldInfo[]): Record<string, unknown> | null {
  if (!form.group) return form.raw
  const built = toFilter(form.group, fields)
  const parts = [...(built ? [built] : []), ...(form.noContactDays ? [{ noContactDays: form.noContactDays }] : []), ...(form.withoutNextStep ? [{ withoutNextStep: true }] : [])]
  return parts.length > 1 ? { and: parts } : parts[0] ?? null
}

export function newTrigger(on: Trigger['on'], dateField = ''): Trigger {
  switch (on) {
    case 'date': return { on, field: dateField, days: 0, time: '09:00' }
    case 'schedule': return { on, every: 'day', time: '09:00' }
    case 'event': return { on, name: '' }
    default: return { on }
  }
}

export function newAction(kind: Action['do']): Action {
  switch (kind) {
    case 'createTask': return { do: kind, title: '', kind: 'task', assignee: 'owner', due: { days: 1 } }
    case 'set': return { do: kind, field: '', expression: '' }
    case 'assign': return { do: kind, to: [] }
    case 'move': return { do: kind, stage: '' }
    case 'note': return { do: kind, text: '' }
    case 'notify': return { do: kind, to: ['owner'], text: '' }
    case 'plugin': return { do: kind, action: '' }
  }
}
