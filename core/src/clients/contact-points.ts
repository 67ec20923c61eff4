import type { ComputedRecord } from '@kartotek/sdk'
import { normaliseEmail } from '../facts/email.ts'
import { parsePhone } from '../facts/phone.ts'
import { normaliseUrl } from '../facts/url.ts'

/**
 * The form in which a contact point recognises somebody: E.164 for phones, the lower-case address for e-mails, the host
 * for sites, the bare handle for messengers (rule C.14). A phone that no country knows is kept as it was written.
 */
export function normaliseContactPoint(kind: string, value: string, country: string): { key: string | null, problem: string | null } {
  switch (kind) {
    case 'phone': {
      if (!/\d/.test(value)) return { key: null, problem: 'phone' }
      return { key: parsePhone(value, country).e164 ?? value.replace(/[^\d+]/g, ''), problem: null }
    }
    case 'email': {
      const email = normaliseEmail(value)
      return email.valid ? { key: email.value, problem: null } : { key: null, problem: 'email' }
    }
    case 'site': {
      const url = normaliseUrl(value)
      return url.valid ? { key: url.host, problem: null } : { key: null, problem: 'url' }
    }
    default: return { key: value.trim().replace(/^@/, '').toLowerCase() || null, problem: null }
  }
}

export function computeContactPoints(records: ComputedRecord[], country: () => string): void {
  for (const record of records) {
    if (!record.isNew && !record.changed.has('value') && !record.changed.has('kind')) continue
    const { kind, value } = record.values
    if (typeof kind !== 'string' || typeof value !== 'string') continue
    const { key, problem } = normaliseContactPoint(kind, value, country())
    if (problem) record.refuse('value', problem)
    else record.values.key = key
  }
}
