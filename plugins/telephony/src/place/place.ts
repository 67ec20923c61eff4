import { InputError, NotFoundError, UnavailableError, type PluginContext } from '@kartotek/sdk'
import { telephonyProvider, type TelephonyProvider } from '@kartotek/sdk/contracts'
import { callById, numberKeyOf } from '../call/call.ts'
import { extensionOf } from '../call/people.ts'
import { say } from '../messages.ts'
import type { Ctx } from '../settings.ts'

export const placeTypes = `
type TelephonyPlacedCall { "The provider that places it." provider: String! "Its name there, by which the call is hung up; null where the provider tells none." externalId: String }
"What one may do by telephone, for buttons."
type TelephonyMe {
  "One's own extension; null where there is none."
  extension: String
  "Whether calls can be placed: by right, by extension and by a provider that is set up."
  mayPlace: Boolean!
  mayListen: Boolean!
  "Providers whose recordings can be played here."
  plays: [String!]!
}
extend type Query { telephonyMe: TelephonyMe! }
extend type Mutation {
  "Rings one's own telephone and then the number: one of a contact point, or one that is typed. Needs telephony.call.place. Who must not be called is not called."
  telephonyPlaceCall(number: String, contactPoint: ID, object: String, record: ID): TelephonyPlacedCall!
  "Ends a call of one's own."
  telephonyHangUp(call: ID!): Boolean!
}
`

interface Placing { number?: string | null, contactPoint?: string | null, object?: string | null, record?: string | null }

/** Those that are set up and can place calls, in the order of their plugins. */
function placers(ctx: PluginContext<never> | Ctx): (TelephonyProvider & Required<Pick<TelephonyProvider, 'place'>>)[] {
  return ctx.providers(telephonyProvider).map(({ service }) => service).filter((service): service is TelephonyProvider & Required<Pick<TelephonyProvider, 'place'>> => service.ready && typeof service.place === 'function')
}

/** Those that find recordings. */
export const playing = (ctx: Ctx): string[] => ctx.providers(telephonyProvider).filter(({ service }) => service.ready && service.recording).map(({ service }) => service.key)

export async function me(ctx: Ctx) {
  const extension = await extensionOf(ctx, ctx.actor.userId).catch(() => null)
  return { extension, mayPlace: ctx.can('call.place') && extension !== null && placers(ctx).length > 0, mayListen: ctx.can('recording.listen'), plays: playing(ctx) }
}

export async function placeCall(ctx: Ctx, placing: Placing) {
  ctx.require('call.place')
  const number = await numberOf(ctx, placing)
  const e164 = ctx.company.phone(number).e164
  await refuseUnwanted(ctx, placing, number)
  // Who reads no users still has a telephone.
  const extension = await extensionOf(await ctx.asPlugin('place-call'), ctx.actor.userId)
  if (!extension) throw new InputError(say(ctx, 'You have no extension yet: an administrator enters it at your user.'), [{ field: 'extension', rule: 'required', message: say(ctx, 'You have no extension yet: an administrator enters it at your user.') }])
  const [provider] = placers(ctx)
  if (!provider) throw new UnavailableError(say(ctx, 'No telephony is set up that can place calls.'))
  const { externalId } = await provider.place({ extension, number: e164 ?? number })
  return { provider: provider.key, externalId }
}

async function numberOf(ctx: Ctx, { number, contactPoint }: Placing): Promise<string> {
  const invalid = (message: string): InputError => new InputError(message, [{ field: 'number', rule: 'phone', message }])
  if (contactPoint) {
    const point = await ctx.records.get('contactPoint', contactPoint, ['key', 'value'])
    if (!point) throw new NotFoundError(say(ctx, 'There is no such contact point.'))
    return String(point.key ?? point.value)
  }
  if (!number?.trim()) throw invalid(say(ctx, 'Say which number to call.'))
  if (number.length > 60 || !/^[+\d][\d\s()./-]*$/.test(number.trim())) throw invalid(say(ctx, 'This is no number that can be called.'))
  return number.trim()
}

interface Who { object: 'client' | 'contact', id: string }

/**
 * Asks by whom the caller named, by his card or by a number that stands there. Of a number that is not known as his, all are asked whose
 * it is, as far as the caller sees them: with whom one would speak nobody knows.
 */
async function refuseUnwanted(ctx: Ctx, placing: Placing, number: string): Promise<void> {
  const holders = await holdersOf(ctx, { number })
  const { object, record, contactPoint } = placing
  // An id of somebody whom the caller does not see is none: the answer would tell of him.
  const card = object && record && (object === 'client' || object === 'contact') && await ctx.records.get(object, record, ['id']) ? { object, id: record } as Who : null
  const named: Who[] = card ? [card] : contactPoint ? await holdersOf(ctx, { contactPoint }) : []
  const isHis = named.some((one) => holders.some((holder) => holder.id === one.id))
  const asked = isHis || contactPoint ? named : [...named, ...holders]
  if (!asked.length) return
  // The mark holds, whether or not the caller may read it: the plugin looks with its own eyes.
  const own = await ctx.asPlugin('respect-do-not-call')
  for (const name of ['client', 'contact'] as const) {
    const said = await own.records.mayContact(name, asked.filter((one) => one.object === name).map((one) => one.id), 'phone')
    if (said.some(({ reason }) => reason === 'doNotContact' || reason === 'erased')) throw new InputError(say(ctx, 'This person must not be called.'), [{ field: 'number', rule: 'mayContact', message: say(ctx, 'This person must not be called.') }])
  }
}

/** On whose cards a number stands, or the contact point that is named; those whom the caller sees. */
async function holdersOf(ctx: Ctx, { number, contactPoint }: { number?: string, contactPoint?: string }): Promise<Who[]> {
  const key = number && numberKeyOf(ctx, number)
  const { nodes } = await ctx.records.list('contactPoint', { filter: contactPoint ? { id: { eq: contactPoint } } : { kind: { eq: 'phone' }, key: { eq: key } }, fields: ['client', 'contact'], first: 200 }).catch((error: unknown) => {
    // Who reads no cards types numbers.
    if (error instanceof InputError) return { nodes: [] }
    throw error
  })
  return nodes.flatMap((point) => (['client', 'contact'] as const).flatMap((object) => (point[object] ? [{ object, id: String(point[object]) }] : [])))
}

export async function hangUp(ctx: Ctx, id: string): Promise<boolean> {
  ctx.require('call.place')
  const call = await callById(ctx, id)
  if (!call || call.owner !== ctx.actor.userId) throw new NotFoundError(say(ctx, 'There is no such call of yours.'))
  if (call.endedAt) return false
  const provider = ctx.providers(telephonyProvider).find(({ service }) => service.key === call.provider)?.service
  if (!provider?.hangUp) throw new UnavailableError(say(ctx, 'This provider cannot hang up; do it at the telephone.'))
  await provider.hangUp(call.externalId)
  return true
}
