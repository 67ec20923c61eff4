import { describe, expect, it } from 'vitest'
import { normaliseEmail } from './email.ts'

describe('normaliseEmail', () => {
  it.each([
    [' Ivan.Petrov@Example.COM ', 'ivan.petrov@example.com', false],
    ['Info@Пример.РФ', 'info@xn--e1afmkfd.xn--p1ai', true],
    ['Matti Meikäläinen <matti@example.fi>', 'matti@example.fi', false],
    ['mailto:sales@example.org', 'sales@example.org', true],
    ['a+tag@sub.example.net', 'a+tag@sub.example.net', false],
    ["o'brien@example.com", "o'brien@example.com", false],
    ['myynti@yritys.example.fi', 'myynti@yritys.example.fi', true],
  ])('reads %s as %s', (raw, value, role) => {
    expect(normaliseEmail(raw)).toMatchObject({ raw: raw.trim(), value, role, valid: true })
  })

  it('shows an international domain in its own letters', () => {
    expect(normaliseEmail('иван@пример.рф').display).toBe('иван@пример.рф')
  })

  it.each(['', 'нет', 'a@b', '@example.com', 'a b@example.com', 'a..b@example.com', 'a@example..com', 'a@-x.com', 'a@1.2.3.4',
    'a@exa mple.com', `${'a'.repeat(65)}@example.com`, 'a@b@', 'a,b@example.com'])('refuses «%s»', (raw) => {
    expect(normaliseEmail(raw)).toMatchObject({ raw, value: null, valid: false })
  })
})
