import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute, parse } from 'graphql'
import { sql } from 'kysely'
import { afterAll, afterEach, expect, it } from 'vitest'
import { filesDirectory } from '../src/config/index.ts'
import type { Caller } from '../src/access/caller.ts'
import { openKartotek } from '../src/kartotek.ts'
import { eventually } from '../src/testing/child.ts'
import { testUser } from '../src/testing/engine.ts'
import { testDatabase, testLog } from '../src/testing/index.ts'

const CLIENTS = 400
/** Nothing may be stuck longer, whatever node dies. */
const SECONDS = 60

const db = await testDatabase({ from: 'crm' })
const filesDir = filesDirectory({ dataDir: mkdtempSync(join(tmpdir(), 'kartotek-killed-')) })
// This process takes requests only; the work is done by two others.
const web = await openKartotek({ db, log: testLog, secret: 'a secret of the tests, thirty-two characters long', filesDir, role: 'web', webhooks: { networks: '127.0.0.1' }, accounts: { publicUrl: 'http://127.0.0.1:3000' } })
await web.start()
const children: ChildProcess[] = []
afterEach(() => { for (const child of children) child.kill('SIGKILL') })
afterAll(() => web.close())

/** @param stops in the middle of what it stops, and waits to be killed */
async function workingNode(stops?: 'sending' | 'distributing'): Promise<ChildProcess> {
  const child = fork(new URL('./fixtures/working-node.ts', import.meta.url), [db.url, filesDir, ...stops ? [stops] : []])
  children.push(child)
  await once(child, 'message')
  return child
}
async function kill(child: ChildProcess): Promise<number> {
  child.kill('SIGKILL')
  await once(child, 'exit')
  return Date.now()
}
/** Ids of the letters that a node has begun to send. */
function lettersOf(child: ChildProcess): string[] {
  const ids: string[] = []
  child.on('message', (message: { sent?: string }) => { if (message.sent) ids.push(message.sent) })
  return ids
}
async function ask(caller: Caller, source: string, variableValues: Record<string, unknown> = {}) {
  const contextValue = web.api.contextOf(caller)
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- results are whatever a test asks for
  const { data, errors } = await execute({ schema: web.api.schema(contextValue.reading.generation, contextValue.access), document: parse(source), contextValue, variableValues }) as { data: any, errors?: Error[] }
  if (errors) throw errors[0]!
  return data
}
const count = async (query: ReturnType<typeof sql<{ n: number }>>): Promise<number> => (await query.execute(db.kysely)).rows[0]!.n

it('does each effect of automation once, and within a minute, when one of two nodes is killed in the middle', { timeout: 180_000 }, async () => {
  const { engine } = web
  const admin = await testUser(engine, 'administrator')
  await ask(admin, 'mutation ($input: AutomationRuleInput!) { createAutomationRule(input: $input) { id } }', { input: {
    name: 'Welcome', object: 'client', active: true, trigger: { on: 'created' },
    actions: [{ do: 'createTask', title: 'Call {name}', assignee: admin.actor.userId }, { do: 'note', text: 'Hello' }, { do: 'set', field: 'note', value: 'welcomed' }, { do: 'notify', to: [admin.actor.userId], text: 'New: {name}' }],
  } })
  const [first] = await Promise.all([workingNode(), workingNode()])
  for (let i = 0; i < CLIENTS; i += 20) {
    await ask(admin, 'mutation ($inputs: [ClientCreateInput!]!) { createClients(inputs: $inputs) { results { ok } } }', { inputs: Array.from({ length: 20 }, (_, n) => ({ name: `Client ${i + n}` })) })
  }
  const runs = sql<{ n: number }>`select count(*)::int as n from core.automation_run where state = 'done'`
  await eventually(async () => (await count(runs) > CLIENTS / 8 ? true : undefined), 60)
  const killedAt = await kill(first)
  expect(await count(runs)).toBeLessThan(CLIENTS)
  await eventually(async () => (await count(runs) === CLIENTS ? true : undefined), SECONDS)
  expect(Date.now() - killedAt).toBeLessThan(SECONDS * 1_000)
  const doubled = sql<{ n: number }>`select count(*)::int as n from (
    select c.id from core.client c where (select count(*) from core.task t where t.subject_id = c.id) <> 1 or (select count(*) from core.timeline_entry e where e.subject_id = c.id) <> 1
      or (select count(*) from core.notification n where n.record_id = c.id and n.kind = 'automation') <> 1 or c.note is distinct from 'welcomed') x`
  expect(await count(doubled)).toBe(0)
})

it('sends a letter that a killed node was sending, the same one, within a minute', { timeout: 180_000 }, async () => {
  const { engine } = web
  const [admin, anna] = [await testUser(engine, 'administrator'), await testUser(engine, 'manager')]
  await sql`update core."user" set email = 'anna@example.com' where id = ${anna.actor.userId}`.execute(db.kysely)
  await sql`delete from core.notification`.execute(db.kysely)
  const first = await workingNode('sending')
  const begun = lettersOf(first)
  await ask(admin, 'mutation ($owner: ID!) { createClient(input: { name: "Hers now", owner: $owner }) { id } }', { owner: anna.actor.userId })
  const letter = await eventually(() => begun[0], 60)
  const second = await workingNode()
  const sent = lettersOf(second)
  const killedAt = await kill(first)
  await eventually(() => sent.includes(letter) || undefined, SECONDS)
  expect(Date.now() - killedAt).toBeLessThan(SECONDS * 1_000)
  const left = sql<{ n: number }>`select count(*)::int as n from core.notification_delivery`
  await eventually(async () => (await count(left) === 0 ? true : undefined), 10)
  expect(sent.filter((id) => id === letter)).toHaveLength(1)
})

it('calls an address outside that a killed node was calling, with the same event, within a minute', { timeout: 180_000 }, async () => {
  const { engine } = web
  const admin = await testUser(engine, 'administrator')
  const calls: string[] = []
  // The first call is never answered.
  const outside = createServer((request, response) => { if (calls.push(String(request.headers['webhook-id'])) > 1) response.end() }).listen(0, '127.0.0.1')
  await once(outside, 'listening')
  try {
    const { createWebhook: { webhook } } = await ask(admin, 'mutation ($input: WebhookInput!) { createWebhook(input: $input) { webhook { id } } }', {
      input: { name: 'Outside', url: `http://127.0.0.1:${(outside.address() as AddressInfo).port}/`, events: ['product.created'] },
    })
    const first = await workingNode()
    await ask(admin, 'mutation { createProduct(input: { name: "Lamp" }) { id } }')
    await eventually(() => calls[0], 60)
    const killedAt = await kill(first)
    await workingNode()
    const done = sql<{ n: number }>`select count(*)::int as n from core.webhook_delivery where webhook_id = ${webhook.id} and state = 'done'`
    await eventually(async () => (await count(done) === 1 ? true : undefined), SECONDS)
    expect(Date.now() - killedAt).toBeLessThan(SECONDS * 1_000)
    expect(calls).toEqual([calls[0], calls[0]])
  } finally {
    outside.closeAllConnections()
    outside.close()
  }
})

it('gives out the requests that a killed node was giving out, each once, within a minute', { timeout: 180_000 }, async () => {
  const { engine } = web
  const admin = await testUser(engine, 'administrator')
  const people = await Promise.all([1, 2, 3].map(() => testUser(engine, 'manager')))
  const { version } = (await ask(admin, '{ intakeSettings { version } }')).intakeSettings
  await ask(admin, 'mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version } }', {
    version, input: { rules: [{ name: 'All', strategy: 'turns', atWork: false, pool: people.map((person) => ({ user: person.actor.userId })) }] },
  })
  const first = await workingNode('distributing')
  for (let i = 0; i < 12; i++) await ask(admin, `mutation { receiveIntake(input: { channel: "api", text: "r${i}" }) { id } }`)
  // It holds the turnstile of all nodes, in the middle of a transaction.
  const stuck = sql<{ n: number }>`select count(*)::int as n from pg_stat_activity where datname = current_database() and state = 'idle in transaction' and state_change < clock_timestamp() - interval '1 second'`
  await eventually(async () => (await count(stuck) > 0 ? true : undefined), 60)
  await workingNode()
  const left = sql<{ n: number }>`select count(*)::int as n from core.intake_item where distributed_at is null`
  const waiting = await count(left)
  expect(waiting).toBeGreaterThanOrEqual(9)
  const killedAt = await kill(first)
  await eventually(async () => (await count(left) === 0 ? true : undefined), SECONDS)
  expect(Date.now() - killedAt).toBeLessThan(SECONDS * 1_000)
  const { rows } = await sql<{ n: number, owner: string }>`select (select count(*)::int from core.intake_decision d where d.item_id = i.id and d.code = 'assigned') as n, i.owner_id as owner from core.intake_item i`.execute(db.kysely)
  expect(rows.map((row) => row.n)).toEqual(Array(12).fill(1))
  expect(Object.values(Object.groupBy(rows, (row) => row.owner)).map((group) => group!.length)).toEqual([4, 4, 4])
})
