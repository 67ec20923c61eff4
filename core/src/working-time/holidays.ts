import type { Localized } from '@kartotek/sdk'

export interface Holiday { date: string, name: Localized }

/** A day of each year: a date, so many days after Easter, or the first such weekday (1 is Monday) from a date on. */
type Rule = { name: Localized, since?: number } & ({ on: string } | { easter: number } | { weekday: number, from: string })

const NEW_YEAR: Localized = { ru: 'Новый год', uk: 'Новий рік', fi: 'Uudenvuodenpäivä', en: 'New Year' }
const LABOUR: Localized = { ru: 'Праздник труда', uk: 'День праці', fi: 'Vappu', en: 'May Day' }
const CHRISTMAS: Localized = { ru: 'Рождество', uk: 'Різдво', fi: 'Joulupäivä', en: 'Christmas' }
const WOMEN: Localized = { ru: 'Международный женский день', uk: 'Міжнародний жіночий день', fi: 'Kansainvälinen naistenpäivä', en: 'International Women’s Day' }
const EASTER: Localized = { ru: 'Пасха', uk: 'Великдень', fi: 'Pääsiäispäivä', en: 'Easter' }
const PENTECOST: Localized = { ru: 'Троица', uk: 'Трійця', fi: 'Helluntaipäivä', en: 'Pentecost' }
const HOLIDAYS_OF_NEW_YEAR: Localized = { ru: 'Новогодние каникулы', uk: 'Новорічні канікули', fi: 'Uudenvuoden vapaat', en: 'New Year holidays' }

/**
 * Public holidays by law: Russia, Labour Code art. 112; Ukraine, Labour Code art. 73; Finland, with the two eves on which
 * nearly all agreements give the day off. Which working days governments move is decided year by year, and entered as
 * days of the company.
 */
const RULES = {
  RU: {
    calendar: 'julian', rules: [
      { on: '01-01', name: NEW_YEAR }, ...['02', '03', '04', '05', '06', '08'].map((day) => ({ on: `01-${day}`, name: HOLIDAYS_OF_NEW_YEAR })), { on: '01-07', name: CHRISTMAS },
      { on: '02-23', name: { ru: 'День защитника Отечества', uk: 'День захисника Вітчизни (РФ)', fi: 'Isänmaan puolustajan päivä', en: 'Defender of the Fatherland Day' } },
      { on: '03-08', name: WOMEN }, { on: '05-01', name: LABOUR },
      { on: '05-09', name: { ru: 'День Победы', uk: 'День Перемоги (РФ)', fi: 'Voitonpäivä', en: 'Victory Day' } },
      { on: '06-12', name: { ru: 'День России', uk: 'День Росії', fi: 'Venäjän päivä', en: 'Russia Day' } },
      { on: '11-04', name: { ru: 'День народного единства', uk: 'День народної єдності (РФ)', fi: 'Kansallisen yhtenäisyyden päivä', en: 'Unity Day' } },
    ],
  },
  UA: {
    calendar: 'julian', rules: [
      { on: '01-01', name: NEW_YEAR }, { on: '03-08', name: WOMEN }, { easter: 0, name: EASTER }, { on: '05-01', name: LABOUR },
      { on: '05-08', name: { ru: 'День памяти и победы над нацизмом', uk: 'День пам’яті та перемоги над нацизмом', fi: 'Muistopäivä', en: 'Day of Remembrance and Victory over Nazism' }, since: 2024 },
      { easter: 49, name: PENTECOST },
      { on: '06-28', name: { ru: 'День Конституции Украины', uk: 'День Конституції України', fi: 'Ukrainan perustuslain päivä', en: 'Constitution Day of Ukraine' } },
      { on: '07-15', name: { ru: 'День украинской государственности', uk: 'День Української Державності', fi: 'Ukrainan valtiollisuuden päivä', en: 'Statehood Day of Ukraine' }, since: 2024 },
      { on: '08-24', name: { ru: 'День независимости Украины', uk: 'День Незалежності України', fi: 'Ukrainan itsenäisyyspäivä', en: 'Independence Day of Ukraine' } },
      { on: '10-01', name: { ru: 'День защитников и защитниц Украины', uk: 'День захисників і захисниць України', fi: 'Ukrainan puolustajien päivä', en: 'Defenders Day of Ukraine' }, since: 2023 },
      { on: '12-25', name: CHRISTMAS },
    ],
  },
  FI: {
    calendar: 'gregorian', rules: [
      { on: '01-01', name: NEW_YEAR }, { on: '01-06', name: { ru: 'Богоявление', uk: 'Богоявлення', fi: 'Loppiainen', en: 'Epiphany' } },
      { easter: -2, name: { ru: 'Страстная пятница', uk: 'Страсна п’ятниця', fi: 'Pitkäperjantai', en: 'Good Friday' } }, { easter: 0, name: EASTER },
      { easter: 1, name: { ru: 'Пасхальный понедельник', uk: 'Великодній понеділок', fi: 'Toinen pääsiäispäivä', en: 'Easter Monday' } }, { on: '05-01', name: LABOUR },
      { easter: 39, name: { ru: 'Вознесение', uk: 'Вознесіння', fi: 'Helatorstai', en: 'Ascension Day' } }, { easter: 49, name: PENTECOST },
      { weekday: 5, from: '06-19', name: { ru: 'Канун Иванова дня', uk: 'Переддень Івана Купала', fi: 'Juhannusaatto', en: 'Midsummer Eve' } },
      { weekday: 6, from: '06-20', name: { ru: 'Иванов день', uk: 'День Івана Купала', fi: 'Juhannuspäivä', en: 'Midsummer Day' } },
      { weekday: 6, from: '10-31', name: { ru: 'День всех святых', uk: 'День усіх святих', fi: 'Pyhäinpäivä', en: 'All Saints’ Day' } },
      { on: '12-06', name: { ru: 'День независимости', uk: 'День незалежності', fi: 'Itsenäisyyspäivä', en: 'Independence Day' } },
      { on: '12-24', name: { ru: 'Сочельник', uk: 'Святвечір', fi: 'Jouluaatto', en: 'Christmas Eve' } }, { on: '12-25', name: CHRISTMAS },
      { on: '12-26', name: { ru: 'Второй день Рождества', uk: 'Другий день Різдва', fi: 'Tapaninpäivä', en: 'Boxing Day' } },
    ],
  },
} satisfies Record<string, { calendar: 'julian' | 'gregorian', rules: Rule[] }>

/** Countries whose holidays are known. */
export const HOLIDAY_COUNTRIES = Object.keys(RULES) as (keyof typeof RULES)[]

const years = new Map<string, Holiday[]>()

/** The public holidays of a year, in order; none for a country that is not among {@link HOLIDAY_COUNTRIES}. */
export function holidaysOf(country: string, year: number): readonly Holiday[] {
  const key = `${country} ${year}`
  let found = years.get(key)
  if (!found) {
    const { calendar, rules } = (RULES as Record<string, { calendar: 'julian' | 'gregorian', rules: Rule[] }>)[country] ?? { calendar: 'gregorian', rules: [] }
    found = rules.filter((rule) => !rule.since || year >= rule.since).map((rule) => ({ date: dateOf(rule, year, calendar), name: rule.name })).sort((a, b) => (a.date < b.date ? -1 : 1))
    if (years.size > 500) years.clear()
    years.set(key, found)
  }
  return found
}

function dateOf(rule: Rule, year: number, calendar: 'julian' | 'gregorian'): string {
  if ('on' in rule) return `${year}-${rule.on}`
  if ('easter' in rule) return addDays(calendar === 'julian' ? orthodoxEaster(year) : easter(year), rule.easter)
  const from = `${year}-${rule.from}`
  const weekday = new Date(`${from}T00:00:00Z`).getUTCDay()
  return addDays(from, (rule.weekday - weekday + 7) % 7)
}

function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

const iso = (year: number, month: number, day: number): string => `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`

/** Easter of the western churches (the anonymous Gregorian computus). */
export function easter(year: number): string {
  const a = year % 19, b = Math.floor(year / 100), c = year % 100
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const n = h + l - 7 * m + 114
  return iso(year, Math.floor(n / 31), n % 31 + 1)
}

/** Easter of the eastern churches (the Julian computus of Meeus), by the civil calendar. */
export function orthodoxEaster(year: number): string {
  const d = (19 * (year % 19) + 15) % 30
  const e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7
  const n = d + e + 114
  return addDays(iso(year, Math.floor(n / 31), n % 31 + 1), Math.floor(year / 100) - Math.floor(year / 400) - 2)
}
