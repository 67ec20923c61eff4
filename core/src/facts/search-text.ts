import { phoneDigits } from './phone.ts'

const APOSTROPHES = /['’ʼ‘`´ʹ＇]/g
/** Digits with the signs that people put between them: at least seven digits in all. */
const NUMBER_RUN = /\+?\(?\d(?:[\s().–-]{0,2}\d){6,}/g

/**
 * The form in which texts are compared: NFC, lower case, ё → е, one apostrophe, non-breaking spaces and runs of spaces
 * as one space. Ukrainian apostrophes ' ’ ʼ thus compare equal.
 */
export function searchForm(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll('ё', 'е').replace(APOSTROPHES, "'")
    .replace(/[\s\u00a0\u202f]+/g, ' ').trim()
}

/**
 * The search text of a record: its searchable values in search form, and for every telephone-like number its bare
 * digits (E.164 values also in national form), so that a number is found however it is typed.
 * @example searchText(['Пётр', '+79161234567']) // 'петр +79161234567 79161234567 89161234567'
 */
export function searchText(values: readonly (string | number | null | undefined)[]): string {
  const parts = new Set<string>()
  for (const value of values) {
    if (value === null || value === undefined || value === '') continue
    const text = searchForm(String(value))
    if (text) parts.add(text)
    for (const digits of numbersIn(text)) parts.add(digits)
  }
  return [...parts].join(' ')
}

/**
 * The words of a query, each of which must occur in the search text. The same normalisation as searchText; a number
 * with spaces, brackets or dashes becomes one word of digits.
 * @example searchWords('Ёлкин 8 (916) 123-45-67') // ['елкин', '89161234567']
 */
export function searchWords(query: string): string[] {
  const text = searchForm(query).replace(NUMBER_RUN, (run) => ` ${run.replace(/\D/g, '')} `)
  return [...new Set(text.split(' ').filter((word) => word !== ''))]
}

function numbersIn(text: string): string[] {
  if (/^\+\d{7,15}$/.test(text)) return phoneDigits(text)
  return (text.match(NUMBER_RUN) ?? []).map((run) => run.replace(/\D/g, '')).filter((digits) => digits !== text)
}
