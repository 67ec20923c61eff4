import { expect, it } from 'vitest'
import { matchesPattern } from './pattern.ts'

it.each([
  ['client.updated', 'client.updated', true],
  ['client.*', 'client.updated', true],
  ['*.created', 'order.created', true],
  ['*.*', 'order.created', true],
  ['client.stage*', 'client.stageChanged', true],
  ['client.*Changed', 'client.stageChanged', true],
  ['client.*a*d', 'client.stageChanged', true],
  ['client.ab*ba', 'client.aba', false],
  ['client.*', 'order.updated', false],
  ['client.*', 'client.note.added', false],
  ['*', 'client.updated', false],
])('"%s" and "%s": %s', (pattern, name, matches) => {
  expect(matchesPattern(pattern, name)).toBe(matches)
})
