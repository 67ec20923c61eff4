import { electronicFormatIBAN, friendlyFormatIBAN, isValidIBAN, validateIBAN, ValidationErrorsIBAN } from 'ibantools'

export type BankProblem = 'empty' | 'format' | 'length' | 'checksum' | 'country'

/** A bank account number and what is known of it. */
export interface BankAccount {
  /** Electronic form: upper case, no spaces. */
  value: string
  /** For people: in groups of four. */
  display: string
  country: string | null
  /** БИК of a Russian account, МФО of a Ukrainian IBAN; null where the IBAN does not tell. */
  bankCode: string | null
  valid: boolean
  problem: BankProblem | null
  /** The number passes, but somebody should look at it: an account in a unit of the Bank of Russia or of the treasury. */
  doubtful: boolean
}

/** Σ of the last digits of digit × 7 1 3 7 1 3 …, mod 10, must be 0 (order ЦБ РФ 08.09.1997 № 515). */
const keyHolds = (prefix: string, account: string): boolean =>
  [...prefix + account].reduce((sum, digit, i) => sum + (Number(digit) * [7, 1, 3][i % 3]!) % 10, 0) % 10 === 0

const groups = (value: string): string => value.replace(/(.{4})(?=.)/g, '$1 ')

/**
 * Checks a Russian account with the БИК of its bank: расчётный счёт, or корр. счёт (begins with 301). Accounts in units
 * of the Bank of Russia (БИК ending 000–002) follow the rule of the corr. account, those of the treasury (ЕКС, since 2021)
 * may follow neither: such a mismatch is doubtful, not wrong.
 */
export function checkRuAccount(account: string, bic: string): BankAccount {
  const value = account.replace(/[\s.-]/g, '')
  const bank = bic.replace(/\s/g, '')
  const result = (problem: BankProblem | null, doubtful = false): BankAccount =>
    ({ value, display: groups(value), country: 'RU', bankCode: bank || null, valid: problem === null, problem, doubtful })
  if (!value) return result('empty')
  if (!/^\d+$/.test(value) || !/^\d{9}$/.test(bank)) return result('format')
  if (value.length !== 20) return result('length')
  const ofCentralBank = /00[0-2]$/.test(bank)
  const treasury = value.startsWith('03') || (value.startsWith('40102') && ofCentralBank)
  const holds = value.startsWith('301') || ofCentralBank ? keyHolds(`0${bank.slice(4, 6)}`, value) : keyHolds(bank.slice(6), value)
  if (holds) return result(null)
  return treasury || ofCentralBank ? result(null, true) : result('checksum')
}

/** Checks an IBAN of any country of the registry. @example checkIban('FI21 1234 5600 0007 85').valid // true */
export function checkIban(raw: string): BankAccount {
  const value = electronicFormatIBAN(raw) ?? ''
  const country = /^[A-Z]{2}/.exec(value)?.[0] ?? null
  const problem = !value ? 'empty' : isValidIBAN(value) ? null : ibanProblem(value)
  return {
    value, display: friendlyFormatIBAN(value) ?? value, country, valid: problem === null, problem, doubtful: false,
    // ibantools knows no bank id for Ukraine: the МФО is signs 5–10.
    bankCode: problem === null && country === 'UA' ? value.slice(4, 10) : null,
  }
}

function ibanProblem(value: string): BankProblem {
  const { errorCodes } = validateIBAN(value)
  if (errorCodes.includes(ValidationErrorsIBAN.NoIBANCountry)) return 'country'
  if (errorCodes.includes(ValidationErrorsIBAN.WrongBBANLength)) return 'length'
  if (errorCodes.includes(ValidationErrorsIBAN.WrongBBANFormat)) return 'format'
  return 'checksum'
}
