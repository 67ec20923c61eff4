import { textIn, type NotificationBatch } from '@kartotek/sdk'

const WORDS = {
  hello: { ru: 'Здравствуйте, {name}!', uk: 'Вітаємо, {name}!', fi: 'Hei {name},', en: 'Hello {name},' },
  many: { ru: 'Новые уведомления: {count}', uk: 'Нові сповіщення: {count}', fi: 'Uusia ilmoituksia: {count}', en: 'New notifications: {count}' },
  settings: {
    ru: 'Настроить уведомления или отказаться от писем:', uk: 'Налаштувати сповіщення або відмовитися від листів:',
    fi: 'Muuta ilmoitusten asetuksia tai lopeta sähköpostit:', en: 'Change what you are told, or end these letters:',
  },
}
/** Of a text that may be a whole letter, so much is quoted. */
const QUOTED = 500

/** The letter that tells one person all of the batch, in his language. */
export function letterOf({ to, notifications, settingsUrl }: NotificationBatch): { subject: string, text: string } {
  const say = (key: keyof typeof WORDS, values: Record<string, string | number> = {}): string => textIn(WORDS[key], to.locale).replace(/\{(\w+)\}/g, (_, name: string) => line(String(values[name] ?? '')))
  const heading = ({ title, record }: NotificationBatch['notifications'][number]): string => line(record?.title ? `${title}: ${record.title}` : title)
  const parts = notifications.map((one) => [heading(one), ...one.text ? [quoted(one.text)] : [], ...one.url ? [one.url] : []].join('\n'))
  return {
    subject: notifications.length === 1 ? heading(notifications[0]!) : say('many', { count: notifications.length }),
    text: `${say('hello', { name: to.name })}\n\n${parts.join('\n\n')}\n\n—\n${say('settings')}\n${settingsUrl}\n`,
  }
}

const line = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** Marked as quoted, so that it cannot be taken for words of ours. */
function quoted(text: string): string {
  const letters = [...text.trim()]
  const cut = letters.length > QUOTED ? `${letters.slice(0, QUOTED).join('')}…` : letters.join('')
  return cut.split(/\r?\n/).map((row) => `> ${row}`).join('\n')
}
