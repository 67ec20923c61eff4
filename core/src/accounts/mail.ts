import { textIn, type Locale, type Localized } from '@kartotek/sdk'
import type { Transporter } from 'nodemailer'
import { urlOf, type AccountsDeps, type SendMail } from './deps.ts'

/**
 * Sends through `SMTP_URL` (`smtps://user:password@mail.example.com`). The sender is `?from=` of that URL, else its user if
 * that is an address, else `kartotek@` and the host of `PUBLIC_URL`.
 */
export function smtpSender(smtpUrl: string, publicUrl: AccountsDeps['publicUrl']): SendMail {
  const url = new URL(smtpUrl)
  const user = decodeURIComponent(url.username)
  const from = url.searchParams.get('from') ?? (user.includes('@') ? user : `kartotek@${new URL(urlOf(publicUrl)).hostname}`)
  url.searchParams.delete('from')
  const options = { url: url.href, connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 30_000, disableFileAccess: true, disableUrlAccess: true }
  let transport: Promise<Transporter> | undefined
  return async ({ to, subject, text, id, fromName, replyTo }) => {
    transport ??= import('nodemailer').then(({ createTransport }) => createTransport(options))
    // an object, not text: an address is never parsed as a list
    await (await transport).sendMail({ from: { name: fromName || 'Kartotek', address: from }, ...(replyTo ? { replyTo } : {}), to: { name: '', address: to }, subject, text, ...(id ? { messageId: `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>` } : {}) })
  }
}

const TEXTS = {
  resetSubject: { ru: 'Новый пароль для Kartotek', uk: 'Новий пароль для Kartotek', fi: 'Uusi salasana Kartotekiin', en: 'A new password for Kartotek' },
  resetBody: {
    ru: 'Здравствуйте, {name}!\n\nКто-то (вероятно, вы) попросил новый пароль. Задать его можно по ссылке, она действует два часа и один раз:\n\n{url}\n\nЕсли это были не вы, ничего не делайте: пароль останется прежним.\n',
    uk: 'Вітаємо, {name}!\n\nХтось (імовірно, ви) попросив новий пароль. Задати його можна за посиланням, воно діє дві години й один раз:\n\n{url}\n\nЯкщо це були не ви, нічого не робіть: пароль залишиться попереднім.\n',
    fi: 'Hei {name},\n\njoku (luultavasti sinä) pyysi uutta salasanaa. Aseta se tästä linkistä; se toimii kerran ja kahden tunnin ajan:\n\n{url}\n\nJos et pyytänyt sitä, sinun ei tarvitse tehdä mitään: salasana pysyy ennallaan.\n',
    en: 'Hello {name},\n\nSomebody, probably you, asked for a new password. Set it with this link, which works once and for two hours:\n\n{url}\n\nIf it was not you, do nothing: your password stays as it is.\n',
  },
  inviteSubject: { ru: 'Вас пригласили в Kartotek', uk: 'Вас запросили до Kartotek', fi: 'Sinut on kutsuttu Kartotekiin', en: 'You are invited to Kartotek' },
  inviteBody: {
    ru: 'Здравствуйте, {name}!\n\nВам открыли доступ к Kartotek, где ведутся клиенты и заказы. Задайте пароль по ссылке, она действует семь дней и один раз:\n\n{url}\n',
    uk: 'Вітаємо, {name}!\n\nВам відкрили доступ до Kartotek, де ведуться клієнти та замовлення. Задайте пароль за посиланням, воно діє сім днів і один раз:\n\n{url}\n',
    fi: 'Hei {name},\n\nsinulle on avattu pääsy Kartotekiin, jossa hoidetaan asiakkaat ja tilaukset. Aseta salasana tästä linkistä; se toimii kerran ja seitsemän päivän ajan:\n\n{url}\n',
    en: 'Hello {name},\n\nYou have been given access to Kartotek, where clients and orders are kept. Set your password with this link, which works once and for seven days:\n\n{url}\n',
  },
} satisfies Record<string, Localized>

/** The letter with a reset or invitation link. Nothing of a request enters it: the link is made from `PUBLIC_URL`. */
export function linkLetter(kind: 'reset' | 'invitation', values: { name: string, url: string }, locale: Locale): { subject: string, text: string } {
  const [subject, body] = kind === 'reset' ? [TEXTS.resetSubject, TEXTS.resetBody] : [TEXTS.inviteSubject, TEXTS.inviteBody]
  return {
    subject: textIn(subject, locale),
    text: textIn(body, locale).replace(/\{(name|url)\}/g, (_, key: 'name' | 'url') => values[key].replace(/[\r\n]+/g, ' ')),
  }
}
