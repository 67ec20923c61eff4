import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallState } from '@kartotek/sdk/contracts'
import { describe, expect, it } from 'vitest'
import { merged, lengths } from '../call/merge.ts'
import { AmiMessage, AmiParser } from './ami-parser.ts'
import { CallTracker } from './call-tracker.ts'

const folder = process.env.KARTOTEK_TEST_DATA ? join(process.env.KARTOTEK_TEST_DATA, 'asterisk', 'transcripts') : ''
const present = folder !== '' && existsSync(join(folder, 'inbound-answered.txt'))
if (!present) process.stderr.write('The transcripts of Asterisk are skipped: KARTOTEK_TEST_DATA does not name a folder with asterisk/transcripts.\n')

const transcript = (name: string): Buffer => readFileSync(join(folder, `${name}.txt`))
function eventsOf(bytes: Buffer, size = bytes.length): AmiMessage[] {
  const parser = new AmiParser()
  const events: AmiMessage[] = []
  for (let i = 0; i < bytes.length; i += size) events.push(...parser.feed(bytes.subarray(i, i + size)))
  events.push(...parser.feed(Buffer.from('\r\n\r\n')))
  return events
}
/** What came of a stretch of events, call by call, in the shape in which it is kept. */
function callsOf(events: readonly AmiMessage[]) {
  const told: CallState[] = []
  const tracker = new CallTracker((call) => told.push(call))
  for (const event of events) tracker.take(event)
  expect(tracker.open).toEqual([])
  return [...Map.groupBy(told, (call) => call.externalId).values()].map((states) => {
    const facts = states.reduce((known, state) => merged(known, state), null as ReturnType<typeof merged> | null)!
    const { direction, number, line, extension, queue, result, recording } = facts
    return { direction, number, line, extension, queue, result, recording: recording !== null, talk: lengths(facts).talk, wait: lengths(facts).wait, rang: [...new Set(states.flatMap((state) => state.ringing ?? []))] }
  })
}

const IN = { direction: 'in', line: '4950000001', queue: null, recording: true }
const KNOWN: [string, object][] = [
  ['inbound-answered', { ...IN, number: null, extension: '101', result: 'answered', talk: 3, wait: 0, rang: ['101'] }],
  ['inbound-busy', { ...IN, extension: '101', result: 'busy', talk: 0, rang: ['101'] }],
  ['inbound-noanswer', { ...IN, extension: '101', result: 'missed', talk: 0, wait: 12, rang: ['101'] }],
  ['inbound-caller-cancel', { ...IN, extension: '101', result: 'missed', talk: 0, rang: ['101'] }],
  ['parallel-ring', { direction: 'in', number: '+79161234567', line: '4950000003', extension: '101', result: 'answered', talk: 3, rang: ['101', '102'] }],
  ['queue-answered', { direction: 'in', line: '4950000002', queue: 'sales', extension: '101', result: 'answered' }],
  ['queue-abandon', { direction: 'in', number: '+79161234567', line: '4950000002', queue: 'sales', extension: '101', result: 'abandoned', talk: 0, wait: 4, rang: ['101'] }],
  ['click-to-call', { direction: 'out', number: '79161234567', line: '4950000001', extension: '101', result: 'answered', talk: 5, rang: [] }],
]

describe.skipIf(!present)('what a real Asterisk tells', () => {
  it.each(KNOWN)('%s is one call', (name, expected) => {
    const calls = callsOf(eventsOf(transcript(name)))
    expect(calls).toHaveLength(1)
    const [{ number, ...call }] = calls as [(typeof calls)[number]]
    expect({ ...call, ...'number' in expected && expected.number !== null ? { number } : { number: null } }).toMatchObject(expected)
  })

  it.each(KNOWN)('%s is the same, wherever its packets are cut', (name) => {
    const bytes = transcript(name)
    const whole = callsOf(eventsOf(bytes))
    for (const size of [1, 7, 100, 1460]) expect(callsOf(eventsOf(bytes, size)), `${size} bytes`).toEqual(whole)
  })

  it.each(KNOWN)('%s is the same, when each event comes twice', (name) => {
    const events = eventsOf(transcript(name))
    expect(callsOf(events.flatMap((event) => [event, event]))).toEqual(callsOf(events))
    // … and when all of it is told once more.
    expect(callsOf([...events, ...events])).toEqual(callsOf(events))
  })

  it.each(KNOWN)('%s stays one call, with its result, when any one event is lost', (name) => {
    const events = eventsOf(transcript(name))
    const [whole] = callsOf(events)
    for (const [i, lost] of events.entries()) {
      // The first word of a call, and the last one of both sides, cannot be made up for here: a reconnection does it.
      if (['Newchannel', 'Hangup', 'QueueCallerAbandon'].includes(lost.event ?? '')) continue
      const calls = callsOf(events.filter((_, j) => j !== i))
      expect(calls, `${lost.event} ${i}`).toHaveLength(1)
      if (!['DialBegin', 'DialEnd'].includes(lost.event ?? '')) expect(calls[0]!.result, `${lost.event} ${i}`).toBe(whole!.result)
    }
  })

  it('is taken up again after the connection was lost in the middle', () => {
    for (const [name] of KNOWN) {
      const events = eventsOf(transcript(name))
      const first = events.findIndex((event) => event.event === 'Newchannel')
      const linked = events[first]!.get('Linkedid')!
      for (const cut of [first + 3, Math.floor((first + events.length) / 2)]) {
        const told: CallState[] = []
        const tracker = new CallTracker((call) => told.push(call))
        for (const event of events.slice(0, cut)) tracker.take(event)
        tracker.resume([], new Date('2026-11-21T17:00:00Z'))
        expect(told.at(-1), name).toMatchObject({ externalId: linked, endedAt: '2026-11-21T17:00:00.000Z' })
        const count = told.length
        // What comes late begins it no second time.
        for (const event of events.slice(cut)) tracker.take(event)
        expect(told, name).toHaveLength(count)
      }
    }
  })
})

const message = (fields: Record<string, string>): AmiMessage => {
  const one = new AmiMessage()
  for (const [name, value] of Object.entries(fields)) one.add(name, value)
  return one
}

describe('the tracker', () => {
  it('takes up calls that began while it was away, and ends those that are gone', () => {
    const told: CallState[] = []
    const tracker = new CallTracker((call) => told.push(call))
    tracker.take(message({ Event: 'Newchannel', Channel: 'PJSIP/trunk-1', Uniqueid: '1.1', Linkedid: '1.1', CallerIDNum: '+79160000001', Exten: '495', Timestamp: '1795278440' }))
    const now = new Date('2026-11-21T16:40:00Z')
    tracker.resume([
      message({ Channel: 'PJSIP/101-3', Uniqueid: '2.2', Linkedid: '2.1', CallerIDNum: '101', Exten: '', Duration: '00:00:20', BridgeId: 'b' }),
      message({ Channel: 'PJSIP/trunk-2', Uniqueid: '2.1', Linkedid: '2.1', CallerIDNum: '+79160000002', Exten: '495', Duration: '00:00:30', BridgeId: 'b' }),
    ], now)
    expect(tracker.open).toEqual(['2.1'])
    expect(told.filter((call) => call.endedAt)).toMatchObject([{ externalId: '1.1', number: '+79160000001', result: 'missed', endedAt: now.toISOString() }])
    expect(told.at(-1)).toMatchObject({ externalId: '2.1', direction: 'in', number: '+79160000002', extension: '101', startedAt: '2026-11-21T16:39:30.000Z', answeredAt: now.toISOString() })
  })

  it('keeps the moment of the answer of a call that goes on after a break, also while it is on hold', () => {
    const began = Date.parse('2026-06-01T10:00:00Z') / 1000
    const trunk = { Channel: 'PJSIP/trunk-1', Uniqueid: '1', Linkedid: '1', CallerIDNum: '+79160000001', Exten: '495' }
    const leg = { Channel: 'PJSIP/101-1', Uniqueid: '2', Linkedid: '1', CallerIDNum: '101', Exten: 's' }
    const at = (seconds: number) => ({ Timestamp: String(began + seconds) })
    for (const [bridge, heard] of [['b', true], ['b', false], ['', true]] as const) {
      let known: ReturnType<typeof merged> | null = null
      const tell = (call: CallState) => { known = merged(known, call) }
      const before = new CallTracker(tell)
      for (const channel of [trunk, leg]) before.take(message({ Event: 'Newchannel', ...channel, ...at(0) }))
      for (const channel of [trunk, leg]) before.take(message({ Event: 'BridgeEnter', ...channel, BridgeUniqueid: 'b', ...at(10) }))
      const { answeredAt } = known as unknown as ReturnType<typeof merged>
      const after = new CallTracker(tell)
      after.resume([trunk, leg].map((channel) => message({ ...channel, Duration: '00:05:00', BridgeId: bridge })), new Date((began + 300) * 1000), heard ? { answered: new Map([['1', answeredAt!]]) } : {})
      for (const channel of [leg, trunk]) after.take(message({ Event: 'Hangup', ...channel, Cause: '16', ...at(610) }))
      expect([lengths(known!), known!], `${bridge} ${heard}`).toMatchObject([{ wait: 10, talk: 600 }, { result: 'answered', extension: '101' }])
    }
  })

  it('counts the two halves of a local channel of a queue as one telephone', () => {
    const told: CallState[] = []
    const tracker = new CallTracker((call) => told.push(call))
    const channel = (name: string, id: string, more: object = {}) => tracker.take(message({ Event: 'Newchannel', Channel: name, Uniqueid: id, Linkedid: '1', Exten: 's', CallerIDNum: '101', ...more }))
    channel('PJSIP/trunk-1', '1', { CallerIDNum: '+79160000001', Exten: '495' })
    channel('Local/101@from-queue-00000001;1', '2')
    channel('Local/101@from-queue-00000001;2', '3')
    tracker.take(message({ Event: 'DialBegin', Uniqueid: '1', Linkedid: '1', DestUniqueid: '2', DestChannel: 'Local/101@from-queue-00000001;1' }))
    channel('PJSIP/101-2', '4')
    tracker.take(message({ Event: 'DialBegin', Uniqueid: '3', Linkedid: '1', DestUniqueid: '4', DestChannel: 'PJSIP/101-2' }))
    tracker.take(message({ Event: 'DialEnd', Uniqueid: '3', Linkedid: '1', DestUniqueid: '4', DestChannel: 'PJSIP/101-2', DialStatus: 'ANSWER' }))
    tracker.take(message({ Event: 'DialEnd', Uniqueid: '1', Linkedid: '1', DestUniqueid: '2', DestChannel: 'Local/101@from-queue-00000001;1', DialStatus: 'ANSWER' }))
    for (const id of ['2', '3']) tracker.take(message({ Event: 'Hangup', Uniqueid: id, Linkedid: '1', Cause: '16' }))
    expect(told.at(-1)!.endedAt).toBeUndefined()
    for (const id of ['1', '4']) tracker.take(message({ Event: 'Hangup', Uniqueid: id, Linkedid: '1', Cause: '16' }))
    expect(told.filter((call) => call.endedAt)).toMatchObject([{ externalId: '1', extension: '101', result: 'answered' }])
    expect([...new Set(told.flatMap((call) => call.ringing ?? []))]).toEqual(['101'])
  })

  it('follows a call that is handed on to a colleague', () => {
    const told: CallState[] = []
    const tracker = new CallTracker((call) => told.push(call))
    const take = (fields: Record<string, string>) => tracker.take(message(fields))
    take({ Event: 'Newchannel', Channel: 'PJSIP/trunk-1', Uniqueid: '1', Linkedid: '1', CallerIDNum: '+79160000001', Exten: '495' })
    take({ Event: 'Newchannel', Channel: 'PJSIP/101-1', Uniqueid: '2', Linkedid: '1', Exten: 's' })
    for (const id of ['2', '1']) take({ Event: 'BridgeEnter', BridgeUniqueid: 'a', Uniqueid: id, Linkedid: '1' })
    // 101 asks 102, which is a call of its own, and puts the client through: the channel of 102 comes into the call of the client.
    take({ Event: 'Newchannel', Channel: 'PJSIP/101-2', Uniqueid: '3', Linkedid: '3', Exten: '102' })
    take({ Event: 'Newchannel', Channel: 'PJSIP/102-1', Uniqueid: '4', Linkedid: '3', Exten: 's' })
    take({ Event: 'BridgeEnter', BridgeUniqueid: 'a', Uniqueid: '4', Linkedid: '1' })
    for (const id of ['2', '3']) take({ Event: 'Hangup', Uniqueid: id, Linkedid: '1', Cause: '16' })
    expect(told.at(-1)).toMatchObject({ externalId: '1', extension: '102' })
    expect(told.at(-1)!.endedAt).toBeUndefined()
    take({ Event: 'Hangup', Uniqueid: '1', Linkedid: '1', Cause: '16' })
    expect(told.filter((call) => call.endedAt)).toMatchObject([{ externalId: '1', extension: '102', result: 'answered' }])
  })

  it.each([['the client', { Exten: '495', CallerIDNum: '+79160000001' }, 'trunk', '101'], ['us', { Exten: '79160000001', CallerIDNum: '101' }, '101', 'trunk']])('keeps one call that is handed on without asking, of %s', (_, dialled, first, second) => {
    const told: CallState[] = []
    const tracker = new CallTracker((call) => told.push(call))
    const take = (fields: Record<string, string>) => tracker.take(message(fields))
    const [caller, called] = [{ Channel: `PJSIP/${first}-1`, Uniqueid: '1', Linkedid: '1' }, { Channel: `PJSIP/${second}-2`, Uniqueid: '2', Linkedid: '1' }]
    const [outside, ours] = first === 'trunk' ? [caller, called] : [called, caller]
    const next = { Channel: 'PJSIP/102-3', Uniqueid: '3', Linkedid: '1' }
    const dial = (from: typeof caller, to: typeof caller) => ({ ...from, DestChannel: to.Channel, DestUniqueid: to.Uniqueid, DestLinkedid: '1' })
    take({ Event: 'Newchannel', ...caller, ...dialled })
    take({ Event: 'Newchannel', ...called, Exten: 's' })
    take({ Event: 'DialBegin', ...dial(caller, called) })
    take({ Event: 'DialEnd', ...dial(caller, called), DialStatus: 'ANSWER' })
    for (const one of [called, caller]) take({ Event: 'BridgeEnter', BridgeUniqueid: 'a', ...one })
    take({ Event: 'BlindTransfer', Result: 'Success', TransfererChannel: ours.Channel, TransfererUniqueid: ours.Uniqueid, TransfererLinkedid: '1', TransfereeChannel: outside.Channel, TransfereeUniqueid: outside.Uniqueid, TransfereeLinkedid: '1', BridgeUniqueid: 'a', IsExternal: 'No', Context: 'internal', Extension: '102' })
    for (const one of [ours, outside]) take({ Event: 'BridgeLeave', BridgeUniqueid: 'a', ...one })
    take({ Event: 'Hangup', ...ours, Cause: '16' })
    take({ Event: 'Newchannel', ...next, Exten: 's' })
    take({ Event: 'DialBegin', ...dial(outside, next) })
    take({ Event: 'DialEnd', ...dial(outside, next), DialStatus: 'ANSWER' })
    for (const one of [next, outside]) take({ Event: 'BridgeEnter', BridgeUniqueid: 'b', ...one })
    for (const one of [next, outside]) take({ Event: 'Hangup', ...one, Cause: '16' })
    expect(new Set(told.map((call) => call.externalId))).toEqual(new Set(['1']))
    expect(told.filter((call) => call.endedAt)).toMatchObject([{ number: first === 'trunk' ? '+79160000001' : '79160000001', extension: '102', result: 'answered' }])
    expect(tracker.open).toEqual([])
  })

  it('takes what one dials for a line from numbers that are dialled, and from no others', () => {
    const numberOf = (channel: string, fields: Record<string, string>, dial: Record<string, string> = {}): string | null => {
      const told: CallState[] = []
      const tracker = new CallTracker((call) => told.push(call), { prefix: '9' })
      tracker.take(message({ Event: 'Newchannel', Channel: channel, Uniqueid: '1', Linkedid: '1', ...fields }))
      tracker.take(message({ Event: 'DialBegin', Channel: channel, Uniqueid: '1', Linkedid: '1', DestChannel: 'PJSIP/trunk-2', DestUniqueid: '2', ...dial }))
      return told.at(-1)!.number
    }
    expect(numberOf('PJSIP/101-1', { Exten: '979161234567', CallerIDNum: '101' })).toBe('79161234567')
    expect(numberOf('PJSIP/101-1', { Exten: 's' }, { Exten: '979161234567' })).toBe('79161234567')
    // What the trunk is given has lost it already.
    expect(numberOf('PJSIP/101-1', { Exten: 's' }, { Exten: 's', DestCallerIDNum: '9161234567' })).toBe('9161234567')
    expect(numberOf('PJSIP/trunk-1', { Exten: '9495', CallerIDNum: '979161234567' })).toBe('979161234567')
  })

  it('says nothing of calls among ourselves', () => {
    const told: CallState[] = []
    const tracker = new CallTracker((call) => told.push(call))
    tracker.take(message({ Event: 'Newchannel', Channel: 'PJSIP/101-1', Uniqueid: '1', Linkedid: '1', Exten: '102', CallerIDNum: '101' }))
    tracker.take(message({ Event: 'Hangup', Uniqueid: '1', Linkedid: '1', Cause: '16' }))
    expect(told).toEqual([])
  })

  it('knows a call that was rejected from one that nobody took', () => {
    const told: CallState[] = []
    const tracker = new CallTracker((call) => told.push(call))
    tracker.take(message({ Event: 'Newchannel', Channel: 'PJSIP/trunk-1', Uniqueid: '1', Linkedid: '1', CallerIDNum: '+79160000001', Exten: '495' }))
    tracker.take(message({ Event: 'Newchannel', Channel: 'PJSIP/101-1', Uniqueid: '2', Linkedid: '1', Exten: 's' }))
    tracker.take(message({ Event: 'DialBegin', Uniqueid: '1', Linkedid: '1', DestUniqueid: '2', DestChannel: 'PJSIP/101-1' }))
    tracker.take(message({ Event: 'Hangup', Uniqueid: '2', Linkedid: '1', Cause: '21' }))
    tracker.take(message({ Event: 'DialEnd', Uniqueid: '1', Linkedid: '1', DestUniqueid: '2', DestChannel: 'PJSIP/101-1', DialStatus: 'BUSY' }))
    tracker.take(message({ Event: 'Hangup', Uniqueid: '1', Linkedid: '1', Cause: '21' }))
    expect(told.at(-1)).toMatchObject({ result: 'rejected' })
  })
})

describe('the parser', () => {
  it('knows names of whatever case, repeated ones, and letters that are cut in two', () => {
    const bytes = Buffer.from('Asterisk Call Manager/5.0.4\r\nEVENT: Newchannel\r\ncalleridname: Олена\r\nVariable: a=1\r\nVariable: b=2\r\nConnectedLineNum: <unknown>\r\n\r\n')
    for (const size of [1, 3]) {
      const [event] = eventsOf(bytes, size)
      expect([event!.event, event!.get('CallerIDName'), event!.all('variable'), event!.get('ConnectedLineNum')]).toEqual(['Newchannel', 'Олена', ['a=1', 'b=2'], null])
    }
  })

  it('refuses what is no manager interface', () => {
    expect(() => new AmiParser().feed(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow('does not greet')
    expect(() => new AmiParser().feed(Buffer.alloc(70_000, 'x'))).toThrow('too long')
  })
})
