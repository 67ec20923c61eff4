import { sql } from 'kysely'
import { afterAll, expect, it } from 'vitest'
import { inZone } from '../tasks/times.ts'
import { tick } from './clock.ts'
import { recipesIn } from './recipes.ts'
import { testAutomation } from './testing.ts'

const { crm, engine, admin, anna, one, rule, remove, client, update, runs, tasksOf, automation } = await testAutomation()
afterAll(() => crm.close())

/** Switches a recipe on as of some days ago, lets the clock come by, and takes the rule away. */
async function run(key: string): Promise<void> {
  const { id } = await rule({ ...recipesIn('en').find((recipe) => recipe.key === key)!.rule })
  await sql`update core.automation_rule set active_since = now() - interval '2 days' where id = ${id}`.execute(engine.db)
  await tick(automation())
  await remove(id)
}
const titles = async (ids: string[]) => (await Promise.all(ids.map(tasksOf))).map((tasks) => tasks.map((task) => task.title))

it('no contact: calls old clients, neither those of yesterday nor those who must not be called nor those who were erased', async () => {
  const clients = [await client('Old'), await client('New'), await client('Quiet', { doNotContact: ['phone'] }), await client('Erased'), await client('No letters', { doNotContact: ['email'] })]
  const [old, , quiet, erased, letters] = clients
  await sql`update core.client set created_at = now() - interval '40 days' where id = any(${[old, quiet, erased, letters]}::uuid[])`.execute(engine.db)
  await sql`update core.client set erased_at = now() where id = ${erased}`.execute(engine.db)
  await run('no_contact')
  expect(await titles(clients)).toEqual([['Call Old'], [], [], [], ['Call No letters']])
})

it('birthday: has nobody called who must not be', async () => {
  const birthday = inZone(new Date(), engine.live.current.company.timeZone).minus({ hours: 10, years: 30 }).toISODate()
  const contact = async (name: string, more: object = {}) => (await one(admin, 'mutation ($input: ContactCreateInput!) { createContact(input: $input) { id } }', { input: { name, birthday, owner: anna.actor.userId, ...more } })).createContact.id as string
  const contacts = [await contact('Glad'), await contact('Quiet', { doNotContact: ['phone'] })]
  await run('birthday')
  expect(await titles(contacts)).toEqual([['Wish Glad a happy birthday'], []])
})

it('a stuck order: gives its owner a task', async () => {
  const { id, number } = (await one(admin, 'mutation ($owner: ID!) { createOrder(input: { owner: $owner }) { id number } }', { owner: anna.actor.userId })).createOrder
  await sql`update core."order" set stage_entered_at = now() - interval '400 days' where id = ${id}`.execute(engine.db)
  await run('stuck_order')
  expect(await tasksOf(id)).toMatchObject([{ title: `Move order ${number} on`, owner: { id: anna.actor.userId } }])
})

it('a rule of one\'s own: has nobody called who must not be, says why in the log, and asks the client of an order, too', async () => {
  const quiet = await client('Quiet too', { doNotContact: ['phone'] })
  const order = (await one(admin, 'mutation ($client: ID!, $owner: ID!) { createOrder(input: { client: $client, owner: $owner }) { id } }', { client: quiet, owner: anna.actor.userId })).createOrder.id
  const call = { do: 'createTask', title: 'Call', kind: 'call', assignee: 'owner' }
  const [ofClients, ofOrders] = [await rule({ trigger: { on: 'changed', fields: ['industry'] }, actions: [call, { ...call, kind: 'task', title: 'Think' }] }), await rule({ object: 'order', trigger: { on: 'changed', fields: ['subject'] }, actions: [call] })]
  const loud = await client('Loud')
  for (const id of [quiet, loud]) await update(id, { industry: 'doors' })
  await one(admin, 'mutation ($id: ID!) { updateOrder(id: $id, input: { subject: "x" }) { id } }', { id: order })
  expect((await crm.drain()).failed).toEqual([])
  expect((await titles([quiet, loud, order])).map((of) => of.sort())).toEqual([['Think'], ['Call', 'Think'], []])
  const skipped = { do: 'createTask', skipped: 'doNotContact' }
  expect((await runs(ofClients.id)).map(({ state, steps }) => [state, steps[0]])).toContainEqual([expect.any(String), skipped])
  expect((await runs(ofOrders.id)).map(({ steps }) => steps)).toEqual([[skipped]])
  for (const { id } of [ofClients, ofOrders]) await remove(id)
})

it('a leader who is away: who stands in gets the task, else the leader above', async () => {
  const [leader, deputy, head] = [await crm.as('manager'), await crm.as('manager'), await crm.as('manager')]
  const team = async (name: string, leads: typeof leader, members: (typeof leader)[]) => {
    const { id } = (await one(admin, 'mutation ($name: String!) { createTeam(input: { name: $name }) { id } }', { name })).createTeam
    await one(admin, 'mutation ($team: ID!, $users: [ID!]!, $leaders: [ID!]) { setTeamMembers(team: $team, users: $users, leaders: $leaders) }', { team: id, users: [leads, ...members].map((one) => one.actor.userId), leaders: [leads.actor.userId] })
  }
  await team('Sales', leader, [anna])
  await team('Leaders', head, [leader])
  const { id } = await rule({ trigger: { on: 'changed', fields: ['industry'] }, actions: [{ do: 'createTask', title: 'Look', assignee: 'leader' }] })
  const asked = async () => {
    const about = await client('Stuck')
    await update(about, { industry: 'x' })
    expect((await crm.drain()).failed).toEqual([])
    return (await tasksOf(about)).map((task) => task.owner.id)
  }
  expect(await asked()).toEqual([leader.actor.userId])
  await one(admin, 'mutation ($owner: ID!) { createAbsence(input: { owner: $owner, firstDay: "2020-01-01", lastDay: "2099-01-01" }) { id } }', { owner: leader.actor.userId })
  expect(await asked()).toEqual([head.actor.userId])
  await one(admin, 'mutation ($input: SubstitutionInput!) { startSubstitution(input: $input) { id } }', { input: { absent: leader.actor.userId, substitute: deputy.actor.userId, from: new Date(Date.now() - 1000).toISOString(), until: new Date(Date.now() + 86_400_000).toISOString() } })
  expect(await asked()).toEqual([deputy.actor.userId])
  await remove(id)
})
