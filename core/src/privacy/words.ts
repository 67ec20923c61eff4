import { textIn, type Locale } from '@kartotek/sdk'
import { cellOf } from '../export/values.ts'
import { YES_NO } from '../messages/yes-no.ts'
import { objectOf, type FieldModel } from '../model/model.ts'
import type { Node } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { KEPT, KINDS, TOLD } from '../timeline/kinds.ts'
import { titleIn } from '../records/rows.ts'
import { loadPurposes } from './purposes.ts'

const WORDS = {
  timeline: { ru: 'Лента событий', uk: 'Стрічка подій', fi: 'Aikajana', en: 'Timeline' },
  changes: { ru: 'История изменений', uk: 'Історія змін', fi: 'Muutoshistoria', en: 'History of changes' },
  at: { ru: 'Когда', uk: 'Коли', fi: 'Milloin', en: 'When' },
  author: { ru: 'Кто', uk: 'Хто', fi: 'Kuka', en: 'Who' },
  action: { ru: 'Что сделано', uk: 'Що зроблено', fi: 'Mitä tehtiin', en: 'What was done' },
  field: { ru: 'Поле', uk: 'Поле', fi: 'Kenttä', en: 'Field' },
  before: { ru: 'Было', uk: 'Було', fi: 'Ennen', en: 'Before' },
  after: { ru: 'Стало', uk: 'Стало', fi: 'Jälkeen', en: 'After' },
  create: { ru: 'Создание', uk: 'Створення', fi: 'Luonti', en: 'Created' },
  update: { ru: 'Изменение', uk: 'Зміна', fi: 'Muutos', en: 'Changed' },
  archive: { ru: 'Перенос в архив', uk: 'Перенесення до архіву', fi: 'Arkistointi', en: 'Archived' },
  restore: { ru: 'Возврат', uk: 'Повернення', fi: 'Palautus', en: 'Brought back' },
  trash: { ru: 'Перенос в корзину', uk: 'Перенесення до кошика', fi: 'Siirto roskakoriin', en: 'Moved to the trash' },
  delete: { ru: 'Удаление', uk: 'Видалення', fi: 'Poisto', en: 'Removed' },
} satisfies Record<string, Record<Locale, string>>

/** What the file says in a language, beside the labels of the model. */
export const wordIn = (key: string, locale: Locale): string => (key in WORDS ? WORDS[key as keyof typeof WORDS][locale] : key)

/** `6 May 2026 at 12:30 GMT+3`: a moment as people read it, in this time zone. */
export function momentIn(iso: string, locale: Locale, timeZone: string): string {
  return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { timeZone, year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }).format(new Date(iso))
}

/** Values as people read them: choices by their labels, references by their names, moments in the company's time zone. */
export class Wording {
  readonly #reading: Reading
  readonly #texts: ReadonlyMap<string, ReadonlyMap<string, string>>

  private constructor(reading: Reading, texts: ReadonlyMap<string, ReadonlyMap<string, string>>) {
    this.#reading = reading
    this.#texts = texts
  }

  static async of(reading: Reading): Promise<Wording> {
    const labels = (all: readonly { key: string, label: Parameters<typeof textIn>[0] }[]): Map<string, string> => new Map(all.map(({ key, label }) => [key, textIn(label, reading.locale)]))
    const purposes = await loadPurposes(reading.db)
    return new Wording(reading, new Map([['consent.purpose', labels(purposes.map(({ key, labels: label }) => ({ key, label })))], ['timelineEntry.kind', labels([...KINDS, ...KEPT, ...TOLD])]]))
  }

  moment(iso: string): string { return momentIn(iso, this.#reading.locale, this.#reading.generation.company.timeZone) }

  value(field: FieldModel, value: unknown): unknown {
    if (value === null || value === undefined) return value
    if (field.handler.filter === 'relation') {
      if (typeof value !== 'object') return value
      return titleIn(value as Node, objectOf(this.#reading.generation.model, field.to!)) ?? '…'
    }
    const { locale } = this.#reading
    // Time goes by the words of the language; a table has another form for it.
    const isTime = field.handler.name === 'dateTime' || field.handler.name === 'date'
    if (isTime && Number.isNaN(Date.parse(String(value)))) return String(value)
    if (field.handler.name === 'dateTime') return this.moment(String(value))
    if (isTime) return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { timeZone: 'UTC', dateStyle: 'long' }).format(new Date(`${String(value).slice(0, 10)}T00:00:00Z`))
    const cell = cellOf(field, value, this.#reading)
    if (cell === null) return null
    if ('yes' in cell) return YES_NO[locale][cell.yes ? 'yes' : 'no']
    if ('number' in cell) {
      if (!/^-?\d/.test(cell.number)) return String(value)
      const number = new Intl.NumberFormat(locale, { minimumFractionDigits: cell.digits ?? 0, maximumFractionDigits: 20 }).format(cell.number as Intl.StringNumericLiteral)
      return field.handler.name === 'money' ? `${number} ${String((value as { currency: string }).currency)}` : number
    }
    const text = 'text' in cell ? cell.text : String(value)
    return this.#texts.get(`${field.object}.${field.key}`)?.get(text) ?? text
  }
}
