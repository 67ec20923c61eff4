import { afterAll, expect, it } from 'vitest'
import { AmiClient } from './ami-client.ts'
import { AmiParser } from './ami-parser.ts'
import { FakeExchange } from './fake-exchange.ts'

const exchange = await FakeExchange.open('secret')
afterAll(() => exchange.close())
const open = () => AmiClient.open({ url: exchange.url, user: 'crm', secret: 'secret' }, () => undefined)

it('keeps no list without an end', async () => {
  exchange.channels = Array.from({ length: 25_000 }, (_, i) => ({ Uniqueid: String(i) }))
  const client = await open()
  await expect(client.list('CoreShowChannels')).rejects.toThrow('lists without end')
  expect((await client.closed).message).toMatch('lists without end')
})

it('keeps no line and no message without an end', () => {
  const greeted = (): AmiParser => {
    const parser = new AmiParser()
    parser.feed(Buffer.from('Asterisk Call Manager/5.0.4\r\n'))
    return parser
  }
  const endless = greeted()
  expect(() => { for (let i = 0; i < 100; i++) endless.feed(Buffer.alloc(1_000, 'a')) }).toThrow('line of the exchange is too long')
  const long = greeted()
  expect(() => { for (let i = 0; i < 100; i++) long.feed(Buffer.from('A: b\r\n'.repeat(100))) }).toThrow('message of the exchange is too long')
  expect(() => new AmiParser().feed(Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'))).toThrow('does not greet as Asterisk does')
})

it('ends with the reason where an event says a time that is none', async () => {
  const client = await AmiClient.open({ url: exchange.url, user: 'crm', secret: 'secret' }, (event) => { new Date(Number(event.get('Timestamp')) * 1000).toISOString() })
  await exchange.say(Buffer.from('Event: Newchannel\r\nTimestamp: 1e300\r\n\r\n'))
  expect((await client.closed).message).toMatch('Invalid time value')
})
