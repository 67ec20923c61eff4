import { afterAll, expect, it } from 'vitest'
import type { Caller } from './caller.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const { engine } = crm.kartotek
const admin = await crm.as('administrator')
const manager = await crm.as('manager')
const colleague = await crm.as('manager')
const me = manager.actor.userId!
const other = colleague.actor.userId!
async function team(...members: Caller[]): Promise<string> {
  const { data } = await crm.query(admin, `mutation { createTeam(input: { name: "T${Math.random()}" }) { id } }`)
  for (const { actor } of members) await engine.db.insertInto('core.team_member').values({ team_id: data.createTeam.id, user_id: actor.userId }).execute()
  return data.createTeam.id
}
const create = (caller: Caller, input: string) => crm.query(caller, `mutation { createClient(input: { name: "x", ${input} }) { id owner { id } } }`)
const change = (caller: Caller, id: string, input: string) => crm.query(caller, `mutation { updateClient(id: "${id}", input: { ${input} }) { id } }`)
const sees = async (caller: Caller, id: string): Promise<boolean> => (await crm.query(caller, `{ client(id: "${id}") { id } }`)).data.client !== null
const forbidden = [{ extensions: { code: 'FORBIDDEN' } }]

it('is open to who has the record in his own scope; then it leaves his sight, and he cannot take it back', async () => {
  const { data: { createClient: { id } } } = await create(manager, '')
  const given = await change(manager, id, `owner: "${other}"`)
  expect(given).toMatchObject({ data: { updateClient: null } })
  expect(given.errors).toBeUndefined()
  expect([await sees(manager, id), await sees(colleague, id)]).toEqual([false, true])
  expect((await change(manager, id, `owner: "${me}"`)).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
  const { data } = await crm.query(manager, `mutation { revertChangeSet(id: "${given.changeSets[0]}") { reverted kept { reason } } }`)
  expect(data.revertChangeSet).toEqual({ reverted: 0, kept: [{ reason: 'gone' }] })
  expect(await sees(colleague, id)).toBe(true)
})

it('is closed to who reaches the record only by a share or by way of another one', async () => {
  const { data: { createClient: { id } } } = await create(colleague, '')
  await crm.query(colleague, `mutation { shareRecord(object: "client", id: "${id}", user: "${me}", level: WRITE) }`)
  const shared = { ...manager, actor: { ...manager.actor, hasShares: true } }
  expect((await change(shared, id, 'note: "may"')).errors).toBeUndefined()
  for (const input of [`owner: "${me}"`, `team: "${await team(manager)}"`]) expect((await change(shared, id, input)).errors, input).toMatchObject(forbidden)
  const { data: { createOrder: order } } = await crm.query(colleague, `mutation { createOrder(input: { client: "${id}" }) { id } }`)
  expect((await crm.query(shared, `mutation { updateOrder(id: "${order.id}", input: { subject: "may" }) { id } }`)).errors).toBeUndefined()
  expect((await crm.query(shared, `mutation { updateOrder(id: "${order.id}", input: { owner: "${me}" }) { id } }`)).errors).toMatchObject(forbidden)
})

it('does not begin with the creation: nobody makes records outside of his own scope', async () => {
  const mine = await team(manager, colleague)
  const theirs = await team(colleague)
  const seller = (create: 'own' | 'team') => crm.withRules({ objects: { 'client': { read: 'all', create, update: 'all' }, 'user': { read: 'all' }, 'team': { read: 'all' } } }, { teamIds: [mine] })
  for (const scope of ['own', 'team'] as const) {
    const caller = await seller(scope)
    expect((await create(caller, '')).data.createClient.owner).toEqual({ id: caller.actor.userId })
    expect((await create(caller, `owner: "${other}"`)).errors).toMatchObject(forbidden)
    expect((await create(caller, `owner: "${other}", team: "${theirs}"`)).errors).toMatchObject(forbidden)
    expect((await create(caller, 'owner: null')).errors).toMatchObject(forbidden)
    const forTeam = await create(caller, `owner: "${other}", team: "${mine}"`)
    if (scope === 'own') expect(forTeam.errors).toMatchObject(forbidden)
    else expect(forTeam.data.createClient.owner).toEqual({ id: other })
    const { data } = await crm.query(caller, `mutation { createClients(inputs: [{ name: "x" }, { name: "x", owner: "${other}" }]) { results { ok error { code } } } }`)
    expect(data.createClients.results).toEqual([{ ok: true, error: null }, { ok: false, error: { code: 'FORBIDDEN' } }])
  }
})
