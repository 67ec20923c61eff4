import type { Localized } from './locale.ts'

/**
 * A way by which requests come in. Items of it are created as `intakeItem`.
 *
 * @example
 * // Requests of a marketplace stand in the queue with those of forms and calls.
 * import { definePlugin, s, webhook } from '@kartotek/sdk'
 *
 * const settings = s.object({ secret: s.secret({ title: { en: 'Secret of the marketplace' } }) })
 *
 * export default definePlugin({
 *   id: 'market', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
 *   needs: { intakeItem: ['create'] },
 *   intakeChannels: [{ key: 'market-request', label: { en: 'Marketplace', fi: 'Kauppapaikka', ru: 'Маркетплейс', uk: 'Маркетплейс' }, icon: 'store', color: 'orange' }],
 *   http: [webhook({
 *     path: '/requests', verify: webhook.hmac({ header: 'x-signature', secret: 'secret' }),
 *     input: s.object({ id: s.string({ maxLength: 200 }), name: s.string(), phone: s.string(), question: s.string() }),
 *     idempotencyKey: ({ id }) => id,
 *     async run({ id, name, phone, question }, ctx) {
 *       await ctx.records.create('intakeItem', { channel: 'market-request', externalId: id, person: name, text: question, points: [{ kind: 'phone', value: phone }] })
 *     },
 *   })],
 * })
 */
export interface IntakeChannel {
  /** As items store it: `call`, `telephony-voicemail`. 1–60 characters; a plugin's begins with its id and a hyphen. */
  key: string
  /** As people choose and read it. */
  label: Localized
  /** An icon name of the lucide set: `store`. */
  icon: string
  /** A colour name of the palette, as of options: `orange`. */
  color: string
}
