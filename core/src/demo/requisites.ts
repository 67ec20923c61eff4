import type { Random } from './random.ts'
import type { City, Pack } from './words/pack.ts'

/** Numbers under which the state and a bank know an invented company: their check digits hold, the company does not exist. */
export interface Requisites {
  taxId: string
  /** КПП in Russia. */
  taxBranch?: string
  /** ОГРН or ОГРНИП in Russia. */
  registration?: string
  vatId?: string
  bank: { name: string, code: string, account: string }
}

export function requisites(random: Random, pack: Pack, city: City, sole: boolean, female: boolean): Requisites {
  switch (pack.country) {
    case 'RU': return russian(random, city, sole)
    case 'UA': return ukrainian(random, sole, female)
    case 'FI': return finnish(random)
    case 'GB': return british(random)
  }
}

const dot = (digits: string, weights: readonly number[]): number => weights.reduce((sum, weight, i) => sum + weight * Number(digits[i]), 0)

function russian(random: Random, city: City, sole: boolean): Requisites {
  const office = `${city.tax}${String(random.int(1, 49)).padStart(2, '0')}`
  const bank = random.pick([
    { name: 'Банк «Верхневолжский»', code: '047888' }, { name: 'Банк «Столичный кредит»', code: '044525' }, { name: 'Банк «Невский»', code: '044030' },
    { name: 'Банк «Сибирский»', code: '045004' },
  ])
  const code = `${bank.code}${String(700 + random.int(0, 9))}`
  const body = `40${sole ? '802' : '702'}810`
  const tail = `${random.digits(4)}0${random.digits(6)}`
  const account = `${body}${accountKey(code, `${body}0${tail}`)}${tail}`
  const year = String(random.int(8, 24)).padStart(2, '0')
  if (sole) {
    const base = office + random.digits(6)
    const first = dot(base, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10
    const second = dot(base + first, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10
    const registration = `3${year}${city.tax}${random.digits(9)}`
    return { taxId: `${base}${first}${second}`, registration: `${registration}${Number(BigInt(registration) % 13n) % 10}`, bank: { name: bank.name, code, account } }
  }
  const base = office + random.digits(5)
  const registration = `1${year}${city.tax}${random.digits(7)}`
  return {
    taxId: `${base}${dot(base, [2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10}`, taxBranch: `${office}01001`,
    registration: `${registration}${Number(BigInt(registration) % 11n) % 10}`, bank: { name: bank.name, code, account },
  }
}

/** The key digit (9th of the account) that makes Σ of the last digits of digit × 7 1 3 … a multiple of ten. */
function accountKey(bic: string, withZero: string): number {
  const sum = [...bic.slice(6) + withZero].reduce((total, digit, i) => total + (Number(digit) * [7, 1, 3][i % 3]!) % 10, 0)
  return (sum % 10) * 3 % 10
}

function ukrainian(random: Random, sole: boolean, female: boolean): Requisites {
  const mfo = random.pick(['305299', '322313', '300335', '380805'])
  const account = iban('UA', `${mfo}${'00000'}2600${random.digits(10)}`)
  return { taxId: sole ? rnokpp(random, female) : edrpou(random), bank: { name: random.pick(['Банк «Дніпровський»', 'Банк «Поділля»', 'Банк «Галичина»']), code: mfo, account } }
}

function edrpou(random: Random): string {
  const base = String(random.int(3_000_000, 4_599_999))
  const big = Number(base) * 10 > 30_000_000 && Number(base) * 10 < 60_000_000
  const weights = big ? [7, 1, 2, 3, 4, 5, 6] : [1, 2, 3, 4, 5, 6, 7]
  let check = dot(base, weights) % 11
  if (check === 10) check = dot(base, weights.map((weight) => weight + 2)) % 11
  return `${base}${check % 10}`
}

function rnokpp(random: Random, female: boolean): string {
  // Days since 1899-12-31 of somebody born 1960–2002; the ninth digit is odd for men.
  const base = `${random.int(21916, 37620)}${random.digits(3)}${random.int(0, 4) * 2 + (female ? 0 : 1)}`
  const sum = dot(base, [-1, 5, 7, 9, 4, 6, 10, 5, 7])
  return `${base}${((sum % 11) + 11) % 11 % 10}`
}

function finnish(random: Random): Requisites {
  for (;;) {
    const base = String(random.int(1_500_000, 3_399_999))
    const rest = dot(base, [7, 9, 10, 5, 8, 4, 2]) % 11
    if (rest === 1) continue
    const check = rest === 0 ? 0 : 11 - rest
    const number = `${random.pick(['5', '4'])}${random.digits(12)}`
    return {
      taxId: `${base}-${check}`, vatId: `FI${base}${check}`,
      bank: { name: random.pick(['Järvi-Suomen Pankki', 'Pohjan Pankki', 'Satakunnan Pankki']), code: 'PANKFIHH', account: iban('FI', number + luhn(number)) },
    }
  }
}

function luhn(number: string): number {
  const sum = [...number].reverse().reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return (10 - sum % 10) % 10
}

function british(random: Random): Requisites {
  const base = String(random.int(1_000_000, 9_989_999))
  const check = 97 - dot(base, [8, 7, 6, 5, 4, 3, 2]) % 97
  const vat = `GB${base}${String(check).padStart(2, '0')}`
  return {
    taxId: vat, vatId: vat, registration: String(random.int(4_000_000, 15_999_999)).padStart(8, '0'),
    bank: { name: random.pick(['Severn & Avon Bank', 'Pennine Bank', 'Albion Commercial']), code: 'ALBNGB2L', account: iban('GB', `ALBN${random.digits(14)}`) },
  }
}

function iban(country: string, account: string): string {
  const text = [...`${account}${country}00`].map((sign) => /[A-Z]/.test(sign) ? String(sign.charCodeAt(0) - 55) : sign).join('')
  let rest = 0
  for (const digit of text) rest = (rest * 10 + Number(digit)) % 97
  return `${country}${String(98 - rest).padStart(2, '0')}${account}`
}
