import type { Locale } from '@kartotek/sdk'

/** Texts that are stored, in the language of the company. */
type Words<Args extends unknown[] = []> = Record<Locale, Args extends [] ? string : (...args: Args) => string>

export const HIDDEN: Words = { ru: 'Номер скрыт', uk: 'Номер приховано', fi: 'Numero salattu', en: 'Number withheld' }

const times = (n: number, one: string, few: string, many: string): string => (n % 10 === 1 && n % 100 !== 11 ? one : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? few : many)

/** Without the number: who reads tasks may be one to whom numbers are closed. */
export const CALL_BACK: Words<[count: number]> = {
  ru: (n) => (n > 1 ? `Перезвонить (${n} ${times(n, 'пропущенный', 'пропущенных', 'пропущенных')})` : 'Перезвонить'),
  uk: (n) => (n > 1 ? `Передзвонити (${n} ${times(n, 'пропущений', 'пропущені', 'пропущених')})` : 'Передзвонити'),
  fi: (n) => (n > 1 ? `Soita takaisin (${n} vastaamatonta)` : 'Soita takaisin'),
  en: (n) => (n > 1 ? `Call back (${n} missed)` : 'Call back'),
}
export const TALKED: Record<'in' | 'out', Words> = {
  in: { ru: 'Клиент дозвонился сам.', uk: 'Клієнт додзвонився сам.', fi: 'Asiakas tavoitti meidät itse.', en: 'The client got through by himself.' },
  out: { ru: 'Перезвонили, разговор состоялся.', uk: 'Передзвонили, розмова відбулася.', fi: 'Soitettiin takaisin ja puhuttiin.', en: 'Called back and talked.' },
}
/** What a call was, without its number. */
export const HEADING: Record<'in' | 'missed' | 'out' | 'unanswered', Words> = {
  in: { ru: 'Входящий звонок', uk: 'Вхідний дзвінок', fi: 'Saapunut puhelu', en: 'Incoming call' },
  missed: { ru: 'Пропущенный звонок', uk: 'Пропущений дзвінок', fi: 'Vastaamaton puhelu', en: 'Missed call' },
  out: { ru: 'Исходящий звонок', uk: 'Вихідний дзвінок', fi: 'Lähtenyt puhelu', en: 'Outgoing call' },
  unanswered: { ru: 'Исходящий звонок, не ответили', uk: 'Вихідний дзвінок, не відповіли', fi: 'Lähtenyt puhelu, ei vastattu', en: 'Outgoing call, not answered' },
}
