import { randomBytes } from 'node:crypto'
import type { ComputedRecord, GuardRecord, ObjectDefinition, PluginContext } from '@kartotek/sdk'
import { keyOf } from '../conversations/records.ts'

export const FIELD_KINDS = ['name', 'phone', 'email', 'company', 'message', 'text', 'number', 'select', 'checkbox', 'file'] as const
/** One question of a form. `key` names it in what was sent; `options` are those of `select`. */
export interface FormField { key: string, kind: (typeof FIELD_KINDS)[number], label: string, required?: boolean, options?: string[] }

const MOST_FIELDS = 40

export const webFormObject: ObjectDefinition = {
  name: 'webForm', plural: 'webForms', icon: 'text-cursor-input', title: 'name',
  label: { ru: 'Веб-форма', uk: 'Вебформа', fi: 'Verkkolomake', en: 'Web form' },
  labelPlural: { ru: 'Веб-формы', uk: 'Вебформи', fi: 'Verkkolomakkeet', en: 'Web forms' },
  help: { ru: 'Форма заявки или обращения для сайта: по ссылке или одной строкой кода.', uk: 'Форма заявки чи звернення для сайту: за посиланням або одним рядком коду.', fi: 'Yhteydenottolomake sivustolle: linkkinä tai yhdellä koodirivillä.', en: 'A lead or support form for a site: by a link, or by one line of code.' },
  fields: [
    { name: 'name', type: 'text', required: true, searchable: true, maxLength: 100, label: { ru: 'Название', uk: 'Назва', fi: 'Nimi', en: 'Name' } },
    { name: 'active', type: 'boolean', default: true, filterable: true, label: { ru: 'Включена', uk: 'Увімкнена', fi: 'Käytössä', en: 'Switched on' } },
    { name: 'kind', type: 'select', required: true, default: 'lead', options: [
      { key: 'lead', color: 'green', label: { ru: 'Заявка', uk: 'Заявка', fi: 'Yhteydenotto', en: 'Lead' } }, { key: 'support', color: 'sky', label: { ru: 'Поддержка', uk: 'Підтримка', fi: 'Tuki', en: 'Support' } },
    ], label: { ru: 'Для чего', uk: 'Для чого', fi: 'Tarkoitus', en: 'What for' } },
    { name: 'language', type: 'select', required: true, default: 'en', options: [{ key: 'ru', label: { en: 'Русский' } }, { key: 'uk', label: { en: 'Українська' } }, { key: 'fi', label: { en: 'Suomi' } }, { key: 'en', label: { en: 'English' } }], label: { ru: 'Язык', uk: 'Мова', fi: 'Kieli', en: 'Language' } },
    { name: 'heading', type: 'text', maxLength: 200, label: { ru: 'Заголовок', uk: 'Заголовок', fi: 'Otsikko', en: 'Heading' } },
    { name: 'intro', type: 'longText', maxLength: 2_000, label: { ru: 'Вступление', uk: 'Вступ', fi: 'Johdanto', en: 'Introduction' } },
    { name: 'questions', type: 'longText', required: true, technical: true, maxLength: 50_000, label: { ru: 'Поля', uk: 'Поля', fi: 'Kentät', en: 'Fields' }, help: { en: 'JSON: [{ key, kind, label, required, options }].' } },
    { name: 'button', type: 'text', maxLength: 60, label: { ru: 'Надпись на кнопке', uk: 'Напис на кнопці', fi: 'Painikkeen teksti', en: 'Words of the button' } },
    { name: 'thanks', type: 'longText', maxLength: 2_000, label: { ru: 'Благодарность', uk: 'Подяка', fi: 'Kiitosteksti', en: 'Words of thanks' } },
    { name: 'thanksUrl', type: 'url', label: { ru: 'Страница после отправки', uk: 'Сторінка після надсилання', fi: 'Sivu lähetyksen jälkeen', en: 'Page after sending' } },
    { name: 'source', type: 'text', maxLength: 120, label: { ru: 'Источник', uk: 'Джерело', fi: 'Lähde', en: 'Source' } },
    { name: 'origins', type: 'longText', maxLength: 4_000, label: { ru: 'На каких сайтах', uk: 'На яких сайтах', fi: 'Millä sivustoilla', en: 'On which sites' }, help: { ru: 'По одному в строке: https://example.com. Пусто — на любых.', uk: 'По одному в рядку: https://example.com. Порожньо — на будь-яких.', fi: 'Yksi riviä kohden: https://example.com. Tyhjä: mikä tahansa.', en: 'One per line: https://example.com. Empty: on any.' } },
    { name: 'consentPurpose', type: 'text', maxLength: 40, section: 'consent', label: { ru: 'Согласие: цель', uk: 'Згода: мета', fi: 'Suostumus: tarkoitus', en: 'Consent: purpose' } },
    { name: 'consentText', type: 'longText', maxLength: 20_000, section: 'consent', label: { ru: 'Согласие: текст', uk: 'Згода: текст', fi: 'Suostumus: teksti', en: 'Consent: text' } },
    { name: 'consentVersion', type: 'integer', min: 1, section: 'consent', label: { ru: 'Согласие: редакция', uk: 'Згода: редакція', fi: 'Suostumus: versio', en: 'Consent: version' } },
    { name: 'minSeconds', type: 'integer', default: 2, min: 0, max: 60, section: 'spam', label: { ru: 'Не раньше, с', uk: 'Не раніше, с', fi: 'Aikaisintaan, s', en: 'Not sooner than, s' } },
    { name: 'perHour', type: 'integer', default: 20, min: 1, max: 1_000, section: 'spam', label: { ru: 'С одного адреса в час', uk: 'З однієї адреси на годину', fi: 'Yhdestä osoitteesta tunnissa', en: 'From one address an hour' } },
    { name: 'proofOfWork', type: 'boolean', default: false, section: 'spam', label: { ru: 'Вычислительная защита (нужен JavaScript)', uk: 'Обчислювальний захист (потрібен JavaScript)', fi: 'Laskentatehtävä (vaatii JavaScriptin)', en: 'Proof of work (needs JavaScript)' } },
    { name: 'key', type: 'text', readOnly: true, unique: true, technical: true, maxLength: 40, label: { ru: 'Ключ', uk: 'Ключ', fi: 'Avain', en: 'Key' } },
  ],
}

export function computeForms(forms: ComputedRecord[]): void {
  for (const { values, isNew, changed, refuse } of forms) {
    if (isNew) values.key = randomBytes(15).toString('base64url')
    if ((isNew || changed.has('questions')) && !readQuestions(values.questions)) refuse('questions', 'format')
    if ((isNew || changed.has('origins')) && originsOf(values.origins) === null) refuse('origins', 'url')
  }
}

/** The questions of a form; null where they are not what they should be. */
export function readQuestions(text: unknown): FormField[] | null {
  try {
    const list = JSON.parse(String(text)) as FormField[]
    const sound = Array.isArray(list) && list.length > 0 && list.length <= MOST_FIELDS && new Set(list.map(({ key }) => key)).size === list.length
      && list.every(({ key, kind, label, options = [] }) => /^[a-z][a-z0-9_]{0,39}$/i.test(key) && !key.startsWith('_') && FIELD_KINDS.includes(kind) && typeof label === 'string' && label.length > 0 && label.length <= 300 && Array.isArray(options) && options.length <= 100 && options.every((one) => typeof one === 'string' && one.length <= 200) && (kind !== 'select' || options.length > 0))
    return sound ? list : null
  } catch {
    return null
  }
}

/** A URL lets signs through in the name of a host that mean something in a header. */
const PLAIN_HOST = /^([\w.-]+|\[[\da-f:.]+\])$/i

/** Sites that may show it; null where a line is none. */
export function originsOf(text: unknown): string[] | null {
  const lines = String(text ?? '').split(/\s+/).filter(Boolean)
  const origins = lines.map((line) => { const url = URL.parse(line); return url && /^https?:$/.test(url.protocol) && PLAIN_HOST.test(url.hostname) ? url.origin : null })
  return origins.includes(null) ? null : origins as string[]
}

/** What is shown to everybody on the net is made by who may do that. */
export function guardForms(_records: GuardRecord[], ctx: PluginContext): void {
  ctx.require('forms.manage')
}

export const languageOf = (form: Record<string, unknown>): 'ru' | 'uk' | 'fi' | 'en' => (keyOf(form.language) ?? 'en') as 'en'
