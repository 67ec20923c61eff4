import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const [anna, boris] = [await crm.as('manager'), await crm.as('manager')]
const { createTeam: { id: team } } = await crm.ask(admin, 'mutation { createTeam(input: { name: "North" }) { id } }')
const set = (by: typeof admin, users: string[], leaders: string[], of = team) => crm.query(by, 'mutation ($team: ID!, $users: [ID!]!, $leaders: [ID!]) { setTeamMembers(team: $team, users: $users, leaders: $leaders) }', { team: of, users, leaders })
const memberships = async (by = admin) => (await crm.ask(by, '{ teamMemberships { team user leader } }')).teamMemberships

it('tells who is in which team, of teams and people that the caller sees', async () => {
  await set(admin, [anna.actor.userId!, boris.actor.userId!], [boris.actor.userId!])
  expect(await memberships()).toHaveLength(2)
  expect(await memberships()).toContainEqual({ team, user: boris.actor.userId, leader: true })
  const blind = await crm.withRules({ objects: { 'team': { read: 'all' }, '*': { read: 'none' } } })
  expect(await memberships(blind)).toEqual([])
})

it('keeps members whom the one who saves does not see', async () => {
  const half = await crm.withRules({ objects: { 'team': { read: 'all' }, '*': { read: 'own' }, 'user': { read: 'none' } }, capabilities: ['users.manage'] })
  expect((await set(half, [], [])).errors).toBeUndefined()
  expect(await memberships()).toContainEqual({ team, user: boris.actor.userId, leader: true })
  expect(await memberships()).toHaveLength(2)
})

it('puts nobody into a team that is not there', async () => {
  const { errors } = await set(admin, [anna.actor.userId!], [], '01900000-0000-7000-8000-000000000000')
  expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
})
