import type { Localized } from './locale.ts'

/**
 * A kind of thing that can happen to a record: a call, a parcel handed over. Entries of it are written as `timelineEntry`.
 *
 * @example
 * // The carrier tells that a parcel was handed over; the card of the order says so, with what was signed.
 * import { definePlugin, job, s } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'parcels', version: '1.0.0', compat: { sdk: '^0.1' },
 *   needs: { order: ['read'], timelineEntry: ['create'] },
 *   timelineKinds: [{ key: 'parcels-handed-over', label: { en: 'Parcel handed over', fi: 'Paketti luovutettu', ru: 'Посылка вручена', uk: 'Посилку вручено' }, icon: 'package-check', color: 'green' }],
 *   fields: { timelineEntry: [{ name: 'signedBy', type: 'text', label: { en: 'Signed by', fi: 'Kuittaaja', ru: 'Получатель', uk: 'Одержувач' } }] },
 *   jobs: {
 *     handedOver: job({
 *       input: s.object({ order: s.id(), at: s.string(), signedBy: s.string() }),
 *       async run({ order, at, signedBy }, ctx) {
 *         await ctx.records.create('timelineEntry', {
 *           kind: 'parcels-handed-over', subject: { object: 'order', id: order }, happenedAt: at, heading: 'Handed over', parcels: { signedBy },
 *         })
 *       },
 *     }),
 *   },
 * })
 */
export interface TimelineKind {
  /** As entries store it: `call`, `telephony-voicemail`. 1–60 characters; a plugin's begins with its id and a hyphen. */
  key: string
  /** What entries of it are called, in the filter of the timeline too. */
  label: Localized
  /** An icon name of the lucide set: `package-check`. */
  icon: string
  /** A colour name of the palette, as of options: `green`. */
  color: string
}
