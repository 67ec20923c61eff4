import { createRequire } from 'node:module'
import type { Validator } from 'stdnum'
import { ogrnProblem, ruProblem, ruTaxId } from './tax-id-ru.ts'
import { taxId } from './tax-id-result.ts'
import type { TaxId, TaxIdProblem } from './tax-id-result.ts'

export type { TaxId, TaxIdProblem } from './tax-id-result.ts'
export { ogrnProblem, ruProblem }

let library: typeof import('stdnum') | undefined
/** The rules of 92 countries are hundreds of files: the first number pays for them, not the start of the server. */
const rules = (): typeof import('stdnum') => library ??= createRequire(import.meta.url)('stdnum') as typeof import('stdnum')

/**
 * Checks a number under which a tax office knows somebody. Form and check digits only: that the number is registered
 * is a question to a public register. Rules: ФНС (ИНН, КПП, ОГРН), ДПС (ЄДРПОУ, РНОКПП), PRH (Y-tunnus), EU VAT by member
 * state; other countries by the `stdnum` library; a country without known rule is accepted with `checked: false`.
 * @param country ISO code; a value with an EU VAT prefix names its country itself.
 * @example checkTaxId('7707083893/773601001', 'RU') // value '7707083893/773601001', kind 'inn', valid true
 */
export function checkTaxId(raw: string, country?: string | null): TaxId {
  const text = raw.normalize('NFKC').trim().toUpperCase()
  const value = text.replace(/[^\p{L}\p{N}/]/gu, '')
  const of = country?.toUpperCase() || null
  if (!value) return taxId({ value: text, country: of, problem: 'empty' })
  if (value.length > 30) return taxId({ value: text, country: of, problem: 'length' })
  if (of === 'RU') return ruTaxId(value)
  if (of === 'UA' && !value.startsWith('UA')) return uaTaxId(value)
  const vat = euVatId(value, of)
  if (vat) return vat
  if (of === 'FI') return fiTaxId(value)
  if (!of) return taxId({ value, country: null, problem: 'country' })
  return otherTaxId(value, of)
}

function uaTaxId(value: string): TaxId {
  const digits = value.replace(/\D/g, '')
  const base = { value: digits, country: 'UA' }
  if (digits !== value) return taxId({ ...base, value, problem: 'format' })
  if (/^0+$/.test(digits)) return taxId({ ...base, problem: 'zeros' })
  switch (digits.length) {
    case 8: return taxId({ ...base, kind: 'edrpou', problem: problemOf(rules().stdnum.UA!.edrpou!, digits) })
    case 10: return taxId({ ...base, kind: 'rnokpp', problem: problemOf(rules().stdnum.UA!.rntrc!, digits) })
    // The check digits of these two are not published: the length is all that can be tested, and that the first begins with 77 or 88.
    case 9: return taxId({ ...base, kind: 'oblikovyi', problem: /^(77|88)/.test(digits) ? null : 'format', checked: false })
    case 12: return taxId({ ...base, kind: 'ipn', checked: false })
    default: return taxId({ ...base, problem: 'length' })
  }
}

/** Y-tunnus, also in its old form with six digits; shown with its dash. */
function fiTaxId(value: string): TaxId {
  if (!/^\d+$/.test(value)) return taxId({ value, country: 'FI', kind: 'ytunnus', problem: 'format' })
  const digits = value.length === 7 ? `0${value}` : value
  if (digits.length !== 8) return taxId({ value, country: 'FI', kind: 'ytunnus', problem: 'length' })
  const problem = /^0+$/.test(digits) ? 'zeros' : problemOf(rules().stdnum.FI!.ytunnus!, digits)
  return taxId({ value: `${digits.slice(0, 7)}-${digits[7]}`, country: 'FI', kind: 'ytunnus', key: digits, problem })
}

/** A number with the prefix of a member state (EL for Greece, XI for Northern Ireland) or GB, or null where it has none. */
function euVatId(value: string, country: string | null): TaxId | null {
  const prefix = /^[A-Z]{2}/.exec(value)?.[0]
  if (!prefix) return null
  const state = ({ EL: 'GR', XI: 'GB' })[prefix] ?? prefix
  if (country && country !== state) return null
  if (state === 'GB') {
    return taxId({ value, country: 'GB', kind: 'vat', key: value, problem: problemOf(rules().stdnum.GB!.vat!, `GB${value.slice(2)}`) })
  }
  const validators = rules().euVat[state]
  if (!validators?.length) return null
  const problem = firstProblem(validators, value)
  const number = value.slice(2)
  return taxId({ value, country: state, kind: 'vat', key: number, problem })
}

function otherTaxId(value: string, country: string): TaxId {
  const candidates = [...(rules().euVat[country] ?? []), ...(rules().entityValidators[country] ?? [])]
  if (candidates.length === 0) return taxId({ value, country, checked: false })
  const hit = candidates.find((candidate) => candidate.validate(value).isValid)
  const compact = hit ? hit.compact(value) : value
  return taxId({ value: compact, country, kind: kindOf(hit, country), key: compact, problem: hit ? null : firstProblem(candidates, value) })
}

/** The problem that says most: wrong check digits rather than a wrong length, none if any validator accepts. */
function firstProblem(validators: Validator[], value: string): TaxIdProblem | null {
  const problems = validators.map((validator) => problemOf(validator, value))
  if (problems.includes(null)) return null
  return (['checksum', 'format', 'length'] as const).find((problem) => problems.includes(problem)) ?? 'format'
}

function problemOf(validator: Validator, value: string): TaxIdProblem | null {
  const result = validator.validate(value)
  if (result.isValid) return null
  switch (result.error?.name) {
    case 'InvalidChecksum': return 'checksum'
    case 'InvalidLength': return 'length'
    default: return 'format'
  }
}

function kindOf(validator: Validator | undefined, country: string): string {
  if (!validator) return 'other'
  if (rules().euVat[country]?.includes(validator)) return 'vat'
  return Object.entries(rules().stdnum[country] ?? {}).find(([, known]) => known === validator)?.[0] ?? 'other'
}
