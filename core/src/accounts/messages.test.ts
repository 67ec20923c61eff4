import { LOCALES } from '@kartotek/sdk'
import { expect, it } from 'vitest'
import { acceptedLocale, messages, say, waitText } from './messages.ts'

it('has every message in every language, with the same values', () => {
  for (const [key, text] of Object.entries(messages)) {
    const values = LOCALES.map((locale) => [...(text[locale] ?? '').matchAll(/\{\w+\}/g)].map(([value]) => value).sort().join())
    expect(new Set(values).size, key).toBe(1)
    expect(LOCALES.every((locale) => text[locale]), key).toBe(true)
  }
})

it('says how long to wait with the right plural', () => {
  expect(LOCALES.map((locale) => waitText(840.2, locale))).toEqual(['15 минут', '15 хвилин', '15 minuuttia', '15 minutes'])
  expect([waitText(1, 'ru'), waitText(61, 'ru'), waitText(7200, 'ru')]).toEqual(['1 секунда', '2 минуты', '2 часа'])
  expect(say('tooManyAttempts', 'ru', { wait: waitText(900, 'ru') })).toBe('Слишком много неудачных попыток. Время ожидания: 15 минут.')
})

it('takes the first of our languages that the browser accepts', () => {
  expect([acceptedLocale('de,uk;q=0.8,en;q=0.5'), acceptedLocale('fi-FI'), acceptedLocale('de'), acceptedLocale(undefined)]).toEqual(['uk', 'fi', 'en', 'en'])
})
