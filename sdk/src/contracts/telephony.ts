import type { Readable } from 'node:stream'
import { contract } from '../contract.ts'

/** How a call ended. `abandoned`: the caller hung up while he waited in a queue. */
export type CallResult = 'answered' | 'missed' | 'busy' | 'rejected' | 'abandoned'

/**
 * One call as the exchange knows it by now. Told again whenever something changes; the last one has `endedAt`. What a telling leaves
 * out or does not know (null) stays as it was told before.
 */
export interface CallState {
  /** The exchange's name for the call, the same in every telling. At most 100 characters. */
  externalId: string
  direction: 'in' | 'out'
  /** The other side's number as it came, or null where it is hidden. */
  number: string | null
  /** Our number that was called, or that is shown. */
  line?: string | null
  /** The internal number that talks, or where it rang last: who of us it is. Null while it is not known. */
  extension?: string | null
  /** The internal numbers that ring now, where several do. */
  ringing?: readonly string[]
  queue?: string | null
  /** Moments in ISO 8601 with a time zone. */
  startedAt: string
  answeredAt?: string | null
  endedAt?: string | null
  /** With `endedAt`. */
  result?: CallResult | null
  /** By which the provider finds the recording. At most 500 characters. */
  recording?: string | null
  /** Grows with every telling of one call: an older one that comes late only fills in what is not known. Default: the order of arrival. */
  sequence?: number
}

/** An exchange or a service of telephony. */
export interface TelephonyProvider {
  /** kebab-case, unique among providers: `asterisk`. */
  readonly key: string
  /** Whether it is set up: who is not is not asked. */
  readonly ready: boolean
  /** Calls the extension and then the number, in E.164 where it is one. The call itself is told by {@link callSink}. @throws UnavailableError, InputError */
  place?(call: { extension: string, number: string }): Promise<{ externalId: string | null }>
  hangUp?(externalId: string): Promise<void>
  /** Finds the sound of a recording. @throws NotFoundError, UnavailableError where it is not there yet */
  recording?(reference: string): Promise<Recording>
}

/** The sound of a recording, not read yet. */
export interface Recording {
  mime: string
  /** Null where it is not known: then only the whole can be read. */
  bytes: number | null
  /** @param part first and last byte; default: all of it */
  read(part?: { first: number, last: number }): Readable | Promise<Readable>
}

/** Kept by who connects an exchange. */
export const telephonyProvider = contract<TelephonyProvider>('telephony-provider')

/** Takes what providers tell of calls. */
export interface CallSink {
  /** @param provider key of who tells */
  tell(provider: string, calls: readonly CallState[]): Promise<void>
}

/** Kept by the telephony plugin; providers of other plugins tell it their calls. */
export const callSink = contract<CallSink>('call-sink')
