import { setTimeout as sleep } from 'node:timers/promises'
import type { CallState } from '@kartotek/sdk/contracts'
import { Sink } from '../call/sink.ts'
import { forgetHeard, heardUntil, keepOutage, noteHeard } from '../outages.ts'
import type { Ctx } from '../settings.ts'
import { addressOf } from './address.ts'
import { AmiClient } from './ami-client.ts'
import type { AmiMessage } from './ami-parser.ts'
import { CallTracker } from './call-tracker.ts'

const LOOK_AGAIN_MS = 5_000
const MOST_PAUSE_MS = 30_000

/** Listens to the exchange as long as it is set up, on one node of all; where it is not, it waits in silence. */
export async function listen(ctx: Ctx, { lookAgainMs = LOOK_AGAIN_MS, pauseMs = 1_000 } = {}): Promise<void> {
  let pause = pauseMs
  let lost: Date | null = null
  let noted = true
  while (!ctx.signal.aborted) {
    const address = addressOf(ctx.settings)
    if (!address) {
      if (noted) await forgetHeard(ctx, 'asterisk')
      noted = false
      lost = null
      await rest(lookAgainMs, ctx.signal)
      continue
    }
    const settings = readBy(ctx)
    const heard = new Heard(ctx)
    let client: AmiClient | null = null
    try {
      // Another process may have listened, and not lived to tell of the end.
      lost ??= await heardUntil(ctx, 'asterisk')
      client = await AmiClient.open(address, (event) => heard.take(event), { signal: ctx.signal })
      const open = client
      const channels = await client.list('CoreShowChannels')
      // An exchange may have no queues, or not tell of them.
      const queues = await client.list('QueueStatus').catch(() => [])
      await heard.resume(channels, queues, lost)
      if (lost) ctx.log.warn({ from: lost, to: new Date() }, 'The connection with the exchange is there again; calls that began and ended meanwhile are not known.')
      lost = null
      pause = pauseMs
      await noteHeard(ctx, 'asterisk')
      noted = true
      const watch = setInterval(() => {
        noteHeard(ctx, 'asterisk').catch((error: unknown) => { ctx.log.warn({ err: error }, 'That the exchange is heard could not be noted.') })
        if (readBy(ctx) !== settings) open.end(new Error('The settings changed.'))
      }, lookAgainMs)
      const reason = await Promise.race([client.closed, heard.failed])
      clearInterval(watch)
      client.end(reason)
      lost = new Date()
      if (!ctx.signal.aborted) ctx.log.warn({ err: reason }, 'The connection with the exchange is lost.')
    } catch (error) {
      client?.end(error as Error)
      if (ctx.signal.aborted) break
      if (!lost) ctx.log.warn({ err: error }, 'The exchange cannot be reached.')
      lost ??= new Date()
    }
    // What was heard before is kept, whatever happens.
    await heard.kept()
    await rest(pause, ctx.signal)
    pause = Math.min(MOST_PAUSE_MS, pause * 2)
  }
}

/** By what the exchange is reached and understood. */
function readBy({ settings }: Ctx): string {
  return JSON.stringify([addressOf(settings), settings.asteriskExtensionDigits, settings.asteriskPrefix])
}

/** What one connection told, kept in its order. */
class Heard {
  readonly #ctx: Ctx
  readonly #sink: Sink
  readonly #tracker: CallTracker
  readonly #waiting = new Map<string, CallState[]>()
  #running: Promise<void> = Promise.resolve()
  #resumed = false
  #early: AmiMessage[] = []
  #fail!: (error: Error) => void
  /** Settles when something could not be kept: the connection is begun anew, and the state compared. */
  readonly failed: Promise<Error>

  constructor(ctx: Ctx) {
    this.#ctx = ctx
    this.#sink = new Sink(ctx)
    this.failed = new Promise((resolve) => { this.#fail = resolve })
    this.#tracker = new CallTracker((call) => this.#keep(call), { extensionDigits: ctx.settings.asteriskExtensionDigits, prefix: ctx.settings.asteriskPrefix })
  }

  /** Events before the list of channels is there wait for it, or a call would be taken for a new one. */
  take(event: AmiMessage): void {
    if (this.#resumed) this.#tracker.take(event)
    else this.#early.push(event)
  }

  /** Ends the calls that are open here and gone there, whoever listened before: this process, another one, or none for an hour. */
  async resume(channels: AmiMessage[], queues: AmiMessage[], lost: Date | null): Promise<void> {
    const now = new Date()
    const alive = new Set(channels.flatMap((channel) => channel.get('Linkedid') ?? []))
    const { nodes } = await this.#ctx.records.list('call', { filter: { provider: { eq: 'asterisk' }, endedAt: { isNull: true } }, fields: ['externalId', 'direction', 'startedAt', 'createdAt', 'answeredAt'], first: 200 })
    const answered = new Map(nodes.flatMap((node) => (node.answeredAt ? [[String(node.externalId), String(node.answeredAt)] as const] : [])))
    const early = new Set(this.#early.flatMap((event) => event.get('Linkedid') ?? []))
    for (const node of nodes) {
      const externalId = String(node.externalId)
      if (alive.has(externalId) || early.has(externalId)) continue
      const direction = (node.direction as { key: 'in' | 'out' }).key ?? node.direction
      // When it ended nobody knows: no later than now, and no earlier than the connection was lost.
      await this.#sink.tell('asterisk', [{ externalId, direction, number: null, startedAt: String(node.startedAt), endedAt: (lost ?? now).toISOString() }])
    }
    if (lost) await keepOutage(this.#ctx, 'asterisk', lost, now)
    this.#tracker.resume(channels, now, { answered, queues })
    this.#resumed = true
    for (const event of this.#early.splice(0)) this.#tracker.take(event)
  }

  async kept(): Promise<void> {
    await this.#running
  }

  /** Of tellings of one call that wait, only the newest one counts; calls do not wait for each other's news. */
  #keep(call: CallState): void {
    const waiting = this.#waiting.get(call.externalId)
    if (waiting) {
      // That it rang at a telephone is news of its own, even where it is over by now.
      const [last] = waiting.slice(-1)
      if (last && !call.endedAt && !last.endedAt && !last.ringing?.length) waiting[waiting.length - 1] = call
      else waiting.push(call)
      return
    }
    const mine = [call]
    this.#waiting.set(call.externalId, mine)
    const run = async (): Promise<void> => {
      for (let next = mine.shift(); next; next = mine.shift()) await this.#tell(next)
      this.#waiting.delete(call.externalId)
    }
    this.#running = Promise.all([this.#running, run()]).then(() => undefined, (error: Error) => { this.#waiting.delete(call.externalId); this.#fail(error) })
  }

  async #tell(call: CallState): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#sink.tell('asterisk', [call])
      } catch (error) {
        this.#ctx.log.warn({ err: error, call: call.externalId }, 'A call could not be kept; it is tried again.')
        if (attempt === 5 || this.#ctx.signal.aborted) throw error
        await rest(200 * 2 ** attempt, this.#ctx.signal)
      }
    }
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}
