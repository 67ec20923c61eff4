import { CURRENCIES } from '@kartotek/sdk'
import { normaliseEmail } from '../../facts/email.ts'
import { parsePhone } from '../../facts/phone.ts'
import { checkTaxId } from '../../facts/tax-id.ts'
import { normaliseUrl } from '../../facts/url.ts'
import { plainType, ValueIssue, type FieldType } from './field-type.ts'

/** Line breaks and control characters have no place in one-line texts. */
const oneLine = (value: unknown): string => String(value).replace(/[\u0000-\u001f\u007f]+/g, ' ').trim()

export const text = plainType('text', 'text', 'String', 'text', (d) => ({
  type: 'string', maxLength: d.maxLength ?? 255, ...(d.minLength ? { minLength: d.minLength } : {}), ...(d.pattern ? { pattern: `^(?:${d.pattern})$` } : {}),
  ...(d.format === 'currency' ? { enum: [...CURRENCIES] } : {}),
}), { write: (value) => ({ '': oneLine(value) || null }) })

export const longText = plainType('longText', 'text', 'String', 'text', (d) => ({
  type: 'string', maxLength: d.maxLength ?? 20_000, ...(d.minLength ? { minLength: d.minLength } : {}),
}), {
  sortable: false,
  groupable: false,
  write: (value) => ({ '': String(value).replaceAll('\u0000', '').trimEnd() || null }),
})

export const email = plainType('email', 'text', 'String', 'text', () => ({ type: 'string', maxLength: 254 }), {
  write(value) {
    if (!String(value).trim()) return { '': null }
    const address = normaliseEmail(String(value))
    if (!address.valid) throw new ValueIssue('email')
    return { '': address.value }
  },
})

export const url = plainType('url', 'text', 'String', 'text', () => ({ type: 'string', maxLength: 2_000 }), {
  write(value) {
    if (!String(value).trim()) return { '': null }
    const address = normaliseUrl(String(value))
    if (!address.valid) throw new ValueIssue('url')
    return { '': address.value }
  },
})

/** Phones keep the raw text; the normalised number is what filters, search and recognition use. */
export const phone: FieldType = {
  name: 'phone',
  columns: () => [
    { suffix: '', type: 'text' }, { suffix: 'e164', type: 'text' }, { suffix: 'country', type: 'text' },
    { suffix: 'type', type: 'text' }, { suffix: 'ext', type: 'text' },
  ],
  output: 'Phone',
  input: 'String',
  filter: 'text',
  sortable: true,
  groupable: false,
  summable: false,
  schema: () => ({ type: 'string', maxLength: 60 }),
  write(value, _definition, context) {
    const raw = oneLine(value)
    if (!raw) return { '': null, 'e164': null, 'country': null, 'type': null, 'ext': null }
    if (!/\d/.test(raw)) throw new ValueIssue('phone')
    const parsed = parsePhone(raw, context)
    return { '': raw, 'e164': parsed.e164, 'country': parsed.country, 'type': parsed.type, 'ext': parsed.extension }
  },
  read: (c) => ({ raw: c(''), e164: c('e164'), country: c('country'), type: c('type'), extension: c('ext') }),
  text: (c) => `${String(c(''))} ${String(c('e164') ?? '')}`,
}

export const taxId: FieldType = {
  name: 'taxId',
  columns: () => [{ suffix: '', type: 'text' }, { suffix: 'country', type: 'text' }, { suffix: 'kind', type: 'text' }],
  output: 'TaxId',
  input: 'TaxIdInput',
  filter: 'text',
  sortable: true,
  groupable: false,
  summable: false,
  schema: () => ({
    type: 'object',
    properties: { value: { type: 'string', maxLength: 40 }, country: { type: ['string', 'null'], pattern: '^[A-Z]{2}$' } },
    required: ['value'],
    additionalProperties: false,
  }),
  write(value, _definition, context) {
    const { value: raw, country } = value as { value: string, country?: string | null }
    if (!raw.trim()) return { '': null, 'country': null, 'kind': null }
    const checked = checkTaxId(raw, country ?? context.country)
    if (!checked.valid) throw new ValueIssue('taxId', { country: checked.country })
    return { '': checked.value, 'country': checked.country, 'kind': checked.kind }
  },
  read: (c) => ({ value: c(''), country: c('country'), kind: c('kind') }),
  text: (c) => String(c('')),
}
