import { expect, it } from 'vitest'
import { mentionAt } from './mention-at.ts'

it.each([
  ['@', { from: 0, term: '' }], ['@Anna', { from: 0, term: 'Anna' }], ['Ask @Anna Kar', { from: 4, term: 'Anna Kar' }], ['Спроси\n@Ольга', { from: 7, term: 'Ольга' }], ["(@O'Brien", { from: 1, term: "O'Brien" }],
  ['a@b.fi', null], ['@Anna Karlsson now', null], ['@Anna, ', null], ['', null], ['no name', null],
])('%j before the caret', (text, found) => expect(mentionAt(text, text.length)).toEqual(found))

it('looks at what is before the caret only', () => {
  expect(mentionAt('@An and more', 3)).toEqual({ from: 0, term: 'An' })
  expect(mentionAt('@An and more', 12)).toBeNull()
})
