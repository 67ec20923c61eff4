import type { ComputedRecord } from '@kartotek/sdk'
import { isValidIBAN } from 'ibantools'
import { checkRuAccount } from '../facts/bank.ts'
import { ruProblem } from '../facts/tax-id.ts'

const bare = (value: unknown): string => (typeof value === 'string' ? value.replace(/[\s.-]/g, '') : '')

/** Numbers of registration and of branches, by the rules of the client's country; other countries have none that we know. */
export function checkRegistration(clients: ComputedRecord[], country: () => string): void {
  for (const { values, changed, refuse } of clients) {
    if (!changed.has('registrationNumber') && !changed.has('branchCode')) continue
    const of = (values.taxId as { country?: string | null } | null)?.country ?? country()
    if (of !== 'RU') continue
    const check = (key: string, kind: (value: string) => Parameters<typeof ruProblem>[0]): void => {
      const value = bare(values[key]).toUpperCase()
      if (!changed.has(key) || !value) return
      if (ruProblem(kind(value), value)) refuse(key, key)
      else values[key] = value
    }
    check('registrationNumber', (value) => (value.length === 15 ? 'ogrnip' : 'ogrn'))
    check('branchCode', () => 'kpp')
  }
}

/** An IBAN by its check digits; a Russian account, and that of its bank, by the БИК. Doubtful ones (of the treasury) are kept. */
export function checkBankAccounts(accounts: ComputedRecord[], country: () => string): void {
  for (const { values, changed, refuse } of accounts) {
    const [account, bic, correspondent] = [bare(values.account).toUpperCase(), bare(values.bic), bare(values.correspondentAccount)]
    if (/^[A-Z]{2}\d{2}/.test(account)) {
      if (!changed.has('account')) continue
      if (isValidIBAN(account)) values.account = account
      else refuse('account', 'iban')
      continue
    }
    // Nine digits are a bank of Russia, where the account is of twenty as well or the company is there; elsewhere they may be another code.
    if (!/^\d{9}$/.test(bic) || (country() !== 'RU' && !/^\d{20}$/.test(account))) continue
    const check = (key: string, number: string): void => {
      if (!number || (!changed.has(key) && !changed.has('bic'))) return
      const checked = checkRuAccount(number, bic)
      if (checked.valid) values[key] = checked.value
      else refuse(key, 'bankAccount')
    }
    check('account', account)
    check('correspondentAccount', correspondent)
  }
}
