import { expect, it } from 'vitest'
import { standing, type LaterChange } from './since.ts'

/** `set`, what it reverts, and the fields of a change of the record; `line` of one of its parts. */
const change = (set: string, reverts: string | null, fields: string[], more: Partial<LaterChange> = {}): LaterChange =>
  ({ id: set, set, reverts, root_id: 'r', record_id: 'r', action: 'update', fields, ...more })
const left = (...later: LaterChange[]) => standing(later.toReversed(), (name) => name === 'lines').map(({ set, fields }) => [set, fields])

it('a change that was reverted stands no more, nor does its revert', () => {
  expect(left(change('1', null, ['a', 'b']), change('2', '1', ['a', 'b']))).toEqual([])
})

it('what the revert left stands, and what came between', () => {
  expect(left(change('1', null, ['a', 'b']), change('2', null, ['b']), change('3', '1', ['a']))).toEqual([['2', ['b']], ['1', ['b']]])
})

it('a revert that was reverted takes nothing away', () => {
  expect(left(change('1', null, ['a']), change('2', '1', ['a']), change('3', '2', ['a']))).toEqual([['1', ['a']]])
})

it('a list is back when all its parts are', () => {
  const line = (set: string, reverts: string | null, action: string, fields: string[] = []) => change(set, reverts, fields, { record_id: 'line', action })
  expect(left(change('1', null, ['lines']), line('1', null, 'delete'), change('2', '1', ['lines']), line('2', '1', 'create', ['text']))).toEqual([])
  expect(left(change('1', null, ['lines']), line('1', null, 'update', ['text', 'price']), change('2', '1', ['lines']), line('2', '1', 'update', ['text']))).toEqual([['2', ['lines']], ['1', ['lines']]])
})
