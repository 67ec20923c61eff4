import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { extname, isAbsolute, join, posix, relative, sep } from 'node:path'
import { randomUUID } from 'node:crypto'
import { InputError, NotFoundError, UnavailableError } from '@kartotek/sdk'
import type { Recording, TelephonyProvider } from '@kartotek/sdk/contracts'
import { say } from '../messages.ts'
import type { Ctx } from '../settings.ts'
import { addressOf } from './address.ts'
import { AmiClient } from './ami-client.ts'

const MIMES: Record<string, string> = { '.wav': 'audio/wav', '.mp3': 'audio/mpeg', '.ogg': 'audio/ogg', '.gsm': 'audio/gsm', '.wav49': 'audio/wav' }
const mimeOf = (path: string): string | undefined => MIMES[extname(path).toLowerCase()]
const RING_MS = 25_000

/** Places calls by a connection of its own, so that every node can, not only the one that listens. */
export class Asterisk implements TelephonyProvider {
  readonly key = 'asterisk'
  readonly #ctx: Ctx

  constructor(ctx: Ctx) { this.#ctx = ctx }

  get ready(): boolean { return addressOf(this.#ctx.settings) !== null }

  /** Rings the telephone of the extension first; who lifts it hears the number being called. */
  async place({ extension, number }: { extension: string, number: string }): Promise<{ externalId: string }> {
    const { asteriskChannel, asteriskContext, asteriskPrefix } = this.#ctx.settings
    if (!/^[\w.-]{1,40}$/.test(extension)) throw new InputError(say(this.#ctx, 'The extension is not one that an exchange knows.'))
    const digits = number.replace(/[\s().-]/g, '')
    if (!/^\+?\d{2,20}$/.test(digits)) throw new InputError(say(this.#ctx, 'This is no number that can be called.'))
    const externalId = `crm-${randomUUID()}`
    await this.#with((client) => client.ask('Originate', {
      Channel: asteriskChannel.replace('{extension}', extension), Context: asteriskContext, Exten: asteriskPrefix + digits.replace(/^\+/, ''), Priority: '1',
      CallerID: digits, Timeout: String(RING_MS), Async: 'true', ChannelId: externalId, OtherChannelId: `${externalId}-2`, Variable: `CRM_CALL_ID=${externalId}`,
    }))
    return { externalId }
  }

  async hangUp(externalId: string): Promise<void> {
    await this.#with(async (client) => {
      const channels = (await client.list('CoreShowChannels')).filter((channel) => channel.get('Linkedid') === externalId).flatMap((channel) => channel.get('Channel') ?? [])
      for (const channel of channels) await client.ask('Hangup', { Channel: channel, Cause: '16' }).catch(() => undefined)
    })
  }

  /** @param reference the path that the exchange told: nothing outside of the folder is ever read */
  async recording(reference: string): Promise<Recording> {
    const { recordingsFolder, recordingsRoot } = this.#ctx.settings
    if (!recordingsFolder) throw new UnavailableError(say(this.#ctx, 'The folder with the recordings is not set.'))
    const path = await fileIn(recordingsFolder, recordingsRoot, reference).catch(() => { throw new NotFoundError(say(this.#ctx, 'The recording is not there, or not there yet.')) })
    const { size } = await stat(path)
    return {
      mime: mimeOf(path)!, bytes: size,
      read: (part) => createReadStream(path, part ? { start: part.first, end: part.last } : {}),
    }
  }

  async #with<Result>(run: (client: AmiClient) => Promise<Result>): Promise<Result> {
    const address = addressOf(this.#ctx.settings)
    if (!address) throw new UnavailableError(say(this.#ctx, 'Asterisk is not set up.'))
    const client = await AmiClient.open(address, () => undefined, { events: false, signal: this.#ctx.signal, locale: this.#ctx.actor.locale })
    try {
      return await run(client)
    } finally {
      client.end(new UnavailableError('Done.'))
    }
  }
}

/**
 * The file of a recording here. The exchange names it absolutely below its root, or relative to that.
 * @throws NotFoundError for what is not there, and for what lies elsewhere, by `..` or by a link, and for what is no sound
 */
export async function fileIn(folder: string, root: string, reference: string): Promise<string> {
  const gone = (): NotFoundError => new NotFoundError('The recording is not there, or not there yet.')
  const told = posix.normalize(reference)
  const inside = posix.isAbsolute(told) ? posix.relative(posix.normalize(root), told) : told
  if (!inside || inside.startsWith('..') || posix.isAbsolute(inside) || inside.includes('\0')) throw gone()
  try {
    const base = await realpath(folder)
    // Who changes settings of plugins is not who runs the server: a folder that holds the program, such as `/`, opens what is not telephony's.
    if (`${await realpath(process.cwd())}${sep}`.startsWith(base.endsWith(sep) ? base : base + sep)) throw gone()
    const path = await realpath(join(base, inside))
    const within = relative(base, path)
    if (!within || within.startsWith('..') || isAbsolute(within) || !mimeOf(path) || !(await stat(path)).isFile()) throw gone()
    return path
  } catch {
    throw gone()
  }
}
