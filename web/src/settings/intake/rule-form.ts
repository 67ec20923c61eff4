import { fromFilter } from '../../records/filter/filter-from.ts'
import { emptyGroup, toFilter, type Lookup } from '../../records/filter/filter-model.ts'
import type { Rule, RuleForm } from './documents.ts'

let handles = 0
export const formOfRule = (rule: Rule, lookup: Lookup): RuleForm => ({ ...rule, pool: rule.pool.map(member => ({ ...member })), handle: `r${handles++}`, conditions: fromFilter(rule.condition, lookup) })
export const inputOfRule = ({ handle: _handle, conditions, condition, ...rule }: RuleForm, lookup: Lookup) => ({ ...rule, condition: conditions ? toFilter(conditions, lookup) ?? null : condition })
export const newRule = (name: string): RuleForm => ({ id: null, handle: `r${handles++}`, name, active: true, condition: null, conditions: emptyGroup(), strategy: 'turns', pool: [], atWork: true, answerMinutes: 30, late: 'next' })
