import { Readable } from 'node:stream'
import { subscription, type PluginContext, type PluginDefinition } from '@kartotek/sdk'
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

let ctx!: PluginContext
const bell: PluginDefinition = {
  id: 'bell', version: '1.0.0', needs: { client: ['read'], contact: ['read'] }, permissions: { ring: { label: { en: 'Ring' } } },
  start(own) { ctx = own },
  emits: { rang: { label: { en: 'It rang' } } },
  http: [{ method: 'GET', path: '/sound', run: () => ({ status: 206, headers: { 'content-type': 'audio/wav' }, body: Readable.from([Buffer.from('la'), Buffer.from('la')]) }) }],
  graphql: {
    typeDefs: 'extend type Query { bellMayRing: Boolean! bellRing: Boolean! } extend type Subscription { bellRang: JSON }',
    resolvers: {
      Query: { bellMayRing: (_, __, of) => of.can('ring'), bellRing: (_, __, of) => { of.require('ring'); return true } },
      Subscription: { bellRang: subscription({ subscribe: (_, __, of) => of.live({ object: 'client', names: ['plugin.bell.rang'] }), resolve: (event, _, of) => [event.data, of.actor.userId] }) },
    },
  },
}
const crm = await testCrm({ plugins: [bell] })
afterAll(() => crm.close())
const admin = await crm.as('administrator')

it('tells a plugin what its caller may do', async () => {
  const [ringer, other] = [await crm.withRules({ objects: {}, capabilities: ['bell.ring'] }), await crm.withRules({ objects: {} })]
  expect(await crm.ask(ringer, '{ bellMayRing bellRing }')).toEqual({ bellMayRing: true, bellRing: true })
  expect(await crm.ask(other, '{ bellMayRing }')).toEqual({ bellMayRing: false })
  expect((await crm.query(other, '{ bellRing }')).errors![0]!.extensions).toMatchObject({ code: 'FORBIDDEN', capability: 'bell.ring' })
  expect(ctx.can('ring')).toBe(true)
  expect(() => ctx.can('wring')).toThrow('no permission "wring"')
})

it('brings its events to its own subscriptions, with the rights of who listens', async () => {
  const { createClient: { id } } = await crm.ask(admin, 'mutation { createClient(input: { name: "x" }) { id } }')
  const listener = await crm.subscribe(admin, 'subscription { bellRang }')
  await crm.ask(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { note: "no bell" }) { id } }', { id })
  await ctx.emit('rang', { object: 'client', id }, { times: 2 })
  await expect.poll(() => listener.heard).toEqual([{ bellRang: [{ times: 2 }, admin.actor.userId] }])
  await listener.stop()
})

it('streams answers of routes', async () => {
  const response = await crm.get(admin, 'bell/sound')
  expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([206, 'audio/wav', 'lala'])
  expect((await crm.get(null, 'bell/sound')).status).toBe(401)
})

it('counts working time of the company, and knows its numbers and leaders', async () => {
  const due = async (from: string) => (await ctx.company.dueAfter(15, new Date(from)))?.toISOString()
  // Monday to Friday, 9:00–18:00; Helsinki is three hours ahead in summer.
  expect(ctx.company.timeZone).toBe('Europe/Helsinki')
  expect(await due('2026-06-01T07:00:00Z')).toBe('2026-06-01T07:15:00.000Z')
  expect(await due('2026-06-01T14:50:00Z')).toBe('2026-06-02T06:05:00.000Z')
  expect(await due('2026-06-05T18:00:00Z')).toBe('2026-06-08T06:00:00.000Z')
  expect(ctx.company.phone('040 1234567')).toMatchObject({ e164: '+358401234567', country: 'FI' })
  expect(ctx.company.phone('anonymous').e164).toBeNull()
  const { createTeam: { id: team } } = await crm.ask(admin, 'mutation { createTeam(input: { name: "North" }) { id } }')
  const [member, leader] = [(await crm.as('manager')).actor.userId, (await crm.as('manager')).actor.userId]
  await crm.ask(admin, 'mutation ($team: ID!, $users: [ID!]!, $leaders: [ID!]) { setTeamMembers(team: $team, users: $users, leaders: $leaders) }', { team, users: [member, leader], leaders: [leader] })
  expect(await ctx.company.leadersOf(member!)).toEqual([leader])
  expect(await ctx.company.leadersOf(leader!)).toEqual([])
})

it('recognises who calls, among those whom the actor sees', async () => {
  const owner = (await crm.as('manager')).actor.userId
  const { createClient: { id } } = await crm.ask(admin, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name: 'Lumi', owner, contactPoints: [{ kind: 'phone', value: '+358 40 7654321' }] } })
  const points = [{ kind: 'phone', value: '040 765 4321' }]
  expect(await ctx.records.recognise(points)).toEqual({ client: id, contact: null, order: null, clientOwner: owner, contactOwner: null, orderOwner: null })
  expect(await ctx.records.recognise([{ kind: 'phone', value: '040 000 0000' }])).toBeNull()
  expect(await crm.kartotek.host.contextFor('bell', (await crm.as('manager')).actor).records.recognise(points)).toBeNull()
})

it('names in the access log the record for which a plugin used its own rights', async () => {
  const about = { object: 'client', id: '01900000-0000-7000-8000-000000000001' }
  await crm.kartotek.host.contextFor('bell', admin.actor).asPlugin('listen-in', about)
  const { rows } = await crm.kartotek.db.pool.query<{ detail: object }>("select detail from core.access_log where kind = 'plugin_rights' order by at desc limit 1")
  expect(rows[0]!.detail).toEqual({ plugin: 'bell', reason: 'listen-in', ...about })
})
