import type { Locale } from '@kartotek/sdk'

/** Texts that are stored, in the language of the company. */
type Words<Args extends unknown[] = []> = Record<Locale, Args extends [] ? string : (...args: Args) => string>

export const HIDDEN: Words = { ru: 'Номер скрыт', uk: 'Номер приховано', fi: 'Numero salattu', en: 'Number withheld' }

const times = (n: number, one: string, few: string, many: string): string => (n % 10 === 1 && n % 100 !== 11 ? one : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? few : many)

export const CALL_BACK: Words<[number: string, count: number]> = {
  ru: (number, n) => (n > 1 ? `Перезвонить: ${number} (${n} ${times(n, 'пропущенный', 'пропущенных', 'пропущенных')})` : `Перезвонить: ${number}`),
  uk: (number, n) => (n > 1 ? `Передзвонити: ${number} (${n} ${times(n, 'пропущений', 'пропущені', 'пропущених')})` : `Передзвонити: ${number}`),
  fi: (number, n) => (n > 1 ? `Soita takaisin: ${number} (${n} vastaamatonta)` : `Soita takaisin: ${number}`),
  en: (number, n) => (n > 1 ? `Call back: ${number} (${n} missed)` : `Call back: ${number}`),
}
export const TALKED: Record<'in' | 'out', Words> = {
  in: { ru: 'Клиент дозвонился сам.', uk: 'Клієнт додзвонився сам.', fi: 'Asiakas tavoitti meidät itse.', en: 'The client got through by himself.' },
  out: { ru: 'Перезвонили, разговор состоялся.', uk: 'Передзвонили, розмова відбулася.', fi: 'Soitettiin takaisin ja puhuttiin.', en: 'Called back and talked.' },
}
export const HEADING: Record<'in' | 'missed' | 'out' | 'unanswered', Words<[number: string]>> = {
  in: { ru: (n) => `Входящий звонок: ${n}`, uk: (n) => `Вхідний дзвінок: ${n}`, fi: (n) => `Saapunut puhelu: ${n}`, en: (n) => `Incoming call: ${n}` },
  missed: { ru: (n) => `Пропущенный звонок: ${n}`, uk: (n) => `Пропущений дзвінок: ${n}`, fi: (n) => `Vastaamaton puhelu: ${n}`, en: (n) => `Missed call: ${n}` },
  out: { ru: (n) => `Исходящий звонок: ${n}`, uk: (n) => `Вихідний дзвінок: ${n}`, fi: (n) => `Lähtenyt puhelu: ${n}`, en: (n) => `Outgoing call: ${n}` },
  unanswered: { ru: (n) => `Исходящий звонок, не ответили: ${n}`, uk: (n) => `Вихідний дзвінок, не відповіли: ${n}`, fi: (n) => `Lähtenyt puhelu, ei vastattu: ${n}`, en: (n) => `Outgoing call, not answered: ${n}` },
}
