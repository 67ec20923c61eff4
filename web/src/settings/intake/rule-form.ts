import { fromFilter } from '../../records/filter/filter-from.ts'
import { filterOf, formulaOf, withFormula } from '../conditions/formula.ts'
import { emptyGroup, toFilter, type Lookup } from '../../records/filter/filter-model.ts'
import type { Rule, RuleForm } from './documents.ts'

let handles = 0
export const formOfRule = (rule: Rule, lookup: Lookup): RuleForm => ({ ...rule, pool: rule.pool.map(member => ({ ...member })), handle: `r${handles++}`, condition: filterOf(rule.condition), conditions: fromFilter(filterOf(rule.condition), lookup), formula: formulaOf(rule.condition) })
export const inputOfRule = ({ handle: _handle, conditions, condition, formula, ...rule }: RuleForm, lookup: Lookup) => ({ ...rule, condition: withFormula(conditions ? toFilter(conditions, lookup) : condition, formula) })
export const newRule = (name: string): RuleForm => ({ id: null, handle: `r${handles++}`, name, active: true, condition: null, conditions: emptyGroup(), formula: null, strategy: 'turns', pool: [], atWork: true, answerMinutes: 30, late: 'next' })
