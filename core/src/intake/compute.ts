import type { ComputedRecord, IntakeChannel } from '@kartotek/sdk'
import { normaliseContactPoint } from '../clients/contact-points.ts'
import { parsePhone } from '../facts/index.ts'
import type { Home } from '../facts/phone.ts'
import { deliveryKey } from './receive.ts'

/** What an item is called, and what its delivery is known by. */
export function computeItems(items: ComputedRecord[], channels: readonly IntakeChannel[]): void {
  for (const { values, isNew, changed, parts, refuse } of items) {
    if (isNew && !values.receivedAt) values.receivedAt = new Date().toISOString()
    if (isNew && !channels.some((channel) => channel.key === values.channel)) refuse('channel', 'option', { options: channels.map((channel) => channel.key) })
    if (isNew) values.deliveryKey = deliveryKey({ channel: String(values.channel), source: values.source as string | null, externalId: values.externalId as string | null })
    if (isNew || parts.points || ['person', 'company', 'text'].some((key) => changed.has(key))) values.heading = headingOf(values, parts.points) ?? values.heading
  }
}

/** Kinds of points that are, or may be, a telephone number. */
const WITH_NUMBER = new Set(['phone', 'fax', 'whatsapp', 'viber'])

export function computePoints(points: ComputedRecord[], home: Home): void {
  for (const { values, isNew, changed } of points) {
    if (!isNew && !changed.has('kind') && !changed.has('value')) continue
    const { key, problem } = normaliseContactPoint(String(values.kind), String(values.value), home)
    values.key = problem ? null : key
    values.country = WITH_NUMBER.has(String(values.kind)) ? parsePhone(String(values.value), home).country : null
  }
}

function headingOf(values: Record<string, unknown>, points: readonly ComputedRecord[] | undefined): string | null {
  const names = [values.person, values.company].filter(Boolean).join(', ')
  const line = String(values.text ?? '').trim().split('\n')[0]!
  const text = names || (points?.[0] ? String(points[0].values.value) : '') || line
  return text ? [...text].slice(0, 120).join('') : null
}
