import { describe, expect, it } from 'vitest'
import { keysOf, type Facts, type MatchRules } from './keys.ts'
import { KINDS, together, type KeyKind, type Reason } from './kinds.ts'

const rules: MatchRules = { kinds: new Set(Object.keys(KINDS) as KeyKind[]), ignoreTags: false, own: new Set(['phone +74951234567']), country: 'RU', signature: '' }
const keys = (facts: Partial<Facts>, more: Partial<MatchRules> = {}) => keysOf({ object: 'client', points: [], accounts: [], clients: [], ...facts }, { ...rules, ...more }).map(({ kind, key, detail }) => [kind, key, ...(detail ? [detail] : [])].join(' '))
const point = (kind: string, value: string) => ({ points: [{ kind, value }] })

describe('the keys of a record', () => {
  it.each([
    ['a phone in any writing, without extension', point('phone', '8 (916) 123-45-67 доб. 12'), ['phone +79161234567']],
    ['no number that is nobody’s own', point('phone', '8 800 555 35 35'), []],
    ['not our own number', point('phone', '8 495 123 45 67'), []],
    ['an e-mail in lower case and punycode', point('email', ' Ivan@Пример.РФ '), ['email ivan@xn--e1afmkfd.xn--p1ai']],
    ['a mailbox of a function, marked', point('email', 'info@x.ru'), ['email info@x.ru role']],
    ['the host of a site', point('site', 'https://www.Example.com/shop'), ['site example.com']],
    ['a messenger with its channel', point('telegram', 'https://t.me/Ivanov'), ['messenger telegram:ivanov']],
    ['a messenger by number', point('whatsapp', '8 916 123-45-67'), ['messenger whatsapp:+79161234567']],
    ['the name without its legal form', { kind: 'organisation', name: 'ООО «Ромашка-Плюс»' }, ['name РОМАШКА ПЛЮС']],
    ['the tax number with the branch', { taxId: { value: '7707083893', country: 'RU' }, branchCode: '773601001' }, ['taxId RU:7707083893 773601001']],
    ['no tax number with a wrong check digit', { taxId: { value: '7707083894', country: 'RU' } }, []],
    ['Y-tunnus and VAT number alike', { taxId: { value: 'FI20774740', country: 'FI' } }, ['taxId FI:20774740']],
    ['the number of registration', { registrationNumber: '1027700132195' }, ['registration 1027700132195']],
    ['an account by digits and letters', { accounts: ['fi21 1234 5600 0007 85'] }, ['account FI2112345600000785']],
  ] as [string, Partial<Facts>, string[]][])('have %s', (_what, facts, expected) => expect(keys(facts)).toEqual(expected))

  it('take tags and dots away only where that is set', () => {
    expect(keys(point('email', 'A.Nna+Shop@gmail.com'))).toEqual(['email a.nna+shop@gmail.com'])
    expect(keys(point('email', 'A.Nna+Shop@gmail.com'), { ignoreTags: true })).toEqual(['email anna@gmail.com'])
  })

  it('know a person in any order of the words, at the same client, and by initials', () => {
    const person = (name: string) => keys({ object: 'contact', name, clients: ['c1'] })
    expect(person('Пётр Иванов')).toContain('personName c1 ИВАНОВ ПЕТР')
    expect(person('Иванов Петр')).toContain('personName c1 ИВАНОВ ПЕТР')
    expect(person('Иванов П.')).toEqual(['initials c1 ИВАНОВ П initials'])
    expect(person('Иванов Пётр')).toContain('initials c1 ИВАНОВ П full')
    expect(keys({ object: 'contact', name: 'Пётр Иванов' })).toEqual([])
  })
})

describe('the strength of a match', () => {
  const reason = (kind: KeyKind, ...details: [string?, string?]): Reason => ({ kind, key: 'x', details: [details[0] ?? null, details[1] ?? null] })
  it.each([
    ['critical', [reason('taxId')]], ['medium', [reason('taxId', '773601001', '780101001')]], ['critical', [reason('taxId', '773601001')]],
    ['strong', [reason('phone')]], ['weak', [reason('email', 'role', 'role')]], ['medium', [reason('name')]], ['strong', [reason('name'), reason('site')]],
    ['weak', [reason('similarName')]], ['weak', [reason('initials', 'full', 'initials')]], [null, [reason('initials', 'full', 'full')]],
  ] as const)('is %s for %j', (strength, reasons) => expect(together(reasons as unknown as Reason[])).toBe(strength))
})
