import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import type { Caller } from './caller.ts'
import type { RoleRules } from './roles.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const { engine } = crm.kartotek
const admin = await crm.as('administrator')
const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
const own = { read: 'own', create: 'own', update: 'own', delete: 'own' } as const
const closed = { 'client.taxId': { read: false, write: false } }
const managing: RoleRules = { objects: { client: all, order: own, user: { read: 'all' } }, capabilities: ['access.manage', 'users.manage', 'share'] }

let roles = 0
const make = (caller: Caller, rules: RoleRules) => crm.query(caller, 'mutation($input: RoleInput!) { createRole(input: $input) { id version } }', { input: { key: `r${roles++}`, labels: { en: 'x' }, rules } })
const beyond = async (caller: Caller, rules: RoleRules): Promise<string> => {
  const { errors } = await make(caller, rules)
  expect(errors, JSON.stringify(rules)).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  return errors![0]!.extensions.beyond
}

it('let nobody give more than he has: scopes, objects of the future, capabilities, closed fields', async () => {
  const caller = await crm.withRules({ ...managing, fields: closed })
  expect((await make(caller, { objects: { client: all, order: { read: 'own' } }, fields: closed, capabilities: ['share'] })).errors).toBeUndefined()
  expect((await make(caller, { capabilities: ['share'] })).errors).toBeUndefined()
  expect(await beyond(caller, { objects: { order: { read: 'team' } }, fields: closed })).toBe('order: read')
  expect(await beyond(caller, { objects: { product: { read: 'own' } }, fields: closed })).toBe('product: read')
  expect(await beyond(caller, { objects: { '*': { delete: 'own' } }, fields: closed })).toMatch(/: delete$/)
  expect(await beyond(caller, { capabilities: ['model.manage'] })).toBe('model.manage')
  expect(await beyond(caller, { objects: { client: { read: 'all' } } })).toBe('client.taxId')
  expect(await beyond(caller, { objects: { client: { read: 'all' } }, fields: { 'client.taxId': { read: false } } })).toBe('client.taxId')
})

it('hold for changing roles, and for the capabilities of roles that one gives', async () => {
  const caller = await crm.withRules({ ...managing, fields: closed })
  const { data: { createRole: wide } } = await make(admin, { objects: { client: all }, capabilities: ['model.manage'] })
  const { data: { createRole: narrow } } = await make(caller, { objects: { client: { read: 'own' } }, fields: closed })
  const save = (id: string, rules: RoleRules) => crm.query(caller, 'mutation($id: ID!, $input: RoleInput!) { updateRole(id: $id, version: 1, input: $input) { id } }', { id, input: { key: 'x', labels: { en: 'x' }, rules } })
  expect((await save(narrow.id, { objects: { client: { read: 'own' } } })).errors).toMatchObject([{ extensions: { beyond: 'client.taxId' } }])
  expect((await save(wide.id, { objects: { client: { read: 'own' } }, fields: closed })).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  const someone = await crm.as('read_only')
  const give = (role: string, to: Caller) => crm.query(caller, `mutation { setUserRoles(user: "${to.actor.userId}", roles: ["${role}", "${to.actor.roleIds[0]}"]) }`)
  expect((await give(wide.id, someone)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', capabilities: ['model.manage'] } }])
  expect((await give(narrow.id, caller)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  expect((await give(narrow.id, someone)).errors).toBeUndefined()
})

it('hold for a token that leaves out the role which closes a field', async () => {
  const person = await crm.withRules(managing)
  const closing = await crm.withRules({ fields: { ...closed, 'order.margin': { read: false } } })
  const token: Caller = { ...person, actor: { ...person.actor, kind: 'token', id: 'token', closedBy: closing.actor.roleIds } }
  expect((await make(person, { objects: { client: { read: 'all' } } })).errors).toBeUndefined()
  expect(await beyond(token, { objects: { client: { read: 'all' } } })).toBe('client.taxId')
  expect(await beyond(token, { objects: { client: { read: 'all' } }, fields: closed })).toBe('order.margin')
  expect((await make(token, { objects: { client: { read: 'all' } }, fields: { ...closed, 'order.margin': { read: false } } })).errors).toBeUndefined()
})

it('do not bind administrators', async () => {
  expect((await make(admin, { objects: { '*': all }, capabilities: ['model.manage'] })).errors).toBeUndefined()
  expect(engine.live.current.roles.filter((r) => r.rules.everything).map((r) => r.key)).toEqual(['administrator'])
  expect((await make(admin, { everything: true })).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
})
