import { expect, it } from 'vitest'
import { moved, placeAfterDrop } from './reorder.ts'

it.each([
  ['down, before another', 0, 2, false, ['b', 'a', 'c', 'd']], ['down, after another', 0, 2, true, ['b', 'c', 'a', 'd']],
  ['up, before another', 3, 1, false, ['a', 'd', 'b', 'c']], ['up, after another', 3, 1, true, ['a', 'b', 'd', 'c']],
  ['right behind the one before it', 2, 1, true, ['a', 'b', 'c', 'd']], ['to the very end', 0, 3, true, ['b', 'c', 'd', 'a']],
])('a row dragged %s lands there', (_name, from, over, after, expected) => {
  expect(moved(['a', 'b', 'c', 'd'], from, placeAfterDrop(from, over, after))).toEqual(expected)
})
