import { testCrm } from '@kartotek/core/testing'
import { messageSink } from '@kartotek/sdk/contracts'
import { expect, it } from 'vitest'
import messengers from './index.ts'

it('takes what a channel of another plugin hands it, keeps talks whose channel is gone, and leaves nothing behind', async () => {
  const crm = await testCrm({ plugins: [messengers], work: false })
  const admin = await crm.as('administrator')
  const ctx = crm.kartotek.host.contextFor('messengers')
  const service = ctx.providers(messageSink)[0]!.service
  const message = { externalId: '1', conversation: 'a', from: { externalId: 'a', name: 'Kalle' }, at: new Date().toISOString(), text: 'Hei', raw: {} }
  await service.receive('other-channel', [message, message])
  await crm.drain()
  const { conversations } = await crm.ask(admin, '{ conversations { nodes { id name channel unread } } }')
  expect(conversations.nodes).toMatchObject([{ name: 'Kalle', channel: 'other-channel', unread: 1 }])
  await crm.ask(admin, 'mutation ($input: MessengersSendInput!) { messengersSend(input: $input) { message } }', { input: { conversation: conversations.nodes[0].id, text: 'Hei!', key: 'answer-00001' } })
  expect((await crm.drain()).failed).toEqual([])
  expect((await crm.ask(admin, '{ messages(filter: { direction: { eq: "out" } }) { nodes { state { key } failure { key } } } }')).messages.nodes).toEqual([{ state: { key: 'failed' }, failure: { key: 'removed' } }])
  await crm.uninstall('messengers', { data: 'drop' })
})
