import { expect, it } from 'vitest'
import { withAction } from './narrowing.ts'

it('takes reading with every other action, and all others with reading', () => {
  const change = withAction([], 'client', 'UPDATE', true)
  expect(change).toEqual([{ object: 'client', actions: ['READ', 'UPDATE'] }])
  expect(withAction(change, 'client', 'UPDATE', false)).toEqual([{ object: 'client', actions: ['READ'] }])
  expect(withAction(change, 'client', 'READ', false)).toEqual([])
  expect(withAction(change, 'order', 'READ', true)).toEqual([...change, { object: 'order', actions: ['READ'] }])
})
