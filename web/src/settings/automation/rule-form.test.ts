import { expect, it } from 'vitest'
import { field } from '../../testing/model.ts'
import { conditionOf, formOfCondition } from './rule-form.ts'

const fields = [field('industry', 'text')]

it.each([
  [null], [{ industry: { eq: 'wood' } }], [{ noContactDays: 30 }], [{ and: [{ noContactDays: 30 }, { withoutNextStep: true }] }],
  [{ and: [{ industry: { eq: 'wood' } }, { noContactDays: 7 }] }], [{ and: [{ or: [{ industry: { eq: 'wood' } }, { industry: { contains: 'g' } }] }, { withoutNextStep: true }] }],
])('shows %j and gives it back', (condition) => {
  const form = formOfCondition(condition, fields)
  expect(form.group).not.toBeNull()
  expect(conditionOf(form, fields)).toEqual(condition)
})

it('reads what an API client wrote in one object', () => {
  expect(conditionOf(formOfCondition({ noContactDays: 30, withoutNextStep: true }, fields), fields)).toEqual({ and: [{ noContactDays: 30 }, { withoutNextStep: true }] })
})

it('keeps what the builder cannot show', () => {
  const condition = { orders: { some: { total: { gt: '5' } } } }
  expect(formOfCondition(condition, fields).group).toBeNull()
  expect(conditionOf(formOfCondition(condition, fields), fields)).toEqual(condition)
})
