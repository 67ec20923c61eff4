import { setTimeout } from 'node:timers/promises'
import { UnavailableError, type PluginContext } from '@kartotek/sdk'
import { SendFailure } from '@kartotek/sdk/contracts'
import { say } from '../messages.ts'
import type { Settings } from '../settings.ts'
import type { AskableChannel } from './channels.ts'
import { Facebook } from './facebook.ts'
import { Telegram } from './telegram.ts'
import { Viber } from './viber.ts'
import { Vk } from './vk.ts'
import { WhatsApp } from './whatsapp.ts'

/** Asks each platform that is set up who we are. @throws UnavailableError that names those that do not let us in */
export async function tryChannels(_: Settings, ctx: PluginContext<Settings>): Promise<void> {
  const ready = [Telegram, WhatsApp, Facebook, Vk, Viber].map((Channel): AskableChannel => new Channel(ctx)).filter((channel) => channel.ready)
  if (!ready.length) throw new UnavailableError(say(ctx, 'No messenger is set up yet, so there is none to ask.'))
  const problems = await Promise.all(ready.map((channel) => problemOf(channel, ctx)))
  const message = problems.filter((one) => one !== null).join(' ')
  if (message) throw new UnavailableError(message)
}

/** One that hangs hides not what the others say. */
const PATIENCE_MS = 8_000

async function problemOf(channel: AskableChannel, ctx: PluginContext<Settings>): Promise<string | null> {
  try {
    await Promise.race([channel.ask(), setTimeout(PATIENCE_MS, undefined, { signal: ctx.signal, ref: false }).then(() => { throw new SendFailure('temporary', `${PATIENCE_MS / 1000} s`) })])
    return null
  } catch (error) {
    if (!(error instanceof SendFailure)) throw error
    const text = error.reason === 'temporary' ? '{channel} does not answer now. ({reason})' : '{channel} does not accept the access that is entered here. ({reason})'
    return say(ctx, text, { channel: channel.label ?? channel.key, reason: error.message })
  }
}
