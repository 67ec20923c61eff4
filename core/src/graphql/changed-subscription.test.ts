import { parse, subscribe } from 'graphql'
import { uuidv7 } from 'uuidv7'
import { afterAll, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
const { api, engine } = crm.kartotek
afterAll(() => crm.close())
const admin = await crm.as('administrator')

const run = (source: string, variables: Record<string, unknown>) => crm.ask(admin, source, variables)

interface Heard { kind: string, id: string | null }

async function listen(caller: Caller): Promise<{ heard: Heard[], stop(): Promise<void> }> {
  const abort = new AbortController()
  const context = { ...api.contextOf(caller), signal: abort.signal }
  const stream = await subscribe({ schema: api.schema(context.reading.generation, context.access), document: parse('subscription { clientChanged { kind id } }'), contextValue: context })
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream))
  const heard: Heard[] = []
  const running = (async () => { for await (const { data } of stream) heard.push({ ...(data as { clientChanged: Heard }).clientChanged }) })()
  return { heard, async stop() { abort.abort(); await running } }
}

it('tells a whole team that a record of one of them has gone to somebody else', async () => {
  const { createTeam } = await run('mutation { createTeam(input: { name: "North" }) { id } }', {})
  const everyTeam = { read: 'team', create: 'team', update: 'team', delete: 'team' }
  await run('mutation ($input: RoleInput!) { createRole(input: $input) { id } }', { input: { key: 'seller', labels: { en: 'Seller' }, rules: { objects: { '*': everyTeam } } } })
  const teamIds = [createTeam.id as string]
  const [holder, mate, stranger] = [await crm.as('seller', { teamIds }), await crm.as('seller', { teamIds }), await crm.as('seller')]
  for (const { actor } of [holder, mate]) await engine.db.insertInto('core.team_member').values({ team_id: teamIds[0], user_id: actor.userId }).execute()
  const listeners = await Promise.all([holder, mate, stranger].map(listen))
  // The record itself belongs to no team: mates see it because of who owns it.
  const { createClient: { id } } = await run('mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name: 'Wanderer', owner: holder.actor.userId } })
  const kinds = (i: number): string[] => listeners[i]!.heard.filter((h) => h.id === id).map((h) => h.kind)
  // Told of first: a record handed over between being judged and being read is told of as gone by each of its changes.
  for (const i of [0, 1]) await expect.poll(() => kinds(i), { timeout: 10_000 }).toEqual(['CREATED'])
  await run('mutation ($id: ID!, $owner: ID!) { updateClient(id: $id, input: { owner: $owner }) { id } }', { id, owner: stranger.actor.userId })
  await expect.poll(() => kinds(2).at(-1), { timeout: 10_000 }).toBe('UPDATED')
  await run('mutation ($id: ID!) { updateClient(id: $id, input: { note: "far away" }) { id } }', { id })
  await expect.poll(() => kinds(2).length, { timeout: 10_000 }).toBeGreaterThan(1)
  for (const i of [0, 1]) expect(kinds(i).filter((kind) => kind === 'GONE'), `listener ${i}`).toHaveLength(1)
  expect(kinds(2)).not.toContain('GONE')
  await Promise.all(listeners.map((l) => l.stop()))
})

it('asks to look again where a change could not be judged', async () => {
  const { createTeam } = await run('mutation { createTeam(input: { name: "South" }) { id } }', {})
  const listener = await listen(await crm.as('seller', { teamIds: [createTeam.id] }))
  const { createClient: { id } } = await run('mutation { createClient(input: { name: "Unjudged" }) { id } }', {})
  const change = { name: 'client.updated', object: 'client', record_id: id }
  await engine.db.insertInto('core.event').values({ ...change, id: uuidv7(), change_set_id: uuidv7(), scope: JSON.stringify({ before: { owner: 'no id', team: null }, after: null }) }).execute()
  engine.afterCommit()
  await expect.poll(() => listener.heard, { timeout: 10_000 }).toEqual([{ kind: 'MANY', id: null }])
  await listener.stop()
})
