import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Caller } from '../src/access/caller.ts'
import { PluginLog, pluginLog } from '../src/plugins/log/plugin-log.ts'
import { testCrm } from '../src/testing/crm.ts'
import { testLog } from '../src/testing/index.ts'

// What somebody with some rights tried, to get others that nobody gave him.

const crm = await testCrm({ plugins: [join(import.meta.dirname, '../../plugins/openid'), join(import.meta.dirname, '../../plugins/messengers')], work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const code = async (caller: Caller, source: string, variables?: Record<string, unknown>) => (await crm.query(caller, source, variables)).errors?.[0]?.extensions?.code
const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
const one = async (caller: Caller, source: string, variables?: Record<string, unknown>) => crm.ask(caller, source, variables)

it('changes or tries settings of plugins by no token, and those of the core by no right on plugins', async () => {
  const keeper = await crm.withRules({ objects: {}, capabilities: ['plugins.manage'] })
  const token: Caller = { ...keeper, actor: { ...keeper.actor, kind: 'token' } }
  const SET = 'mutation ($plugin: ID!, $values: JSON!) { updatePluginSettings(plugin: $plugin, values: $values) { values } }'
  const values = { plugin: 'openid', values: { issuer: 'https://id.example', clientId: 'x' } }
  expect(await code(token, SET, values)).toBe('FORBIDDEN')
  expect(await code(token, 'mutation ($plugin: ID!, $values: JSON!) { checkPluginSettings(plugin: $plugin, values: $values) { ok } }', { plugin: 'messengers', values: {} })).toBe('FORBIDDEN')
  expect(await code(keeper, SET, values)).toBe(undefined)
  expect(await code(keeper, SET, { plugin: 'duplicates', values: { autoMerge: true } })).toBe('FORBIDDEN')
})

it('takes nobody over who was invited and has not come yet', async () => {
  const staff = await crm.withRules({ objects: { user: all } })
  const { roles } = await one(admin, '{ roles { id key } }')
  const { inviteUser: { userId } } = await one(admin, 'mutation ($roles: [ID!]!) { inviteUser(input: { name: "Boss", email: "boss@example.com", roles: $roles }) { userId } }', { roles: roles.filter(({ key }: { key: string }) => key === 'administrator').map(({ id }: { id: string }) => id) })
  expect(await code(staff, 'mutation ($id: ID!) { updateUser(id: $id, input: { email: "mine@example.com" }) { id } }', { id: userId })).toBe('FORBIDDEN')
  const { createUser: { id } } = await one(staff, 'mutation { createUser(input: { name: "New", email: "new@example.com" }) { id } }')
  expect(await code(staff, 'mutation ($id: ID!) { updateUser(id: $id, input: { email: "newer@example.com" }) { id } }', { id })).toBe(undefined)
})

it('switches nobody on by undoing that he was switched off', async () => {
  const { createUser: { id } } = await one(admin, 'mutation { createUser(input: { name: "Gone", email: "gone@example.com" }) { id } }')
  await one(admin, 'mutation ($id: ID!) { deactivateUser(user: $id) }', { id })
  const { rows: [set] } = await crm.kartotek.db.pool.query<{ id: string }>('select change_set_id as id from core.change where record_id = $1 order by id desc limit 1', [id])
  const undoer = await crm.withRules({ objects: { '*': all }, capabilities: ['audit.read', 'changes.revert'] })
  const UNDO = 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted kept { reason } } }'
  const active = async () => (await one(admin, 'query ($id: ID!) { user(id: $id) { active } }', { id })).user.active
  await crm.query(undoer, UNDO, { id: set!.id })
  expect(await active()).toBe(false)
  await one(admin, UNDO, { id: set!.id })
  expect(await active()).toBe(true)
})

it('undoes the change of others over what one sees, and hears no id of the rest', async () => {
  const { createClients: made } = await one(admin, 'mutation { createClients(inputs: [{ name: "Hidden Oy", kind: "organisation" }]) { results { id } } }')
  const { rows: [set] } = await crm.kartotek.db.pool.query<{ id: string }>('select change_set_id as id from core.change where record_id = $1', [made.results[0].id])
  const undoer = await crm.withRules({ objects: { client: { read: 'own', update: 'own', delete: 'own' } }, capabilities: ['changes.revert'] })
  const { revertChangeSet } = await one(undoer, 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted kept { record reason } } }', { id: set!.id })
  expect(revertChangeSet).toEqual({ reverted: 0, kept: [{ record: null, reason: 'gone' }] })
})

it('makes no pipeline of an object that one does not see', async () => {
  const keeper = await crm.withRules({ objects: { client: { read: 'all' } }, capabilities: ['pipelines.manage'] })
  const input = { object: 'order', key: 'mine', labels: { en: 'Mine' }, isDefault: true, stages: [{ key: 'open', labels: { en: 'Open' }, kind: 'OPEN' }] }
  expect(await code(keeper, 'mutation ($input: PipelineInput!) { createPipeline(input: $input) { id } }', { input })).toBe('NOT_FOUND')
  const { pipelines: [pipeline] } = await one(admin, '{ pipelines(object: "order") { id version } }')
  expect(await code(keeper, 'mutation ($id: ID!, $version: Int!, $input: PipelineInput!) { updatePipeline(id: $id, version: $version, input: $input) { id } }', { id: pipeline.id, version: pipeline.version, input })).toBe('NOT_FOUND')
})

it('keeps what went wrong with a plugin in its log, however much browsers tell of it', async () => {
  const { db: { kysely, pool } } = crm.kartotek
  const log = new PluginLog(kysely, crm.kartotek.settings, testLog)
  await pool.query(`insert into core.plugin_log (plugin, kind, name, message, at) select 'telephony', 'web', '', 'told ' || n, now() from generate_series(1, 260) n`)
  await pool.query(`insert into core.plugin_log (plugin, kind, name, message, at) values ('telephony', 'job', 'sync', 'It failed.', now() - interval '1 day')`)
  log.note('telephony', 'web', '', new Error('told once more'))
  await log.flush()
  const kept = await pluginLog(kysely, 'telephony')
  expect(kept.some(({ kind }) => kind === 'job')).toBe(true)
  expect(kept.filter(({ kind }) => kind === 'web')).toHaveLength(200)
})
