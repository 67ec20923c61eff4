import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute, parse } from 'graphql'
import { sql } from 'kysely'
import { afterAll, expect, it } from 'vitest'
import { filesDirectory } from '../src/config/index.ts'
import { openKartotek } from '../src/kartotek.ts'
import { eventually } from '../src/testing/child.ts'
import { testUser } from '../src/testing/engine.ts'
import { testDatabase, testLog } from '../src/testing/index.ts'

const CLIENTS = 400
/** Nothing may be stuck longer, whatever node dies. */
const SECONDS = 60

const db = await testDatabase()
const filesDir = filesDirectory({ dataDir: mkdtempSync(join(tmpdir(), 'kartotek-killed-')) })
// This process takes requests only; the work is done by two others.
const web = await openKartotek({ db, log: testLog, secret: 'a secret of the tests, thirty-two characters long', filesDir, role: 'web', accounts: { publicUrl: 'http://127.0.0.1:3000' } })
await web.start()
const children: ChildProcess[] = []
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await web.close()
})

async function workingNode(): Promise<ChildProcess> {
  const child = fork(new URL('./fixtures/working-node.ts', import.meta.url), [db.url, filesDir])
  children.push(child)
  await once(child, 'message')
  return child
}
const count = async (query: ReturnType<typeof sql<{ n: number }>>): Promise<number> => (await query.execute(db.kysely)).rows[0]!.n

it('does each effect of automation once, and within a minute, when one of two nodes is killed in the middle', { timeout: 180_000 }, async () => {
  const { engine } = web
  const admin = await testUser(engine, 'administrator')
  const ask = async (source: string, variableValues: Record<string, unknown>) => {
    const contextValue = web.api.contextOf(admin)
    const { data, errors } = await execute({ schema: web.api.schema(contextValue.reading.generation, contextValue.access), document: parse(source), contextValue, variableValues })
    if (errors) throw errors[0]!
    return data
  }
  await ask('mutation ($input: AutomationRuleInput!) { createAutomationRule(input: $input) { id } }', { input: {
    name: 'Welcome', object: 'client', active: true, trigger: { on: 'created' },
    actions: [{ do: 'createTask', title: 'Call {name}', assignee: admin.actor.userId }, { do: 'note', text: 'Hello' }, { do: 'set', field: 'note', value: 'welcomed' }, { do: 'notify', to: [admin.actor.userId], text: 'New: {name}' }],
  } })
  const [first] = await Promise.all([workingNode(), workingNode()])
  for (let i = 0; i < CLIENTS; i += 20) {
    await ask('mutation ($inputs: [ClientCreateInput!]!) { createClients(inputs: $inputs) { results { ok } } }', { inputs: Array.from({ length: 20 }, (_, n) => ({ name: `Client ${i + n}` })) })
  }
  const runs = sql<{ n: number }>`select count(*)::int as n from core.automation_run where state = 'done'`
  await eventually(async () => (await count(runs) > CLIENTS / 8 ? true : undefined), 60)
  first.kill('SIGKILL')
  await once(first, 'exit')
  const killedAt = Date.now()
  expect(await count(runs)).toBeLessThan(CLIENTS)
  await eventually(async () => (await count(runs) === CLIENTS ? true : undefined), SECONDS)
  expect(Date.now() - killedAt).toBeLessThan(SECONDS * 1_000)
  const doubled = sql<{ n: number }>`select count(*)::int as n from (
    select c.id from core.client c where (select count(*) from core.task t where t.subject_id = c.id) <> 1 or (select count(*) from core.timeline_entry e where e.subject_id = c.id) <> 1
      or (select count(*) from core.notification n where n.record_id = c.id and n.kind = 'automation') <> 1 or c.note is distinct from 'welcomed') x`
  expect(await count(doubled)).toBe(0)
})
