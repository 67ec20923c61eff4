import { definePlugin } from '@kartotek/sdk'
import { testCrm } from '../testing/crm.ts'
import type { Automation } from './listen.ts'

/** A core in which the test itself says when events, jobs and the clock run, with three people, and what tests of rules ask of it. */
export async function testAutomation() {
  /** What the plugin `sms` was asked to send. */
  const sent: Record<string, unknown>[] = []
  const crm = await testCrm({ work: false, plugins: [definePlugin({
    id: 'sms', version: '1.0.0', emits: { answered: { label: { en: 'An SMS was answered' } } }, jobs: { send: { async run(input) { sent.push(input) } } },
    automationActions: { send: { label: { en: 'Send an SMS' }, job: 'send', object: 'client', input: { type: 'object', required: ['text'], properties: { text: { type: 'string' } }, additionalProperties: false } } },
  })] })
  const { engine } = crm.kartotek
  const [admin, anna, boris] = [await crm.as('administrator'), await crm.as('manager'), await crm.as('manager')]

  const one = crm.ask
  await one(admin, 'mutation { createField(object: "client", input: { name: "score", type: integer, labels: { en: "Score" } }) { key } }')

  return {
    crm, engine, sent, admin, anna, boris, one,
    rule: async (input: Record<string, unknown>) => (await one(admin, 'mutation ($input: AutomationRuleInput!) { createAutomationRule(input: $input) { id version } }', { input: { name: 'Rule', object: 'client', active: true, ...input } })).createAutomationRule as { id: string, version: number },
    refused: async (input: Record<string, unknown>, caller = admin) => (await crm.query(caller, 'mutation ($input: AutomationRuleInput!) { createAutomationRule(input: $input) { id } }', { input: { name: 'Rule', object: 'client', active: true, trigger: { on: 'created' }, ...input } })).errors?.[0],
    remove: (id: string) => one(admin, 'mutation ($id: ID!) { deleteAutomationRule(id: $id) }', { id }),
    client: async (name: string, more: Record<string, unknown> = {}) => (await one(admin, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, owner: anna.actor.userId, ...more } })).createClient.id as string,
    update: (id: string, input: Record<string, unknown>) => one(admin, 'mutation ($id: ID!, $input: ClientUpdateInput!) { updateClient(id: $id, input: $input) { id } }', { id, input }),
    read: async (id: string) => (await one(admin, 'query ($id: ID!) { client(id: $id) { industry note owner { id } custom { score } } }', { id })).client,
    tasksOf: async (id: string) => (await one(admin, 'query ($id: ID!) { tasks(filter: { subject: { id: { eq: $id } } }) { nodes { title kind { key } due owner { id } } } }', { id })).tasks.nodes as { title: string, due: string, owner: { id: string } }[],
    runs: async (id: string) => (await one(admin, 'query ($id: ID!) { automationRuns(rule: $id) { nodes { id state cause title steps error attempts changeSet } } }', { id })).automationRuns.nodes as { id: string, state: string, steps: unknown[], error: string | null, changeSet: string | null, attempts: number, title: string }[],
    automation: (): Automation => ({ engine, outside: { enqueue: async () => undefined, tellOutside: async () => undefined }, again: async () => undefined }),
  }
}
