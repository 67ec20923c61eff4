import { expect, it } from 'vitest'
import { fieldState, followsDefault, restrictedFields, scopeOf, withCapability, withDefault, withField, withScope } from './rules.ts'

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
it('a field is closed, made read only and given back, and what others say of fields stays', () => {
  const costs = { fields: { 'product.cost': { read: false, write: false } } }
  const closed = withField(withField(costs, 'client.name', 'closed'), 'client.custom.tier', 'readOnly')
  expect(closed.fields).toEqual({ ...costs.fields, 'client.name': { read: false, write: false }, 'client.custom.tier': { write: false } })
  expect(['client.name', 'client.custom.tier', 'client.phone'].map(path => fieldState(closed, path))).toEqual(['closed', 'readOnly', 'open'])
  expect(restrictedFields(closed, 'client')).toEqual(['name', 'custom.tier'])
  expect(withField(withField(closed, 'client.name', 'open'), 'client.custom.tier', 'open').fields).toEqual(costs.fields)
})
it('an object named alike has no part in the fields of another', () => {
  expect(restrictedFields({ fields: { 'orderLine.cost': { read: false }, 'order.net': { read: true } } }, 'order')).toEqual([])
})
it('an object goes back to the default, and the default is changed like any object', () => {
  const rules = withScope(withScope({ objects: { '*': { read: 'own' } } }, 'client', 'read', 'all'), '*', 'update', 'own')
  expect(followsDefault(rules, 'client')).toBe(false)
  expect(scopeOf(rules, 'order', 'update')).toBe('own')
  const back = withDefault(rules, 'client')
  expect(followsDefault(back, 'client')).toBe(true)
  expect(scopeOf(back, 'client', 'read')).toBe('own')
})
