import type { Localized } from '@kartotek/sdk'

/** Why a tax number is not valid. */
export type TaxIdProblem = 'empty' | 'country' | 'length' | 'format' | 'zeros' | 'checksum'

/** A tax number and what is known of it. */
export interface TaxId {
  /** Normal form: upper case, without spaces; Y-tunnus with its dash, ИНН/КПП with a slash. */
  value: string
  /** ISO code; null if neither given nor recognised. */
  country: string | null
  /** `inn`, `ogrn`, `ogrnip`, `edrpou`, `rnokpp`, `oblikovyi`, `ipn`, `ytunnus`, `vat`, the key of another national number, or `other`. */
  kind: string
  valid: boolean
  problem: TaxIdProblem | null
  /** False where only the length could be tested, or nothing at all. */
  checked: boolean
  /** Under this a duplicate is found (`FI:20774740` for Y-tunnus and VAT number alike); null unless valid. */
  key: string | null
  /** The number holds a birth date or stands for a person: treat it as personal data. */
  personal: boolean
}

export function taxId(found: {
  value: string, country: string | null, kind?: string, key?: string, problem?: TaxIdProblem | null, checked?: boolean
}): TaxId {
  const { value, country, kind = 'other', problem = null, checked = true } = found
  const personal = kind === 'rnokpp' || (kind === 'inn' && /^\d{12}/.test(value))
  return {
    value, country, kind, valid: problem === null, problem, checked: problem === null ? checked : true,
    key: problem === null && country ? `${country}:${found.key ?? value}` : null, personal,
  }
}

/** What to tell a person about each problem. */
export const TAX_ID_PROBLEMS: Record<TaxIdProblem, Localized> = {
  empty: {
    ru: 'Введите номер.', uk: 'Введіть номер.', fi: 'Anna tunnus.', en: 'Enter a number.',
  },
  country: {
    ru: 'Укажите страну номера.', uk: 'Вкажіть країну номера.', fi: 'Anna tunnuksen maa.',
    en: 'Say which country the number belongs to.',
  },
  length: {
    ru: 'Неверная длина номера.', uk: 'Неправильна довжина номера.', fi: 'Tunnuksen pituus on väärä.',
    en: 'The number has a wrong length.',
  },
  format: {
    ru: 'Номер записан не по форме.', uk: 'Номер записано не за формою.', fi: 'Tunnus on väärää muotoa.',
    en: 'The number does not have the right form.',
  },
  zeros: {
    ru: 'Номер не может состоять из нулей.', uk: 'Номер не може складатися з нулів.', fi: 'Tunnus ei voi olla pelkkiä nollia.',
    en: 'The number cannot be all zeros.',
  },
  checksum: {
    ru: 'Контрольная цифра не сходится: проверьте номер.', uk: 'Контрольна цифра не збігається: перевірте номер.',
    fi: 'Tarkistusmerkki ei täsmää: tarkista tunnus.', en: 'The check digit does not match: look for a typing error.',
  },
}
