import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { definePlugin, NotAllowedError, s, type PluginContext } from '@kartotek/sdk'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { tryOut } from './settings-check.ts'

const heard: { key: string | undefined }[] = []
const server = createServer((request, response) => {
  heard.push({ key: request.headers['x-key'] as string | undefined })
  response.writeHead(request.headers['x-key'] === 'right' ? 200 : 401).end()
}).listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const settings = s.object({ baseUrl: s.url(), key: s.secret(), mode: s.option(['ask', 'elsewhere', 'break', 'refuse', 'read'], { default: 'ask' }) }, {
  async check({ baseUrl, key, mode }, ctx) {
    if (mode === 'break') throw new TypeError(`cannot read ${key} of undefined`)
    if (mode === 'refuse') throw new NotAllowedError(`The exchange does not know the key ${key}.`)
    if (mode === 'read') return { en: `${ctx.settings.baseUrl} ${ctx.actor.kind} ${(await ctx.records.list('client', { fields: ['name'] })).nodes.length}` }
    const { status } = await ctx.fetch(mode === 'elsewhere' ? 'http://192.0.2.1/' : baseUrl, { headers: { 'x-key': key } })
    if (status !== 200) return { en: `The exchange answers ${status}.`, fi: `Vaihde vastaa ${status}.` }
  },
})
const pluginOf = (id: string) => definePlugin({ id, version: '1.0.0', label: { en: 'Exchange' }, settings, outbound: ['{settings.baseUrl}'], needs: { client: ['read'] } })
const exchange = pluginOf('exchange')
const plain = definePlugin({ id: 'plain', version: '1.0.0' })
const crm = await testCrm({ plugins: [exchange, pluginOf('waiting'), plain], settings: { exchange: { baseUrl: 'https://stored.example', key: 'right' } }, work: false, webhooks: { networks: '127.0.0.1' } })
const admin = await crm.as('administrator')
afterAll(async () => {
  await crm.close()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(() => { heard.length = 0 })

const CHECK = 'mutation ($plugin: ID!, $values: JSON!) { checkPluginSettings(plugin: $plugin, values: $values) { ok message } }'
const tried = async (values: object, plugin = 'exchange') => (await crm.ask(admin, CHECK, { plugin, values })).checkPluginSettings
const kept = async (plugin: string) => (await crm.ask(admin, 'query ($plugin: ID!) { pluginSettings(plugin: $plugin) { values } }', { plugin })).pluginSettings.values

it('tries out what was typed, also for a plugin that waits for it, and keeps nothing', async () => {
  const { plugins } = await crm.ask(admin, '{ plugins { id state checksSettings } }')
  expect(plugins).toEqual([{ id: 'exchange', state: 'running', checksSettings: true }, { id: 'waiting', state: 'unconfigured', checksSettings: true }, { id: 'plain', state: 'running', checksSettings: false }])
  expect(await tried({ baseUrl: base, key: 'right' }, 'waiting')).toEqual({ ok: true, message: null })
  expect(heard).toEqual([{ key: 'right' }])
  expect(await tried({ baseUrl: base, key: 'wrong' }, 'waiting')).toEqual({ ok: false, message: 'The exchange answers 401.' })
  expect(await kept('waiting')).toEqual({ key: { isSet: false } })
  const { errors } = await crm.query(admin, CHECK, { plugin: 'waiting', values: { key: 'x' } })
  expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'baseUrl' }] } }])
  const none = await crm.query(admin, CHECK, { plugin: 'plain', values: {} })
  expect(none.errors).toMatchObject([{ message: 'The plugin plain does not run here, or cannot try its settings out.', extensions: { code: 'NOT_FOUND' } }])
})

it('reads records with the rights of the plugin, by the settings that were typed', async () => {
  await crm.ask(admin, 'mutation { createClient(input: { name: "Aino Oy" }) { id } }')
  expect(await tried({ baseUrl: 'https://typed.example', key: 'right', mode: 'read' })).toEqual({ ok: false, message: 'https://typed.example plugin 1' })
})

it('takes the stored secret where it was left alone, and calls only what these settings name', async () => {
  expect(await tried({ baseUrl: base })).toEqual({ ok: true, message: null })
  expect(await tried({ baseUrl: base, key: { isSet: true } })).toEqual({ ok: true, message: null })
  expect(heard).toEqual([{ key: 'right' }, { key: 'right' }])
  expect(await tried({ baseUrl: base, mode: 'elsewhere' })).toEqual({ ok: false, message: 'The plugin exchange does not say that it calls http://192.0.2.1: add it to "outbound".' })
  expect((await kept('exchange')).baseUrl).toBe('https://stored.example')
  // The secret went to an address that was never kept: who sent it there is.
  const { rows } = await crm.kartotek.db.pool.query(`select user_id, detail from core.access_log where kind = 'plugin_tried' order by at desc limit 1`)
  expect(rows).toEqual([{ user_id: admin.actor.userId, detail: { plugin: 'exchange', settings: { baseUrl: base, mode: 'elsewhere', key: { isSet: true } } } }])
})

it('says what the plugin says and where nobody answers, and neither secrets nor what broke inside', async () => {
  expect(await tried({ baseUrl: base, key: 'typed secret', mode: 'refuse' })).toEqual({ ok: false, message: 'The exchange does not know the key [secret].' })
  const closed = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => closed.once('listening', resolve))
  const { port } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))
  expect(await tried({ baseUrl: `http://127.0.0.1:${port}`, key: 'k' })).toEqual({ ok: false, message: 'Nobody answers at the address: ECONNREFUSED.' })
  expect(await tried({ baseUrl: base, key: 'typed secret', mode: 'break' })).toEqual({ ok: false, message: 'The plugin Exchange failed; the administrator finds the cause in the log.' })
  await crm.kartotek.host.stop()
  const { rows } = await crm.kartotek.db.pool.query<{ name: string, message: string }>(`select name, message from core.plugin_log where plugin = 'exchange' and kind = 'code'`)
  expect(rows).toEqual([{ name: 'check of settings', message: 'cannot read [secret] of undefined' }])
})

it('is for those who may change the settings', async () => {
  const manager = await crm.as('manager')
  const { errors } = await crm.query(manager, CHECK, { plugin: 'exchange', values: { baseUrl: base, key: 'right' } })
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  expect(heard).toEqual([])
})

it('gives a plugin up that does not answer, and tells it so', async () => {
  let signal: AbortSignal | undefined
  const verdict = await tryOut({ plugin: exchange, check: () => new Promise(() => undefined), values: {}, by: { ...admin.actor, locale: 'fi' } }, {
    settings: { tried: () => Promise.resolve({ values: {}, secrets: [], shown: {} }) } as never, ms: 20, note: () => Promise.resolve(), broke: (error) => { throw error },
    contextFor: (_, __, options) => {
      ({ signal } = options)
      return {} as PluginContext
    },
  })
  expect(verdict).toEqual({ ok: false, message: 'Lisäosa ”Exchange” ei vastannut 0.02 sekunnissa.' })
  expect(signal?.aborted).toBe(true)
})
