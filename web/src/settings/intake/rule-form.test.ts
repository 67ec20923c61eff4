import { expect, it } from 'vitest'
import type { FieldInfo } from '../../model/types.ts'
import type { Lookup } from '../../records/filter/filter-model.ts'
import { formOfRule, inputOfRule, newRule } from './rule-form.ts'

const field = (name: string) => ({ key: name, name, type: 'text', group: '', hidden: false }) as unknown as FieldInfo
const values: Lookup = { fields: [field('name'), field('value')], lists: [], of: () => values }
const lookup: Lookup = { fields: [field('channel')], lists: [{ name: 'values', object: 'intakeValue' }], of: () => values }

it('a rule keeps what it says of the lists of a request', () => {
  const rule = newRule('Fifth floor')
  rule.conditions = { kind: 'group', join: 'and', items: [{
    kind: 'list', list: 'values', object: 'intakeValue', test: 'some', field: null, currency: null, operator: 'gte', value: '',
    group: { kind: 'group', join: 'and', items: [{ kind: 'condition', field: 'name', operator: 'eq', value: 'Floor' }] },
  }] }
  const { condition } = inputOfRule(rule, lookup)
  expect(condition).toEqual({ values: { some: { name: { eq: 'Floor' } } } })
  // … and is shown in the builder again
  expect(formOfRule({ ...rule, id: 'r', condition }, lookup).conditions).toEqual(rule.conditions)
})
