import type { Ref as RecordRef } from '../records/draft.ts'
import { toFilter, type Lookup } from '../records/filter/filter-model.ts'
import type { Rule } from './ConditionRow.vue'
import type { HandOverInput, Letter } from './documents.ts'

export interface Form { from: RecordRef | null, to: RecordRef[], objects: HandOverInput['objects'], rules: Rule[], reason: string, startOn: string, letter: Letter | null }

/** What the form says, or null while it is not whole: a condition without its person, or the other way round, would move other records than were meant. */
export function handOverInput({ from, to, objects, rules, reason, startOn, letter }: Form, lookup: (object: string) => Lookup): HandOverInput | null {
  const conditions = rules.flatMap(({ object, filter, to: person }) => {
    const compiled = toFilter(filter, lookup(object))
    return person && compiled ? [{ object, filter: compiled, to: person.id }] : []
  })
  if (!from || !objects.length || conditions.length < rules.length || (!to.length && !conditions.length) || (letter && !(letter.subject.trim() && letter.text.trim()))) return null
  return { from: from.id, objects, to: to.map(({ id }) => id), conditions, reason, startOn: startOn || null, letter }
}
