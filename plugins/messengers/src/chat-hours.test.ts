import { randomUUID } from 'node:crypto'
import { testCrm } from '@kartotek/core/testing'
import { afterAll, expect, it } from 'vitest'
import messengers from './index.ts'

/** A Sunday. */
const crm = await testCrm({ plugins: [messengers], work: false, clock: '2031-03-02T10:00:00Z' })
afterAll(async () => {
  await crm.close()
})
const post = async (path: string, body: object) => (await crm.webhook(`messengers/chat/${path}`, { body: JSON.stringify(body), headers: { 'content-type': 'text/plain', 'origin': 'https://site.example' } })).json() as Promise<{ token: string, online: boolean }>

it('asks for an address outside working hours, and makes a request of what is left there', async () => {
  const { token, online } = await post('start', {})
  expect(online).toBe(false)
  // What the widget does with it: name and address are shown, and the address has to be there.
  const script = await (await crm.get(null, 'messengers/chat.js')).text()
  expect(script).toContain('note.hidden=name.hidden=email.hidden=online')
  expect(script).toContain('email.required=!online')
  await post('send', { token, id: randomUUID(), text: 'Call me on Monday', name: 'Olli', email: 'olli@example.com', told: { page: 'https://site.example/doors' } })
  for (let ran = 1; ran;) {
    const done = await crm.drain()
    expect(done.failed).toEqual([])
    ran = done.ran
  }
  const { intakeItems } = await crm.ask(await crm.as('administrator'), '{ intakeItems { nodes { channel source person text page points { kind value } } } }')
  expect(intakeItems.nodes).toEqual([{ channel: 'message', source: 'chat', person: 'Olli', text: 'Call me on Monday', page: 'https://site.example/doors', points: [{ kind: 'email', value: 'olli@example.com' }] }])

  await crm.clock.set('2031-03-03T10:00:00Z')
  expect((await post('start', { token })).online, 'on Monday somebody is there').toBe(true)
})
