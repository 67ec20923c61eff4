import { describe, expect, it } from 'vitest'
import { normaliseUrl } from './url.ts'

describe('normaliseUrl', () => {
  it.each([
    ['WWW.Example.com/shop', 'https://www.example.com/shop', 'example.com', 'example.com/shop'],
    ['http://example.com', 'http://example.com/', 'example.com', 'example.com'],
    ['пример.рф', 'https://xn--e1afmkfd.xn--p1ai/', 'xn--e1afmkfd.xn--p1ai', 'пример.рф'],
    ['example.com:8080/a?b=1', 'https://example.com:8080/a?b=1', 'example.com:8080', 'example.com:8080/a?b=1'],
    ['//example.org', 'https://example.org/', 'example.org', 'example.org'],
  ])('reads %s', (raw, value, host, display) => {
    expect(normaliseUrl(raw)).toEqual({ raw, value, host, display, valid: true })
  })

  it.each(['', 'javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java\tscript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'ftp://example.com',
    'https://bank.example@evil.example', 'https://a:b@example.com', 'нет сайта', 'сайт', 'http://', 'vbscript:x', 'https://exa"mple.com'])(
    'refuses «%s»', (raw) => { expect(normaliseUrl(raw)).toMatchObject({ value: null, host: null, valid: false }) })
})
