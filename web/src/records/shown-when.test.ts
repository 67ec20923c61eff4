import { expect, it } from 'vitest'
import { field } from '../testing/model.ts'
import { isAsked, isFilled } from './shown-when.ts'

const fields = [field('kind', 'select'), field('tags', 'multiSelect'), field('gift', 'boolean')]
const asked = (name: string, values: string[], drafts: Record<string, unknown>) => isAsked({ field: name, in: values }, fields, ({ key }) => drafts[key])

it.each([
  ['kind', ['meeting'], { kind: 'meeting' }, true], ['kind', ['meeting'], { kind: 'call' }, false], ['kind', ['meeting', 'call'], { kind: 'call' }, true], ['kind', ['meeting'], { kind: null }, false],
  ['tags', ['vip'], { tags: ['new', 'vip'] }, true], ['tags', ['vip'], { tags: [] }, false],
  ['gift', ['true'], { gift: true }, true], ['gift', ['true'], {}, false], ['gift', ['false'], {}, true],
])('what is shown when %s is one of %j is asked for with %j: %s', (name, values, drafts, expected) => {
  expect(asked(name, values, drafts)).toBe(expected)
})

it('asks for what has no condition, or one over a field that is not there', () => {
  expect(isAsked(null, fields, () => null)).toBe(true)
  expect(asked('gone', ['x'], {})).toBe(true)
})

it('asks by a formula for what the server says', () => {
  expect([true, false, undefined].map(said => isAsked({ formula: 'gift' }, fields, () => null, said))).toEqual([true, false, false])
})

it.each([['x', true], [0, true], [[{ key: 'a' }], true], ['', false], [[], false], [null, false], [false, false]])('%j is a value: %s', (value, expected) => {
  expect(isFilled(value)).toBe(expected)
})
