import { testCrm } from '@kartotek/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import telephony from '../index.ts'
import { client, withExtension } from '../testing.ts'
import { momentIn } from './adapter.ts'
import { binotel } from './binotel.ts'
import { signatureOf as mangoSignature } from './mango.ts'
import { signaturesOf } from './twilio.ts'
import { signatureOf as zadarmaSignature } from './zadarma.ts'

const crm = await testCrm({ plugins: [telephony], work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const anna = await withExtension(crm, admin, 'manager', '101')
beforeAll(async () => {
  await crm.kartotek.settings.updatePlugin('telephony', { twilioToken: '12345', zadarmaSecret: 'zsecret', binotelPath: 'a-long-secret-of-binotel', mangoKey: 'mkey', mangoSalt: 'msalt' }, null)
  await client(crm, admin, '+380501234567', { name: 'Dnipro', owner: anna.actor.userId })
})
const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString()
const post = (path: string, body: string, headers: Record<string, string> = {}) => crm.webhook(`telephony/${path}`, { body, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } })
const CALLS = '{ calls(orderBy: [{ field: createdAt }]) { nodes { externalId provider direction { key } result { key } number { raw } owner { id } client { name } wait talk recorded } } }'
const callOf = async (externalId: string) => {
  expect((await crm.drain()).failed).toEqual([])
  return (await crm.ask(admin, CALLS)).calls.nodes.filter((call: { externalId: string }) => call.externalId === externalId)
}

it('reads clocks of a zone, over summer time too', () => {
  expect(momentIn('2026-06-01 12:00:00', 'Europe/Helsinki')).toBe('2026-06-01T09:00:00.000Z')
  expect(momentIn('2026-01-01 12:00:00', 'Europe/Helsinki')).toBe('2026-01-01T10:00:00.000Z')
  expect(momentIn('2026-03-29 04:30:00', 'Europe/Helsinki')).toBe('2026-03-29T01:30:00.000Z')
  expect(momentIn('yesterday', 'Europe/Helsinki')).toBeNull()
})

describe('Twilio', () => {
  it('signs as its own library does', () => {
    const body = (from: string) => form({ CallSid: 'CA1234567890ABCDE', Digits: '1234', To: '+18005551212', Caller: from, From: from })
    const url = 'https://mycompany.com/myapp.php?foo=1&bar=2'
    expect(signaturesOf('12345', url, body('+12349013030'))).toContain('0/KCTR6DLpKmkAf8muzZqo1nDgQ=')
    expect(signaturesOf('12345', url, body('+14158675309'))).toContain('RSOYDt4T1cUTdK1PDd93/VVr8B8=')
    expect(signaturesOf('12345', 'https://mycompany.com:443/myapp.php?foo=1&bar=2', body('+14158675309'))).toContain('RSOYDt4T1cUTdK1PDd93/VVr8B8=')
    expect(signaturesOf('12346', url, body('+14158675309'))).not.toContain('RSOYDt4T1cUTdK1PDd93/VVr8B8=')
  })

  it('tells a call in whatever order, once however often, and nobody else does', async () => {
    const event = (fields: Record<string, string>) => form({ CallSid: 'CA1', From: '+380501234567', To: '+15550001', Direction: 'inbound', ...fields })
    const send = (body: string, signature = signaturesOf('12345', 'http://127.0.0.1:3000/plugins/telephony/twilio', body)[0]!) => post('twilio', body, { 'x-twilio-signature': signature })
    const done = event({ CallStatus: 'completed', SequenceNumber: '2', CallDuration: '60', Timestamp: 'Mon, 01 Jun 2026 07:01:10 +0000' })
    const ringing = event({ CallStatus: 'ringing', SequenceNumber: '0', Timestamp: 'Mon, 01 Jun 2026 07:00:00 +0000' })
    for (const body of [done, ringing, done, ringing]) expect((await send(body)).status).toBe(200)
    expect((await send(form({ CallSid: 'CA1', RecordingSid: 'RE1', RecordingStatus: 'completed', RecordingStartTime: 'Mon, 01 Jun 2026 07:00:10 +0000' }))).status).toBe(200)
    expect(await callOf('CA1')).toMatchObject([{ provider: 'twilio', direction: { key: 'in' }, result: { key: 'answered' }, client: { name: 'Dnipro' }, wait: 10, talk: 60, recorded: true }])
    expect((await send(done.replace('CA1', 'CA2'), signaturesOf('12345', 'http://127.0.0.1:3000/plugins/telephony/twilio', done)[0])).status).toBe(403)
    expect((await post('twilio', done)).status).toBe(403)
    expect(await callOf('CA2')).toEqual([])
  })
})

describe('the telephones that Twilio rings', () => {
  const began = Date.now() - 120_000
  const send = async (fields: Record<string, string>, after: number) => {
    const body = form({ Timestamp: new Date(began + after * 1000).toUTCString(), From: '+380501234567', ...fields })
    expect((await post('twilio', body, { 'x-twilio-signature': signaturesOf('12345', 'http://127.0.0.1:3000/plugins/telephony/twilio', body)[0]! })).status).toBe(200)
    expect((await crm.drain()).failed).toEqual([])
  }
  /** From outside; a program lifts at once, and rings the telephone of 101. */
  const rings = async (CallSid: string) => {
    const parent = { CallSid, To: '+15550001', Direction: 'inbound' }
    const leg = { CallSid: `${CallSid}-leg`, ParentCallSid: CallSid, To: 'sip:101@kartotek.sip.twilio.com', Direction: 'outbound-dial' }
    await send({ ...parent, CallStatus: 'ringing', SequenceNumber: '0' }, 0)
    await send({ ...parent, CallStatus: 'in-progress', SequenceNumber: '1' }, 1)
    await send({ ...leg, CallStatus: 'ringing', SequenceNumber: '1' }, 2)
    return { parent, leg }
  }
  const current = async () => (await crm.ask(anna, '{ telephonyCurrentCalls { state number } }')).telephonyCurrentCalls

  it('show the call to whose they are, and the call is his who lifts', async () => {
    const { parent, leg } = await rings('CA3')
    expect(await current()).toEqual([{ state: 'ringing', number: '+380 50 123 4567' }])
    await send({ ...leg, CallStatus: 'in-progress', SequenceNumber: '2' }, 12)
    expect(await current()).toMatchObject([{ state: 'talking' }])
    await send({ ...leg, CallStatus: 'completed', SequenceNumber: '3', CallDuration: '60' }, 72)
    await send({ ...parent, CallStatus: 'completed', SequenceNumber: '2', CallDuration: '71' }, 72)
    expect(await callOf('CA3')).toMatchObject([{ direction: { key: 'in' }, result: { key: 'answered' }, owner: { id: anna.actor.userId }, client: { name: 'Dnipro' }, wait: 12, talk: 60 }])
    expect(await current()).toEqual([])
  })

  it('leave a call missed that only a machine took', async () => {
    const { parent, leg } = await rings('CA4')
    await send({ ...leg, CallStatus: 'no-answer', SequenceNumber: '2', CallDuration: '0' }, 22)
    for (let i = 0; i < 2; i++) await send({ ...parent, CallStatus: 'completed', SequenceNumber: '2', CallDuration: '39' }, 40)
    expect(await callOf('CA4')).toMatchObject([{ result: { key: 'missed' }, owner: { id: anna.actor.userId }, wait: 40, talk: 0 }])
  })
})

describe('a stranger', () => {
  it('keeps nobody busy with a body of many names, before it is known who he is', () => {
    const body = Array.from({ length: 200_000 }, (_, i) => `${i.toString(36)}=`).join('&')
    expect(signaturesOf('12345', 'https://crm.example/', body)).toHaveLength(2)
  })

  it('sends no more than an event has', async () => {
    const answers = await Promise.all(['twilio', 'zadarma', 'binotel/a-long-secret-of-binotel', 'mango/events/call'].map((path) => post(path, 'a=&'.repeat(30_000))))
    expect(answers.map(({ status }) => status)).toEqual([413, 413, 413, 413])
  })
})

describe('Zadarma', () => {
  const start = { event: 'NOTIFY_START', call_start: '2026-06-01 10:00:00', pbx_call_id: 'z1', caller_id: '+380501234567', called_did: '4420' }
  const signed = (fields: Record<string, string>, text: string) => post('zadarma', form(fields), { signature: zadarmaSignature('zsecret', text) })

  it('signs as PHP does: base64 of hexadecimal text', () => {
    // php -r 'echo base64_encode(hash_hmac("sha1", "+38050123456744202026-06-01 10:00:00", "zsecret"));' has 56 characters, as hexadecimal text of 40 has.
    expect(zadarmaSignature('zsecret', '+38050123456744202026-06-01 10:00:00')).toHaveLength(56)
    expect(Buffer.from(zadarmaSignature('key', 'The quick brown fox jumps over the lazy dog'), 'base64').toString()).toBe('de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9')
  })

  it('tells a call, event by event; each signs other fields', async () => {
    expect((await crm.get(null, 'telephony/zadarma?zd_echo=12345')).status).toBe(200)
    expect(await (await crm.get(null, 'telephony/zadarma?zd_echo=12345')).text()).toBe('12345')
    const from = start.caller_id + start.called_did + start.call_start
    expect((await signed(start, from)).status).toBe(200)
    expect((await signed({ ...start, event: 'NOTIFY_INTERNAL', internal: '101' }, from)).status).toBe(200)
    expect((await signed({ ...start, event: 'NOTIFY_ANSWER', destination: '101', internal: '101' }, `${start.caller_id}101${start.call_start}`)).status).toBe(200)
    expect((await signed({ ...start, event: 'NOTIFY_END', duration: '42', disposition: 'answered', is_recorded: '1', call_id_with_rec: '171.1' }, from)).status).toBe(200)
    expect((await signed({ event: 'NOTIFY_RECORD', pbx_call_id: 'z1', call_id_with_rec: '171.1' }, 'z1171.1')).status).toBe(200)
    expect(await callOf('z1')).toMatchObject([{ provider: 'zadarma', result: { key: 'answered' }, owner: { id: anna.actor.userId }, client: { name: 'Dnipro' }, recorded: true }])
    expect((await signed({ ...start, pbx_call_id: 'z2', caller_id: '+380501111111' }, from)).status).toBe(403)
    expect((await signed({ ...start, event: 'NOTIFY_WHATEVER' }, from)).status).toBe(403)
  })

  it('tells one that nobody took', async () => {
    const missed = { ...start, event: 'NOTIFY_END', pbx_call_id: 'z3', duration: '0', disposition: 'cancel', last_internal: '101' }
    await signed(missed, start.caller_id + start.called_did + start.call_start)
    expect(await callOf('z3')).toMatchObject([{ result: { key: 'missed' }, talk: 0 }])
  })
})

describe('Binotel', () => {
  const completed = { 'requestType': 'apiCallCompleted', 'callDetails[generalCallID]': 'b1', 'callDetails[callType]': '0', 'callDetails[startTime]': '1780297200', 'callDetails[externalNumber]': '0501234567', 'callDetails[internalNumber]': '101', 'callDetails[waitsec]': '7', 'callDetails[billsec]': '33', 'callDetails[disposition]': 'ANSWER' }

  it('is known by the secret in the address, and by where it calls from', async () => {
    const answer = await post('binotel/a-long-secret-of-binotel', form(completed))
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'success' }])
    expect(await callOf('b1')).toMatchObject([{ provider: 'binotel', direction: { key: 'in' }, result: { key: 'answered' }, wait: 7, talk: 33, owner: { id: anna.actor.userId } }])
    expect((await post('binotel/a-wrong-secret-of-binotel', form(completed))).status).toBe(403)
    const { rows } = await crm.kartotek.db.pool.query<{ kept: string }>('select row_to_json(r)::text as kept from core.received_webhook r union all select row_to_json(j)::text from pgboss.job j')
    expect([rows.some(({ kept }) => kept.includes('apiCallCompleted')), rows.filter(({ kept }) => kept.includes('-secret-of-binotel'))]).toEqual([true, []])
    const { binotelPath: _, ...others } = crm.kartotek.settings.plugin('telephony')
    await crm.kartotek.settings.updatePlugin('telephony', { ...others, binotelPath: 'a-long-secret-of-binotel', binotelAddresses: '194.88.218.116, 194.88.218.114' }, null)
    expect((await post('binotel/a-long-secret-of-binotel', form(completed))).status).toBe(403)
  })
})

it.each(['VM', 'VM-SUCCESS'])('Binotel’s %s is a message to a machine, and no answer', (disposition) => {
  const [call] = binotel.calls({ 'requestType': 'apiCallCompleted', 'callDetails[generalCallID]': 'b2', 'callDetails[callType]': '0', 'callDetails[startTime]': '1780297200', 'callDetails[externalNumber]': '0501234567', 'callDetails[waitsec]': '20', 'callDetails[billsec]': '12', 'callDetails[disposition]': disposition }, {}, { timeZone: 'Europe/Kyiv' })
  expect(call).toMatchObject({ result: 'missed', answeredAt: null, endedAt: '2026-06-01T07:00:32.000Z' })
})

describe('Mango', () => {
  const send = (kind: string, event: object, salt = 'msalt') => {
    const json = JSON.stringify(event)
    return post(`mango/events/${kind}`, form({ vpbx_api_key: 'mkey', sign: mangoSignature('mkey', json, salt), json }))
  }

  it('tells one call of several of its own, by their numbers in order', async () => {
    const leg = (seq: number, call_id: string, extension: string, call_state: string) => ({ entry_id: 'e1', call_id, timestamp: 1780297200 + seq, seq, call_state, location: 'abonent', from: { number: '380501234567' }, to: { extension, number: 'sip:x', line_number: '78120000000' } })
    for (const event of [leg(3, 'l1', '101', 'Connected'), leg(1, 'l1', '101', 'Appeared'), leg(2, 'l2', '102', 'Appeared'), leg(4, 'l2', '102', 'Disconnected')]) expect((await send('call', event)).status).toBe(200)
    const summary = { entry_id: 'e1', call_direction: 1, from: { number: '380501234567' }, to: { extension: '101', number: 'sip:x' }, line_number: '78120000000', create_time: 1780297200, forward_time: 1780297201, talk_time: 1780297203, end_time: 1780297263, entry_result: 1 }
    for (let i = 0; i < 2; i++) expect((await send('summary', summary)).status).toBe(200)
    expect((await send('recording', { entry_id: 'e1', recording_id: 'MToxMjM=', recording_state: 'Completed', timestamp: 1780297264 })).status).toBe(200)
    expect((await send('ping', {})).status).toBe(200)
    expect(await callOf('e1')).toMatchObject([{ provider: 'mango', direction: { key: 'in' }, result: { key: 'answered' }, wait: 3, talk: 60, owner: { id: anna.actor.userId }, recorded: true }])
    expect((await send('summary', { ...summary, entry_id: 'e2' }, 'wrong')).status).toBe(403)
    expect((await post('mango/events/summary', 'json=no')).status).toBe(403)
  })
})

it('lets nobody in while a service is not set up', async () => {
  await crm.kartotek.settings.updatePlugin('telephony', {}, null)
  const body = form({ CallSid: 'CA9', CallStatus: 'ringing' })
  expect((await post('twilio', body, { 'x-twilio-signature': signaturesOf('', 'http://127.0.0.1:3000/plugins/telephony/twilio', body)[0]! })).status).toBe(403)
  expect((await post('binotel/', '')).status).toBe(404)
  expect((await post('mango/events/call', form({ vpbx_api_key: '', sign: mangoSignature('', '{}', ''), json: '{}' }))).status).toBe(403)
})
