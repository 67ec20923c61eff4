import { taxId } from './tax-id-result.ts'
import type { TaxId, TaxIdProblem } from './tax-id-result.ts'

const dot = (digits: string, weights: number[]): number => weights.reduce((sum, weight, i) => sum + weight * Number(digits[i]), 0)
const checks = (digits: string, weights: number[], at: number): boolean => dot(digits, weights) % 11 % 10 === Number(digits[at])

/**
 * Russian numbers by their length: ИНН 10/12, ИНН with КПП («7707083893/773601001»: branches differ by it),
 * ОГРН 13, ОГРНИП 15. A КПП alone names nobody, and an ИНН that lost a digit looks like one. All zeros would pass the check digits, so they are refused, and region 00 with them.
 */
export function ruTaxId(value: string): TaxId {
  const [number = '', kpp, ...rest] = value.split('/')
  const base = { value: kpp ? `${number}/${kpp}` : number, country: 'RU' }
  if (rest.length > 0) return taxId({ ...base, value, problem: 'format' })
  if (kpp) {
    const problem = ruProblem('inn', number) ?? (number.length === 12 ? 'format' : ruProblem('kpp', kpp))
    return taxId({ ...base, kind: 'inn', problem })
  }
  const kind = ({ 10: 'inn', 12: 'inn', 13: 'ogrn', 15: 'ogrnip' } as const)[number.length]
  if (!kind) return taxId({ ...base, problem: /^\d*$/.test(number) ? 'length' : 'format' })
  return taxId({ ...base, kind, problem: ruProblem(kind, number) })
}

/** The problem of one Russian number of a known kind, or null. */
export function ruProblem(kind: 'inn' | 'kpp' | 'ogrn' | 'ogrnip', value: string): TaxIdProblem | null {
  // The reason code in signs 5–6 of a КПП may hold Latin letters; it has no check digit.
  if (kind === 'kpp') {
    if (value.length !== 9) return 'length'
    if (/^0+$/.test(value)) return 'zeros'
    return /^\d{4}[0-9A-Z]{2}\d{3}$/.test(value) ? null : 'format'
  }
  if (!/^\d*$/.test(value)) return 'format'
  if (kind !== 'inn') return ogrnProblem(value, kind)
  if (value.length !== 10 && value.length !== 12) return 'length'
  if (/^0+$/.test(value)) return 'zeros'
  if (value.startsWith('00')) return 'format'
  const ok = value.length === 10
    ? checks(value, [2, 4, 10, 3, 5, 9, 4, 6, 8], 9)
    : checks(value, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8], 10) && checks(value, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8], 11)
  return ok ? null : 'checksum'
}

/** ОГРН (13 digits, mod 11) and ОГРНИП (15 digits, mod 13). */
export function ogrnProblem(value: string, kind: 'ogrn' | 'ogrnip'): TaxIdProblem | null {
  const length = kind === 'ogrn' ? 13 : 15
  if (!/^\d*$/.test(value)) return 'format'
  if (value.length !== length) return 'length'
  if (/^0+$/.test(value)) return 'zeros'
  const check = Number(BigInt(value.slice(0, -1)) % (kind === 'ogrn' ? 11n : 13n)) % 10
  return check === Number(value.at(-1)) ? null : 'checksum'
}
