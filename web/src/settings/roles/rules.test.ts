import { expect, it } from 'vitest'
import { scopeOf, withCapability, withScope } from './rules.ts'

it('an object that follows the default keeps its other rights when one is changed', () => {
  const rules = withScope({ objects: { '*': { read: 'own', update: 'own' } } }, 'client', 'read', 'all')
  expect(rules.objects?.client).toEqual({ read: 'all', create: 'none', update: 'own', delete: 'none' })
  expect(scopeOf(rules, 'order', 'read')).toBe('own')
})
it('a role with everything reaches all', () => {
  expect(scopeOf({ everything: true }, 'client', 'delete')).toBe('all')
})
it('capabilities are switched one by one', () => {
  expect(withCapability({ capabilities: ['share'] }, 'share', false).capabilities).toEqual([])
  expect(withCapability({}, 'share', true).capabilities).toEqual(['share'])
})
