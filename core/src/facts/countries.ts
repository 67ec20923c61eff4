import { LOCALES } from '@kartotek/sdk'
import type { Locale } from '@kartotek/sdk'
import { searchForm } from './search-text.ts'

/** ISO 3166-1 alpha-2. */
export const COUNTRIES: readonly string[] = ('AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM ' +
  'BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ' +
  'ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS ' +
  'IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ ' +
  'MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU ' +
  'RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM ' +
  'US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW').split(' ')

/** What people and other programs write instead of the standard name. */
const ALIASES: Record<string, string[]> = {
  US: ['USA', 'U.S.A.', 'U.S.', 'United States of America', 'America', 'США', 'Америка', 'Yhdysvallat', 'Сполучені Штати', 'Соединённые Штаты Америки'],
  GB: ['UK', 'U.K.', 'Great Britain', 'Britain', 'England', 'Scotland', 'Wales', 'Northern Ireland', 'Англия', 'Англія',
    'Великобритания', 'Велика Британія', 'Британия', 'Englanti', 'Britannia', 'Iso-Britannia'],
  RU: ['РФ', 'Российская Федерация', 'Російська Федерація', 'Russian Federation'],
  UA: ['Украина', 'Україна'], NL: ['Holland', 'The Netherlands', 'Голландия', 'Голландія', 'Hollanti'],
  CZ: ['Czech Republic', 'Чешская Республика', 'Tšekin tasavalta'], BY: ['Белоруссия', 'Беларусь', 'Білорусь', 'Valko-Venäjä'],
  KR: ['Korea', 'Республика Корея', 'Южная Корея'], AE: ['UAE', 'ОАЭ', 'ОАЕ', 'Emirates'], MD: ['Молдавия', 'Moldavia'],
  KG: ['Киргизия'], TR: ['Turkey', 'Турция', 'Turkki'], CN: ["People's Republic of China", 'КНР'], IE: ['Eire'],
  EE: ['Eesti'], DE: ['Deutschland', 'ФРГ'], SE: ['Sverige'], FI: ['Suomi', 'Finland'], VE: ['Venezuela'], CI: ['Ivory Coast'],
}

const names = Object.fromEntries(LOCALES.map((locale) => [locale, new Intl.DisplayNames([locale], { type: 'region', fallback: 'none' })]))
let byName: Map<string, string> | undefined

/** The name of a country in one language; the code itself where it is unknown. */
export function countryName(code: string, locale: Locale): string {
  return /^[A-Z]{2}$/.test(code) ? (names[locale]!.of(code) ?? code) : code
}

/**
 * The ISO code of a country written as its code or as its name in any of the four languages; null where unknown.
 * @example countryCode('Saksa') // 'DE'
 */
export function countryCode(text: string): string | null {
  const code = text.trim().toUpperCase()
  if (code.length === 2 && COUNTRIES.includes(code)) return code
  byName ??= index()
  return byName.get(nameKey(text)) ?? null
}

const nameKey = (text: string): string => searchForm(text).replace(/[^\p{L}]+/gu, ' ').trim()

function index(): Map<string, string> {
  const found = new Map<string, string>()
  for (const code of COUNTRIES) for (const locale of LOCALES) found.set(nameKey(countryName(code, locale)), code)
  for (const [code, aliases] of Object.entries(ALIASES)) for (const alias of aliases) found.set(nameKey(alias), code)
  return found
}
