import type { ComputedRecord } from '@kartotek/sdk'
import { normaliseEmail } from '../facts/email.ts'
import { parsePhone, type Home } from '../facts/phone.ts'
import { normaliseUrl } from '../facts/url.ts'

/** Kinds of contact points that are names in a messenger, or the number of a phone. */
export const MESSENGERS: readonly string[] = ['telegram', 'whatsapp', 'viber', 'vk', 'facebook', 'skype']
const NUMBER = /^[+\d][\d\s().-]{6,}$/

/**
 * The form in which a contact point recognises somebody: E.164 for phones, faxes and messengers that go by a number, the
 * lower-case address for e-mails, the host for sites, the bare handle for other messengers (rule C.14). A phone that no
 * country knows is kept as it was written.
 */
export function normaliseContactPoint(kind: string, value: string, home: Home): { key: string | null, problem: string | null } {
  switch (kind) {
    case 'phone':
    case 'fax': {
      if (!/\d/.test(value)) return { key: null, problem: 'phone' }
      return { key: parsePhone(value, home).e164 ?? value.replace(/[^\d+]/g, ''), problem: null }
    }
    case 'email': {
      const email = normaliseEmail(value)
      return email.valid ? { key: email.value, problem: null } : { key: null, problem: 'email' }
    }
    case 'site': {
      const url = normaliseUrl(value)
      return url.valid ? { key: url.host, problem: null } : { key: null, problem: 'url' }
    }
    default: {
      const handle = (MESSENGERS.includes(kind) ? value.trim().replace(/^https?:\/\/[^/]+\//i, '') : value.trim())
      const phone = MESSENGERS.includes(kind) && NUMBER.test(handle) ? parsePhone(handle, home).e164 : null
      return { key: phone ?? (handle.replace(/^@/, '').toLowerCase() || null), problem: null }
    }
  }
}

export function computeContactPoints(records: ComputedRecord[], home: () => Home): void {
  for (const record of records) {
    if (!record.isNew && !record.changed.has('value') && !record.changed.has('kind')) continue
    const { kind, value } = record.values
    if (typeof kind !== 'string' || typeof value !== 'string') continue
    const { key, problem } = normaliseContactPoint(kind, value, home())
    if (problem) record.refuse('value', problem)
    else record.values.key = key
  }
}
