import type { CallResult, CallState } from '@kartotek/sdk/contracts'
import type { AmiMessage } from './ami-parser.ts'

interface Channel { id: string, name: string, extension: string | null, local: boolean, bridge: string | null }
type LegEnd = 'busy' | 'rejected' | 'other'

interface Track {
  id: string
  /** `internal`: of two of us, which is nobody's business. */
  direction: 'in' | 'out' | 'internal'
  number: string | null
  line: string | null
  extension: string | null
  queue: string | null
  startedAt: string
  answeredAt: string | null
  recording: string | null
  abandoned: boolean
  channels: Map<string, Channel>
  hadOutside: boolean
  ringing: Set<string>
  legs: Map<string, LegEnd>
}

/** Calls that ended: their late and repeated events begin no new ones. */
const MOST_DONE = 5_000
const NO_EXTEN = new Set([null, 's', 'h', 'i', 't'])

/**
 * Makes calls of the events of Asterisk 12 and newer. All channels with one `Linkedid` are one call, whose state is told again whenever
 * it changes. `Cdr` is not believed: of a group that rings there are several, and one before `Queue()` says answered.
 */
export class CallTracker {
  readonly #calls = new Map<string, Track>()
  readonly #byChannel = new Map<string, Track>()
  readonly #done = new Set<string>()
  readonly #tell: (call: CallState) => void
  readonly #extension: RegExp
  readonly #prefix: string

  /** @param prefix what one dials before numbers outside: it is no part of them */
  constructor(tell: (call: CallState) => void, { extensionDigits = 5, prefix = '' }: { extensionDigits?: number, prefix?: string } = {}) {
    this.#tell = tell
    this.#prefix = prefix
    this.#extension = new RegExp(`^\\d{2,${extensionDigits}}$`)
  }

  /** Ids of the calls that go on. */
  get open(): string[] { return [...this.#calls.keys()] }

  take(event: AmiMessage): void {
    const id = event.get('Uniqueid')
    if (id) this.#follow(id, event.get('Linkedid'))
    switch (event.event) {
      case 'Newchannel': return this.#newChannel(event)
      case 'DialBegin': return this.#dialBegin(event)
      case 'DialEnd': return this.#dialEnd(event)
      case 'AgentConnect': return this.#answered(this.#callOf(event), this.#peer(event.get('DestChannel') ?? event.get('Interface') ?? ''), event)
      case 'BridgeEnter': return this.#bridgeEnter(event)
      case 'BridgeLeave': { const channel = id ? this.#byChannel.get(id)?.channels.get(id) : undefined; if (channel) channel.bridge = null; return }
      case 'QueueCallerJoin': return this.#change(this.#callOf(event), (call) => { call.queue = event.get('Queue') })
      case 'QueueCallerAbandon': { const call = this.#callOf(event); if (call) call.abandoned = true; return }
      case 'VarSet': return this.#variable(event)
      case 'OriginateResponse': return this.#originated(event)
      case 'Hangup': return this.#hangup(event)
      case null:
      default:
    }
  }

  /**
   * After the connection was lost: the channels that there are now (`CoreShowChannels`). Calls that are gone have ended meanwhile;
   * nobody knows when, so it is now. Those that began meanwhile are taken up.
   * @param answered by the name of a call, when it was answered, as far as that was heard before: whoever listens now does not know it
   * @param queues who waits in queues now (`QueueStatus`)
   */
  resume(channels: readonly AmiMessage[], now: Date, { answered = new Map(), queues = [] }: { answered?: ReadonlyMap<string, string>, queues?: readonly AmiMessage[] } = {}): void {
    const alive = new Set(channels.flatMap((channel) => channel.get('Linkedid') ?? []))
    const ids = new Set(channels.flatMap((channel) => channel.get('Uniqueid') ?? []))
    for (const call of [...this.#calls.values()]) {
      if (!alive.has(call.id)) this.#end(call, now.toISOString())
      else for (const id of call.channels.keys()) if (!ids.has(id)) this.#forget(call, id)
    }
    // The one by which the call is named came first.
    const ordered = [...channels].sort((a, b) => Number(b.get('Uniqueid') === b.get('Linkedid')) - Number(a.get('Uniqueid') === a.get('Linkedid')))
    for (const channel of ordered) {
      const [id, name] = [channel.get('Uniqueid'), channel.get('Channel')]
      if (!id || !name || this.#byChannel.has(id)) continue
      this.#newChannel(channel, now)
      const call = this.#byChannel.get(id)
      const bridge = channel.get('BridgeId')
      if (call) call.answeredAt ??= answered.get(call.id) ?? null
      if (call && bridge) this.#enter(call, id, bridge, now.toISOString())
    }
    for (const entry of queues) if (entry.event === 'QueueEntry') this.#change(this.#callOf(entry), (call) => { call.queue = entry.get('Queue') })
  }

  #newChannel(event: AmiMessage, now?: Date): void {
    const [id, linked, name] = [event.get('Uniqueid'), event.get('Linkedid') ?? event.get('Uniqueid'), event.get('Channel')]
    if (!id || !linked || !name || this.#done.has(linked) || this.#byChannel.has(id)) return
    const extension = this.#peer(name)
    let call = this.#calls.get(linked)
    if (!call) {
      const exten = event.get('Exten')
      const dialled = NO_EXTEN.has(exten) ? null : exten
      const direction = !extension ? 'in' : dialled && this.#extension.test(dialled) ? 'internal' : 'out'
      const from = event.get('CallerIDNum')
      call = {
        id: linked, direction, number: direction === 'in' ? from : this.#outside(dialled), line: direction === 'in' ? dialled : null, extension: direction === 'out' ? extension : null,
        queue: null, startedAt: now ? startOf(event, now) : at(event), answeredAt: null, recording: null, abandoned: false, channels: new Map(), hadOutside: false, ringing: new Set(), legs: new Map(),
      }
      this.#calls.set(linked, call)
    }
    this.#add(call, { id, name, extension, local: name.startsWith('Local/'), bridge: null })
    if (call.channels.size === 1) this.#say(call)
  }

  #dialBegin(event: AmiMessage): void {
    const call = this.#callOf(event)
    const dest = event.get('DestChannel')
    if (!call || !dest) return
    const extension = this.#peer(dest)
    if (call.direction === 'in' && extension) {
      if (!call.ringing.has(extension)) this.#change(call, () => { call.ringing.add(extension); call.legs.set(extension, 'other') })
    } else if (!extension && call.direction !== 'in') {
      // A call that we made: the number is what the dialplan rings now.
      const number = call.number ?? (NO_EXTEN.has(event.get('Exten')) ? event.get('DestCallerIDNum') : this.#outside(event.get('Exten')))
      this.#change(call, () => { call.direction = 'out'; call.number = number; call.line ??= shown(event.get('CallerIDNum'), call.extension) })
    }
  }

  #dialEnd(event: AmiMessage): void {
    const call = this.#callOf(event)
    const dest = event.get('DestChannel')
    if (!call || !dest) return
    const extension = this.#peer(dest)
    const status = event.get('DialStatus')
    // The first half of a click-to-call: one of us lifted, the client does not know of it yet.
    if (call.direction === 'out' && extension) return
    if (status === 'ANSWER') return this.#answered(call, extension, event)
    this.#change(call, () => {
      if (extension) call.ringing.delete(extension)
      if (extension && !call.answeredAt) call.extension = extension
      if (status === 'BUSY' && call.legs.get(extension ?? dest) !== 'rejected') call.legs.set(extension ?? dest, 'busy')
      else if (!call.legs.has(extension ?? dest)) call.legs.set(extension ?? dest, 'other')
    })
  }

  #answered(call: Track | undefined, extension: string | null, event: AmiMessage): void {
    if (!call || call.direction === 'internal') return
    const same = call.answeredAt !== null && (!extension || call.extension === extension) && !call.ringing.size
    if (same) return
    this.#change(call, () => {
      call.answeredAt ??= at(event)
      if (extension) call.extension = extension
      call.ringing.clear()
    })
  }

  #bridgeEnter(event: AmiMessage): void {
    const call = this.#callOf(event)
    const [id, bridge] = [event.get('Uniqueid'), event.get('BridgeUniqueid')]
    if (call && id && bridge) this.#enter(call, id, bridge, at(event))
  }

  /** Two of a call in one bridge talk with each other, also where the event of the answer was lost, or the call was handed on. */
  #enter(call: Track, id: string, bridge: string, moment: string): void {
    const channel = call.channels.get(id)
    if (!channel) return
    channel.bridge = bridge
    const together = [...call.channels.values()].filter((one) => one.bridge === bridge && !one.local)
    const ours = together.findLast((one) => one.extension)
    if (together.length < 2 || call.direction === 'internal' || !together.some((one) => !one.extension)) return
    if (call.answeredAt && (!ours || call.extension === ours.extension)) return
    this.#change(call, () => {
      call.answeredAt ??= moment
      call.extension = ours?.extension ?? call.extension
      call.ringing.clear()
    })
  }

  /** `MixMonitorStart` does not name the file, this does. */
  #variable(event: AmiMessage): void {
    const value = event.get('Value')
    if (!value || !['MIXMONITOR_FILENAME', 'CDR(recordingfile)'].includes(event.get('Variable') ?? '')) return
    const call = this.#callOf(event)
    if (call && call.recording !== value && !(call.recording && event.get('Variable') !== 'MIXMONITOR_FILENAME')) this.#change(call, () => { call.recording = value })
  }

  /** Success says that one of us lifted, not the client. What failed has no channel any more. */
  #originated(event: AmiMessage): void {
    const call = this.#callOf(event)
    const exten = event.get('Exten')
    if (call?.direction === 'out' && !call.number && !NO_EXTEN.has(exten)) this.#change(call, () => { call.number = this.#outside(exten) })
  }

  #hangup(event: AmiMessage): void {
    const id = event.get('Uniqueid')
    const call = id ? this.#byChannel.get(id) : undefined
    if (!id || !call) return
    const channel = call.channels.get(id)!
    if (event.get('Cause') === '21' && !call.answeredAt) call.legs.set(channel.extension ?? channel.name, 'rejected')
    this.#forget(call, id)
    const outside = [...call.channels.values()].some((one) => !one.extension && !one.local)
    // An event of our own leg may be lost: with the other side gone, it is over.
    if (!call.channels.size || (call.hadOutside && !outside && !channel.local)) this.#end(call, at(event))
  }

  #end(call: Track, endedAt: string): void {
    for (const id of [...call.channels.keys()]) this.#forget(call, id)
    this.#calls.delete(call.id)
    this.#done.add(call.id)
    if (this.#done.size > MOST_DONE) this.#done.delete(this.#done.values().next().value!)
    call.ringing.clear()
    if (call.direction !== 'internal') this.#tell({ ...stateOf(call), endedAt, result: resultOf(call) })
  }

  /** A transfer may put a channel into another call. */
  #follow(id: string, linked: string | null): void {
    const call = this.#byChannel.get(id)
    if (!call || !linked || linked === call.id) return
    const to = this.#calls.get(linked)
    const channel = call.channels.get(id)
    if (!to || !channel) return
    this.#forget(call, id)
    this.#add(to, channel)
    if (!call.channels.size) this.#end(call, new Date().toISOString())
  }

  #add(call: Track, channel: Channel): void {
    call.channels.set(channel.id, channel)
    call.hadOutside ||= !channel.extension && !channel.local
    this.#byChannel.set(channel.id, call)
  }

  #forget(call: Track, id: string): void {
    call.channels.delete(id)
    this.#byChannel.delete(id)
  }

  #callOf(event: AmiMessage): Track | undefined {
    return this.#byChannel.get(event.get('Uniqueid') ?? '') ?? this.#byChannel.get(event.get('DestUniqueid') ?? '') ?? this.#calls.get(event.get('Linkedid') ?? event.get('DestLinkedid') ?? '')
  }

  #change(call: Track | undefined, change: (call: Track) => void): void {
    if (!call) return
    change(call)
    this.#say(call)
  }

  #say(call: Track): void {
    if (call.direction !== 'internal') this.#tell(stateOf(call))
  }

  /** The number outside of what was dialled. */
  #outside(dialled: string | null): string | null {
    return dialled && dialled.length > this.#prefix.length && dialled.startsWith(this.#prefix) ? dialled.slice(this.#prefix.length) : dialled
  }

  /** `PJSIP/101-0000000d`, `Local/101@from-queue-00000001;2`: 101; null of a trunk. */
  #peer(channel: string): string | null {
    const name = /^[^/]+\/(?:[^/]+\/)?([^@;]+?)(?:-[0-9a-f]+)?(?:@.*)?(?:;[12])?$/i.exec(channel)?.[1] ?? ''
    return this.#extension.test(name) ? name : null
  }
}

function stateOf({ id, direction, number, line, extension, queue, startedAt, answeredAt, recording, ringing }: Track): CallState {
  return {
    externalId: id, direction: direction === 'out' ? 'out' : 'in', number, line, extension, queue, startedAt, answeredAt, recording,
    ...ringing.size ? { ringing: [...ringing] } : {},
  }
}

function resultOf({ answeredAt, abandoned, legs }: Track): CallResult {
  if (answeredAt) return 'answered'
  if (abandoned) return 'abandoned'
  const ends = [...legs.values()]
  for (const end of ['rejected', 'busy'] as const) if (ends.length && ends.every((one) => one === end)) return end
  return 'missed'
}

/** Our own number, not the extension that calls. */
const shown = (number: string | null, extension: string | null): string | null => (number === extension ? null : number)

/** `timestampevents = yes` gives the moment; without it, it is now. */
function at(event: AmiMessage): string {
  const seconds = Number(event.get('Timestamp') ?? NaN)
  return new Date(Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : Date.now()).toISOString()
}

/** `Duration` of a channel that was there before us: `00:01:05`. */
function startOf(event: AmiMessage, now: Date): string {
  const [hours, minutes, seconds] = (event.get('Duration') ?? '0:0:0').split(':').map(Number)
  return new Date(now.getTime() - ((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000).toISOString()
}
