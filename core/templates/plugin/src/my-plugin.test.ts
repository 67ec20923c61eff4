import { signed, testCrm } from '@kartotek/core/testing'
import { afterAll, expect, it } from 'vitest'
import plugin from './index.ts'

const crm = await testCrm({ plugins: [plugin], settings: { 'my-plugin': { secret: 'between us' } } })
afterAll(() => crm.close())

it('keeps what comes in at the client, once, and for the eyes of those who see the client', async () => {
  const admin = await crm.as('administrator')
  const { createClient: { id } } = await crm.ask(admin, 'mutation { createClient(input: { name: "Aino Oy", kind: "organisation" }) { id } }')
  const signal = { id: 's-1', client: 'Aino Oy', text: 'The door is open' }

  const forged = await crm.webhook('my-plugin/signals', signed.hmac(signal, { header: 'x-signature', secret: 'another' }))
  expect(forged.status).toBe(403)
  const taken = await crm.webhook('my-plugin/signals', signed.hmac(signal, { header: 'x-signature', secret: 'between us' }))
  expect(taken.status).toBe(200)
  // Runs what waits, everything twice: nothing may be done twice.
  expect((await crm.drain()).failed).toEqual([])

  const seen = 'query ($id: ID!) { myPluginSignalCount(client: $id) myPluginSignals { nodes { text client { name } } } }'
  expect(await crm.ask(admin, seen, { id })).toEqual({
    myPluginSignalCount: 1, myPluginSignals: { nodes: [{ text: 'The door is open', client: { name: 'Aino Oy' } }] },
  })
  const stranger = await crm.withRules({ objects: { client: { read: 'own' }, myPluginSignal: { read: 'own' } } })
  expect(await crm.ask(stranger, seen, { id })).toEqual({ myPluginSignalCount: 0, myPluginSignals: { nodes: [] } })
})

it('leaves nothing behind', async () => {
  const own = await testCrm({ plugins: [plugin] })
  await own.uninstall('my-plugin', { data: 'drop' })
})
