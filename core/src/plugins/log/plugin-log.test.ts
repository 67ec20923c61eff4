import { s, type PluginDefinition } from '@kartotek/sdk'
import { afterAll, expect, it, vi } from 'vitest'
import { plugin as command } from '../../cli/plugin.command.ts'
import { testCrm } from '../../testing/crm.ts'
import { testLog } from '../../testing/index.ts'
import { PluginLog } from './plugin-log.ts'

const SECRET = 'k+y/of the shop'
const leaky: PluginDefinition = {
  id: 'leaky', version: '1.0.0',
  settings: s.object({ shop: s.object({ key: s.optional(s.secret({})) }) }),
  jobs: { sync: { attempts: 2, run: (_, { settings }) => { throw new Error(`401 for ${(settings.shop as { key: string }).key}`) } } },
  workers: [{ id: 'listen', run: ({ settings }) => { throw new Error(`no line with ${encodeURIComponent((settings.shop as { key: string }).key)}`) } }],
  graphql: {
    typeDefs: 'extend type Query { leakyAsk: Int leakyRefuse: Int }',
    resolvers: { Query: { leakyAsk: (_, __, { settings }) => { throw new TypeError(JSON.stringify(settings)) }, leakyRefuse: (_, __, ctx) => ctx.require('none') } },
  },
  permissions: { none: { label: { en: 'None' } } },
}
const broken: PluginDefinition = { id: 'broken', version: '1.0.0', start: () => { throw new Error('The exchange is away.') } }
const crm = await testCrm({ plugins: [leaky, broken], settings: { leaky: { shop: { key: SECRET } } } })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const { db, host } = crm.kartotek
interface Entry { kind: string, name: string, message: string, times: number, gaveUp: boolean, at: string }
const logOf = async (id: string): Promise<Entry[]> => (await crm.ask(admin, 'query ($id: ID!) { pluginLog(id: $id) { kind name message times gaveUp at } }', { id })).pluginLog as Entry[]
const shown = async (id: string): Promise<string[]> => (await logOf(id)).map(({ kind, name, message, gaveUp }) => `${kind} ${name}: ${message}${gaveUp ? ' (gave up)' : ''}`)

it('tells of jobs, workers and resolvers that break, without the secrets that they throw', async () => {
  await host.contextFor('leaky').enqueue('sync', {})
  const { failed } = await crm.drain()
  expect(new Set(failed.map(({ message }) => message))).toEqual(new Set(['401 for [secret]']))
  await crm.query(admin, '{ leakyAsk }')
  expect((await crm.query(await crm.withRules({}), '{ leakyRefuse }')).errors, 'what is refused is no error').toHaveLength(1)
  await expect.poll(() => shown('leaky')).toEqual(expect.arrayContaining([
    'job sync: 401 for [secret]', 'job sync: 401 for [secret] (gave up)', 'worker listen: no line with [secret]', 'code resolver Query.leakyAsk: {"shop":{"key":"[secret]"}}',
  ]))
  expect((await shown('leaky')).length).toBe(4)
  const { rows } = await db.pool.query('select (select jsonb_agg(l) from core.plugin_log l)::text || coalesce((select jsonb_agg(output) from pgboss.job)::text, $1) as all', [''])
  expect(rows[0].all).toContain('401 for [secret]')
  expect(rows[0].all).not.toContain(SECRET)
  expect(rows[0].all).not.toContain(encodeURIComponent(SECRET))
})

it('tells why a start failed, in the language of who reads, to who may manage plugins only', async () => {
  expect(await shown('broken')).toEqual(['start started: The exchange is away.'])
  host.fail('leaky', 'schema composed', new Error('x'))
  const log = new PluginLog(db.kysely, { secretsOf: () => [] }, testLog)
  log.note('broken', 'job', 'call', new Error('It did not end within 300 s.'))
  await log.flush()
  const finn = { ...admin, actor: { ...admin.actor, locale: 'fi' as const } }
  expect((await crm.ask(finn, '{ pluginLog(id: "broken") { message } }')).pluginLog[0]).toEqual({ message: 'Ei päättynyt 300 sekunnissa.' })
  expect((await crm.query(await crm.withRules({ capabilities: ['settings.manage'] }), '{ pluginLog(id: "broken") { message } }')).errors![0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } })
})

it('is one entry for the same thing on all nodes, the newest first, bounded in number and age', async () => {
  const [one, other] = [0, 1].map(() => new PluginLog(db.kysely, { secretsOf: () => [] }, testLog)) as [PluginLog, PluginLog]
  for (const node of [one, other]) for (const name of ['b', 'a']) node.note('many', 'job', name, new Error('Same.'))
  one.note('many', 'job', 'a', new Error('Same.'))
  await Promise.all([one.flush(), other.flush()])
  expect((await logOf('many')).map(({ name, times }) => [name, times]).sort()).toEqual([['a', 3], ['b', 2]])
  one.note('many', 'on', 'late', new Error(`${'x'.repeat(900)}\u0000`))
  await one.flush()
  expect((await logOf('many'))[0]).toMatchObject({ kind: 'on', message: 'x'.repeat(500) })

  for (let i = 0; i < 230; i++) one.note('many', 'job', `j${i}`, 'No line.')
  await one.flush()
  expect((await db.pool.query(`select from core.plugin_log where plugin = 'many'`)).rowCount).toBe(200)
  await db.pool.query(`update core.plugin_log set at = now() - interval '31 days' where plugin = 'many' and name <> (select max(name) from core.plugin_log where plugin = 'many')`)
  expect(await logOf('many')).toHaveLength(1)
})

it('stays where it cannot be written, and is printed by the command line', async () => {
  const warn = vi.fn()
  const away = new PluginLog({ executeQuery: () => Promise.reject(new Error('away')) } as never, { secretsOf: () => [] }, { ...testLog, warn })
  away.note('many', 'job', 'x', 'y')
  await away.flush()
  expect(warn).toHaveBeenCalledTimes(1)
  const said: string[] = []
  const tell = (line: string): void => { said.push(line) }
  await command.run(['log', 'broken'], { out: tell, err: tell, cwd: crm.dataDir, env: { ...process.env, DATABASE_URL: db.url, KARTOTEK_DATA_DIR: crm.dataDir, KARTOTEK_PLUGINS_DATABASE_URL: db.pluginsUrl === db.url ? '' : db.pluginsUrl } })
  expect(said).toEqual(expect.arrayContaining([expect.stringMatching(/^\d{4}-.*Z\tstart started\t1×\tThe exchange is away\.$/)]))
})
