import type { Locale } from '@kartotek/sdk'
import type { PersonalFile } from './export.ts'
import { momentIn } from './words.ts'

const WORDS = {
  title: { ru: 'Персональные данные', uk: 'Персональні дані', fi: 'Henkilötiedot', en: 'Personal data' },
  made: { ru: 'Выгрузку сделал(а) {by}, {at}', uk: 'Вивантаження: {by}, {at}', fi: 'Koonnut {by}, {at}', en: 'Made by {by}, {at}' },
  incomplete: { ru: 'Здесь есть не всё: составитель видит не все записи и поля.', uk: 'Тут є не все: укладач бачить не всі записи й поля.', fi: 'Tässä ei ole kaikkea: koostaja ei näe kaikkia tietueita ja kenttiä.', en: 'This is not all: who made it does not see every record and field.' },
} satisfies Record<string, Record<Locale, string>>

const escaped = (text: unknown): string => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

/** The same as a page that everybody can read and print: no script, nothing from elsewhere. */
export function personalPage(file: PersonalFile, locale: Locale, timeZone: string): string {
  const made = WORDS.made[locale].replace('{by}', file.made.by).replace('{at}', momentIn(file.made.at, locale, timeZone))
  const sections = [...file.sections, ...Object.entries(file.plugins).map(([title, data]) => ({ title, records: [data as Record<string, unknown>] }))]
  return `<!doctype html><html lang="${locale}"><meta charset="utf-8"><title>${escaped(file.about.name)}</title>
<style>body{font:14px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%;margin:0 0 1rem}th,td{text-align:left;vertical-align:top;border-top:1px solid #ddd;padding:.25rem .5rem;overflow-wrap:anywhere}th{width:14rem;font-weight:500;color:#555}td td,td th{border:0;padding:0 .5rem 0 0}</style>
<h1>${escaped(WORDS.title[locale])}: ${escaped(file.about.name)}</h1><p>${escaped(made)}</p>${file.complete ? '' : `<p><strong>${escaped(WORDS.incomplete[locale])}</strong></p>`}
${sections.map(({ title, records }) => `<h2>${escaped(title)} (${records.length})</h2>${records.map(rows).join('')}`).join('\n')}</html>`
}

const rows = (record: object): string => `<table>${Object.entries(record).filter(([, value]) => value !== null && value !== undefined && value !== '').map(([key, value]) => `<tr><th>${escaped(key)}</th><td>${cell(value)}</td></tr>`).join('')}</table>`

function cell(value: unknown): string {
  if (Array.isArray(value)) return value.map(cell).join(value.some((one) => typeof one === 'object') ? '' : ', ')
  if (typeof value === 'object' && value !== null) return rows(value)
  return escaped(value).replace(/\n/g, '<br>')
}
