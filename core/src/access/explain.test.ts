import { afterAll, expect, it } from 'vitest'
import type { Narrowing } from '@kartotek/sdk'
import { createToken } from '../accounts/tokens.ts'
import { testCrm } from '../testing/crm.ts'
import type { Caller } from './caller.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const { engine } = crm.kartotek
const admin = await crm.as('administrator')
const manager = await crm.as('manager')
const mate = await crm.withRules({ objects: { '*': { read: 'team', update: 'own' }, 'user': { read: 'all' } } })
const { data: { createTeam: team } } = await crm.query(admin, 'mutation { createTeam(input: { name: "North" }) { id } }')
for (const { actor } of [manager, mate]) await engine.db.insertInto('core.team_member').values({ team_id: team.id, user_id: actor.userId }).execute()
const { data: { createClient: client } } = await crm.query(manager, 'mutation { createClient(input: { name: "Mine" }) { id } }')
const { data: { createOrder: order } } = await crm.query(admin, `mutation { createOrder(input: { client: "${client.id}", lines: [{ text: "a", price: { amount: "1" } }] }) { id lines { id } } }`)

const explain = async (object: string, id: string, person: Caller, by = admin) => {
  const { data, errors } = await crm.query(by, `{ explainAccess(object: "${object}", id: "${id}", user: "${person.actor.userId}") { read update delete reasons { kind action text } } }`)
  expect(errors).toBeUndefined()
  const { reasons, ...rights } = data.explainAccess as { reasons: { kind: string, action: string, text: string }[] } & Record<string, boolean>
  return { rights: Object.keys(rights).filter((r) => rights[r]).join(' '), why: reasons.map((r) => `${r.kind} ${r.kind === 'ROLE' ? r.text.replace(/^.*?: /, '') : `${r.action} ${r.text}`}`) }
}

it('names the role and the ownership, the team, the share, the record behind', async () => {
  expect(await explain('client', client.id, admin)).toEqual({ rights: 'read update delete', why: ['ROLE read all', 'ROLE update all', 'ROLE delete all'] })
  expect(await explain('client', client.id, manager)).toEqual({ rights: 'read update delete', why: ['ROLE read own', 'ROLE update own', 'ROLE delete own', `OWNER read ${manager.actor.name}`] })
  expect(await explain('client', client.id, mate)).toEqual({ rights: 'read', why: ['ROLE read team', 'ROLE update own', 'TEAM read North'] })
  expect((await explain('order', order.id, manager)).rights).toBe('read update')
  expect((await explain('order', order.id, manager)).why).toContain('PARENT read client')
  expect((await explain('orderLine', order.lines[0].id, manager)).why).toContain('PARENT read order')

  const stranger = await crm.as('manager')
  expect(await explain('client', client.id, stranger)).toEqual({ rights: '', why: [] })
  await crm.query(manager, `mutation { shareRecord(object: "client", id: "${client.id}", user: "${stranger.actor.userId}", level: READ) }`)
  const shared = await explain('client', client.id, stranger)
  expect(shared.rights).toBe('read')
  expect(shared.why).toContain(`SHARE read ${stranger.actor.name}`)
})

it('says what is left of it to tokens with a part of the rights', async () => {
  const token = (name: string, narrowedTo?: Narrowing) => createToken(crm.kartotek.db.pool, { userId: manager.actor.userId!, name, narrowedTo }, 'en')
  await token('all of it')
  await token('reads clients', { objects: { client: ['read'] } })
  await token('writes orders', { objects: { order: ['read', 'update'] } })
  const tokens = async (object: string, id: string) => (await crm.ask(admin, `{ explainAccess(object: "${object}", id: "${id}", user: "${manager.actor.userId}") { tokens { name read update delete } } }`)).explainAccess.tokens
  expect(await tokens('client', client.id)).toEqual([{ name: 'reads clients', read: true, update: false, delete: false }, { name: 'writes orders', read: false, update: false, delete: false }])
  await crm.kartotek.db.pool.query(`update auth.api_token set revoked_at = now() where name = 'reads clients'`)
  await crm.kartotek.db.pool.query(`update auth.api_token set narrowed_to = null, role_ids = '{}' where name = 'writes orders'`)
  expect(await tokens('client', client.id)).toEqual([{ name: 'writes orders', read: false, update: false, delete: false }])
})

it('says what is so: each answer is that of the list', async () => {
  for (const person of [admin, manager, mate, await crm.as('accountant'), await crm.as('read_only'), await crm.withRules({})]) {
    const asPerson = { ...person, actor: { ...person.actor, teamIds: person === manager || person === mate ? [team.id] : [] } }
    for (const [object, id] of [['client', client.id], ['order', order.id]] as const) {
      const { data } = await crm.query(asPerson, `{ ${object}(id: "${id}") { can { update delete } } }`)
      const can = data?.[object]?.can as { update: boolean, delete: boolean } | undefined
      expect((await explain(object, id, person)).rights, `${person.actor.name} ${object}`).toBe([can && 'read', can?.update && 'update', can?.delete && 'delete'].filter(Boolean).join(' '))
    }
  }
})

it('does not name persons and teams to who may not read their names', async () => {
  const nameless = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'user.name': { read: false }, 'team.name': { read: false } }, capabilities: ['access.manage'] })
  const { why } = await explain('client', client.id, mate, nameless)
  expect(why).toEqual(['ROLE read team', 'ROLE update own', 'TEAM read …'])
})

it('names who made what has no owner', async () => {
  const own = { read: 'own', create: 'all', update: 'own' } as const
  const maker = await crm.withRules({ objects: { product: own, user: { read: 'all' } } })
  const { data: { createProduct: product } } = await crm.query(maker, 'mutation { createProduct(input: { name: "Own" }) { id } }')
  expect(await explain('product', product.id, maker)).toEqual({ rights: 'read update', why: ['ROLE read own', 'ROLE update own', `CREATOR read ${maker.actor.name}`, `CREATOR update ${maker.actor.name}`] })
  const colleague = await crm.withRules({ objects: { product: { read: 'team' } } })
  for (const { actor } of [maker, colleague]) await engine.db.insertInto('core.team_member').values({ team_id: team.id, user_id: actor.userId }).execute()
  expect((await explain('product', product.id, colleague)).why).toEqual(['ROLE read team', `CREATOR read ${maker.actor.name}`])
})

it('names roles and how far they reach in the language of who asks', async () => {
  const reader = await crm.as('administrator', { locale: 'ru' })
  const { explainAccess } = await crm.ask(reader, `{ explainAccess(object: "client", id: "${client.id}", user: "${manager.actor.userId}") { reasons { kind role scope } } }`)
  expect(explainAccess.reasons).toContainEqual({ kind: 'ROLE', role: 'Менеджер', scope: 'own' })
  expect(explainAccess.reasons).toContainEqual({ kind: 'OWNER', role: null, scope: null })
})
