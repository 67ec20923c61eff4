import { isDeepStrictEqual } from 'node:util'
import type { ShownByFormula, ShownByValue, ShownWhen } from '@kartotek/sdk'
import { isByFormula } from '../model/shown-when.ts'
import type { Subject } from './configuration.ts'

type Json = Record<string, unknown>

/** What became different at one place: `['stages', id, 'probability']`. */
export interface Difference { path: string[], before: unknown, after: unknown }

/** Lists of items that have an identity: an item is compared with itself, wherever it moved to. */
const LISTS: Record<string, string> = { stages: 'id', options: 'key' }
const INTAKE_LISTS: Record<string, string> = { rules: 'id', forms: 'key' }
const listsOf = (subject: Subject): Record<string, string> => (subject === 'intake' ? INTAKE_LISTS : LISTS)

/** The places at which two states of a subject differ, in their order. A removed item is one difference, not all of its parts. */
export function differences(subject: Subject, before: Json | null, after: Json | null): Difference[] {
  return compare(listsOf(subject), before && comparable(subject, before), after && comparable(subject, after), [])
}

function compare(lists: Record<string, string>, before: unknown, after: unknown, path: string[]): Difference[] {
  const left = isGroup(before)
  const right = isGroup(after)
  if (!left && !right) return isDeepStrictEqual(filled(before), filled(after)) ? [] : [{ path, before: before ?? null, after: after ?? null }]
  if (left && !right && path.length === 2 && lists[path[0]!]) return [{ path, before, after: null }]
  const [was, is] = [left ? before : {}, right ? after : {}]
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) => compare(lists, was[key], is[key], [...path, key]))
}

/** What was never set and what was emptied read alike. */
const filled = (value: unknown): unknown => (value === '' || (Array.isArray(value) && !value.length) ? null : value ?? null)

function isGroup(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('isSet' in value)
}

function comparable(subject: Subject, state: Json): Json {
  if (subject === 'role') return ofRole(state)
  const result: Json = {}
  for (const [key, value] of Object.entries(state)) {
    // By the field that decides, so that a change of the values alone tells these alone.
    if (subject === 'field' && key === 'shownWhen' && value) { result[key] = isByFormula(value as ShownWhen) ? { formula: (value as ShownByFormula).formula } : { [(value as ShownByValue).field]: (value as ShownByValue).in }; continue }
    const id = listsOf(subject)[key]
    if (!id || !Array.isArray(value)) { result[key] = value; continue }
    const items = value as Json[]
    result[key] = Object.fromEntries(items.map(({ [id]: own, ...item }) => [String(own), key === 'rules' ? ofIntakeRule(item) : ofStage(item)]))
    if (key !== 'forms') result.order = items.map((item) => item[id])
  }
  return result
}

/** A filter is compared and shown as a whole. */
function ofStage(stage: Json): Json {
  const gate = stage.gate as Json | undefined
  return gate?.condition ? { ...stage, gate: { ...gate, condition: JSON.stringify(gate.condition) } } : stage
}

/** People of a rule are compared one by one: how much of it each gets, and how many a day at most. */
function ofIntakeRule({ condition, pool, ...rule }: Json): Json {
  const members = (pool as { user: string, weight: number, cap: number | null }[]).map(({ user, weight, cap }) => [user, cap === null ? `×${weight}` : `×${weight}, ≤ ${cap}`])
  return { ...rule, condition: condition ? JSON.stringify(condition) : null, pool: Object.fromEntries(members) }
}

function ofRole({ rules, ...role }: Json): Json {
  const { objects, fields = {}, capabilities = [] } = rules as { objects?: Json, fields?: Record<string, Record<string, boolean>>, capabilities?: string[] }
  const closed = Object.entries(fields).map(([path, rights]) => [path, Object.fromEntries(Object.entries(rights).filter(([, open]) => !open).map(([what]) => [what, 'closed']))])
  return { ...role, objects, fields: Object.fromEntries(closed), capabilities: Object.fromEntries(capabilities.map((name) => [name, true])) }
}
