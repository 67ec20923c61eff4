import { InputError, LOCALES, type Locale } from '@kartotek/sdk'
import { normaliseEmail } from '../facts/email.ts'
import { say } from './messages.ts'

/** A text of an untrusted body: present, a string, not too long; trimmed. @throws InputError naming the field */
export function textField(value: unknown, field: string, max: number, locale: Locale): string {
  const text = typeof value === 'string' ? value.trim() : ''
  if (!text) throw problem(field, 'required', say('required', locale))
  if (text.length > max) throw problem(field, 'maxLength', say('tooLong', locale, { max }), { max })
  return text
}

/** A password or code: never trimmed, only bounded. */
export function secretField(value: unknown, field: string, locale: Locale): string {
  if (typeof value !== 'string' || value === '') throw problem(field, 'required', say('required', locale))
  if (value.length > 1024) throw problem(field, 'maxLength', say('tooLong', locale, { max: 256 }), { max: 256 })
  return value
}

/** An e-mail address in the form in which user records keep it. Not a proof that it exists: only that it can be one. */
export function emailText(value: unknown, locale: Locale): string {
  const email = normaliseEmail(textField(value, 'email', 254, locale)).value
  if (!email) throw problem('email', 'format', say('emailFormat', locale))
  return email
}

/** One of our languages; `fallback` where none is given. */
export function localeField(value: unknown, fallback: Locale, language: Locale): Locale {
  if (value === undefined || value === null || value === '') return fallback
  const found = LOCALES.find((locale) => locale === value)
  if (!found) throw problem('locale', 'option', say('localeUnknown', language))
  return found
}

function problem(field: string, rule: string, message: string, params?: Record<string, unknown>): InputError {
  return new InputError(message, [{ field, rule, message, ...(params && { params }) }])
}
