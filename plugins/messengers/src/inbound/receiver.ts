import { InputError, NotAllowedError, type IncomingRequest, type RouteDefinition, type RouteResponse } from '@kartotek/sdk'
import type { IncomingMessage, MessageState } from '@kartotek/sdk/contracts'
import type { Settings } from '../settings.ts'
import { Sink } from './queue.ts'

/** All of a platform comes from a few addresses. */
const MOST_A_MINUTE = 12_000

/** How a platform tells what happened there. */
export interface Deliveries<Body, Part> {
  channel: string
  path: string
  /** Whether the sender is who he says he is. Throwing counts as no. */
  verify(request: IncomingRequest, settings: Readonly<Settings>): boolean
  /** Default: JSON. */
  parse?(text: string): Body
  /** What one delivery holds, in its order. */
  parts(body: Body, settings: Readonly<Settings>): readonly Part[]
  /** Null for what says nothing to us. What it throws at is kept as it came, and counted as failed. */
  read(part: Part): IncomingMessage | MessageState | null
  /** A message of a talk of many people, of which {@link read} says nothing: it is counted, so that nobody wonders where it is. */
  ofMany?(part: Part): boolean
  /** What the platform gets at once. Default: 200 without a body. */
  answer?(body: Body, settings: Readonly<Settings>): RouteResponse
}

/**
 * The address to which a platform posts. What comes is kept in the plugin's own queue before the platform is answered, in the order in
 * which it came: a queue of deliveries before that one would do the same work twice, and its jobs would overtake each other.
 */
export function receiver<Body, Part>({ channel, path, verify, parse = JSON.parse, parts, read, ofMany, answer }: Deliveries<Body, Part>): RouteDefinition<Settings> {
  return { method: 'POST', path, access: 'public', perMinute: MOST_A_MINUTE, async run(request, ctx) {
    const { settings } = ctx
    if (!verified(() => verify(request, settings))) throw new NotAllowedError('The signature is missing or wrong.')
    const body = parsed(parse as (text: string) => Body, request.body.toString('utf8'))
    await ctx.get(Sink).take(channel, () => parts(body, settings), { read, ofMany }, body)
    return answer?.(body, settings) ?? {}
  } }
}

function verified(verify: () => boolean): boolean {
  try { return verify() } catch { return false }
}

function parsed<Body>(parse: (text: string) => Body, text: string): Body {
  try { return parse(text) } catch { throw new InputError('The body is not JSON.') }
}
