import { NotFoundError, UnavailableError } from '@kartotek/sdk'
import type { Recording, TelephonyProvider } from '@kartotek/sdk/contracts'
import { say } from '../messages.ts'
import type { Ctx } from '../settings.ts'
import type { CloudAdapter } from './adapter.ts'
import { soundOf } from './sound.ts'

/** Plays the recordings of a service in the cloud; its calls it tells by itself. */
export class CloudExchange implements TelephonyProvider {
  readonly key: string
  readonly #adapter: CloudAdapter
  readonly #ctx: Ctx

  constructor(adapter: CloudAdapter, ctx: Ctx) {
    this.key = adapter.key
    this.#adapter = adapter
    this.#ctx = ctx
  }

  get ready(): boolean { return this.#adapter.playsWith(this.#ctx.settings) }

  async recording(reference: string): Promise<Recording> {
    if (!this.ready) throw new UnavailableError(say(this.#ctx, 'The keys by which recordings of this exchange are fetched are not set.'))
    if (!this.#adapter.recordingId.test(reference)) throw new NotFoundError(say(this.#ctx, 'The recording is not there, or not there yet.'))
    return soundOf(this.#ctx, this.key, (ask) => this.#adapter.sound(reference, this.#ctx.settings, ask))
  }
}
