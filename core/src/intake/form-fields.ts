import type { Incoming } from './receive.ts'

/** A field that people do not see and robots fill in. */
export const TRAP = 'website_url'

/** What fields of web forms are commonly called; anything else is kept under its own name. */
const NAMES = {
  person: ['name', 'fullname', 'full_name', 'fio', 'your-name', 'имя', 'фио', 'ім\'я', 'ім’я', 'піб', 'nimi', 'koko nimi'],
  firstName: ['firstname', 'first_name', 'first-name', 'etunimi'],
  lastName: ['lastname', 'last_name', 'last-name', 'surname', 'фамилия', 'прізвище', 'sukunimi'],
  phone: ['phone', 'tel', 'telephone', 'mobile', 'your-phone', 'телефон', 'мобильный', 'мобільний', 'puhelin', 'puhelinnumero'],
  email: ['email', 'e-mail', 'mail', 'your-email', 'почта', 'эл. почта', 'пошта', 'ел. пошта', 'sähköposti'],
  company: ['company', 'organization', 'organisation', 'компания', 'организация', 'компанія', 'організація', 'yritys'],
  taxId: ['taxid', 'tax_id', 'vat', 'inn', 'edrpou', 'ytunnus', 'y-tunnus', 'инн', 'єдрпоу', 'іпн'],
  text: ['message', 'text', 'comment', 'comments', 'your-message', 'question', 'сообщение', 'комментарий', 'вопрос', 'повідомлення', 'коментар', 'запитання', 'viesti', 'kommentti'],
  amount: ['amount', 'sum', 'budget', 'сумма', 'бюджет', 'сума', 'summa', 'budjetti'],
  region: ['region', 'city', 'регион', 'город', 'регіон', 'місто', 'kaupunki'],
  page: ['page', 'page_url'], referer: ['referer', 'referrer'], externalId: ['_id', 'external_id'],
  utmSource: ['utm_source'], utmMedium: ['utm_medium'], utmCampaign: ['utm_campaign'], utmTerm: ['utm_term'], utmContent: ['utm_content'],
  telegram: ['telegram'], whatsapp: ['whatsapp'], viber: ['viber'],
} as const
type Known = keyof typeof NAMES
const KNOWN = new Map<string, Known>(Object.entries(NAMES).flatMap(([key, names]) => names.map((name): [string, Known] => [name, key as Known])))
/** As long as the fields of an item are; the whole stays in what is kept as it came. */
const LENGTHS: Partial<Record<Known, number>> = { text: 50_000, page: 2_000, referer: 2_000, taxId: 40, region: 120 }
const VALUE = 5_000

/** What a form sent in, as an item. Nothing in it is refused: what does not fit is kept beside it. */
export function incomingOf(fields: Record<string, string>, { page, currency }: { page?: string, currency: string }): Omit<Incoming, 'channel'> {
  const found: Partial<Record<Known, string>> = {}
  const values: { name: string, value: string }[] = []
  for (const [name, raw] of Object.entries(fields)) {
    const text = raw.trim()
    const key = KNOWN.get(name.trim().toLowerCase().normalize('NFC'))
    if (!text || name === TRAP) continue
    if (key && found[key] === undefined) found[key] = text
    else values.push({ name: name.slice(0, 120) || '?', value: text.slice(0, VALUE) })
  }
  const { firstName, lastName, phone, email, telegram, whatsapp, viber, amount, person, ...rest } = found
  // A form with a field for the family name asks the given one in the other, whatever it is called.
  const named = person && lastName && !person.includes(lastName) ? `${person} ${lastName}` : person ?? [firstName, lastName].filter(Boolean).join(' ')
  const figure = amount === undefined ? null : /^\d{1,12}([.,]\d{1,2})?$/.exec(amount.replace(/[\s\u00a0€$₽₴]/g, ''))?.[0].replace(',', '.')
  if (amount !== undefined && !figure) values.push({ name: 'amount', value: amount.slice(0, VALUE) })
  return {
    ...Object.fromEntries(Object.entries(rest).map(([key, text]) => [key, [...text].slice(0, LENGTHS[key as Known] ?? 255).join('')])),
    person: [...named].slice(0, 255).join('') || null,
    page: rest.page?.slice(0, 2_000) ?? page?.slice(0, 2_000) ?? null,
    amount: figure ? { amount: figure, currency } : null, values,
    points: Object.entries({ phone, email, telegram, whatsapp, viber }).flatMap(([kind, value]) => (value ? [{ kind, value: value.slice(0, 300) }] : [])),
  }
}
