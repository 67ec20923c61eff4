import fc from 'fast-check'
import { stdnum } from 'stdnum'
import { describe, expect, it } from 'vitest'
import { checkTaxId } from './tax-id.ts'

describe('checkTaxId', () => {
  it.each([
    ['7707083893', 'RU', '7707083893', 'inn'],
    ['77 0708 3893', 'RU', '7707083893', 'inn'],
    ['500100732259', 'RU', '500100732259', 'inn'],
    ['7707083893/773601001', 'RU', '7707083893/773601001', 'inn'],
    ['1027700132195', 'RU', '1027700132195', 'ogrn'],
    ['1037739010891', 'RU', '1037739010891', 'ogrn'],
    ['304500116000157', 'RU', '304500116000157', 'ogrnip'],
    ['32855961', 'UA', '32855961', 'edrpou'],
    ['14360570', 'UA', '14360570', 'edrpou'],
    ['1759013776', 'UA', '1759013776', 'rnokpp'],
    ['3184710691', 'UA', '3184710691', 'rnokpp'],
    ['2077474-0', 'FI', '2077474-0', 'ytunnus'],
    ['20774740', 'FI', '2077474-0', 'ytunnus'],
    ['0112038-9', 'FI', '0112038-9', 'ytunnus'],
    ['112038-9', 'FI', '0112038-9', 'ytunnus'],
    ['2332748-7', 'FI', '2332748-7', 'ytunnus'],
    ['FI 20774740', 'FI', 'FI20774740', 'vat'],
    ['DE136695976', null, 'DE136695976', 'vat'],
    ['EL094259216', 'GR', 'EL094259216', 'vat'],
    ['XI925901618', null, 'XI925901618', 'vat'],
    ['GB 925 9016 18', null, 'GB925901618', 'vat'],
    ['136695976', 'DE', '136695976', 'vat'],
  ])('accepts %s of %s', (raw, country, value, kind) => {
    expect(checkTaxId(raw, country)).toMatchObject({ value, kind, valid: true, problem: null, checked: true })
  })

  it.each([
    ['7707083894', 'RU', 'checksum'], ['0000000000', 'RU', 'zeros'], ['000000000000', 'RU', 'zeros'],
    ['0012345678', 'RU', 'format'], ['77070838', 'RU', 'length'], ['7707083893/77360100', 'RU', 'length'],
    ['77O7083893', 'RU', 'format'], ['770708389', 'RU', 'length'], ['7736AB001', 'RU', 'format'], ['1027700132194', 'RU', 'checksum'], ['304500116000158', 'RU', 'checksum'],
    ['32855962', 'UA', 'checksum'], ['1759013775', 'UA', 'checksum'], ['00000000', 'UA', 'zeros'], ['1234567', 'UA', 'length'], ['123456789', 'UA', 'format'],
    ['2077474-1', 'FI', 'checksum'], ['00000000', 'FI', 'zeros'], ['12345', 'FI', 'length'], ['FI20774741', null, 'checksum'],
    ['DE136695975', null, 'checksum'], ['', 'RU', 'empty'], [' - ', 'FI', 'empty'], ['12345678', null, 'country'],
  ])('refuses %s of %s: %s', (raw, country, problem) => {
    expect(checkTaxId(raw, country)).toMatchObject({ valid: false, problem, key: null })
  })

  it('knows a Finnish company by its Y-tunnus and its VAT number alike', () => {
    expect(checkTaxId('2077474-0', 'FI').key).toBe('FI:20774740')
    expect(checkTaxId('FI20774740').key).toBe('FI:20774740')
  })

  it('marks numbers of persons', () => {
    expect(checkTaxId('500100732259', 'RU').personal).toBe(true)
    expect(checkTaxId('3184710691', 'UA').personal).toBe(true)
    expect(checkTaxId('7707083893', 'RU').personal).toBe(false)
  })

  it('accepts a number of a country without known rules, and says that it was not checked', () => {
    expect(checkTaxId('AB-123', 'TZ')).toMatchObject({ value: 'AB123', kind: 'other', valid: true, checked: false })
  })

  it('knows a Ukrainian number of account by its beginning', () => {
    for (const number of ['770000012', '880000012']) expect(checkTaxId(number, 'UA')).toMatchObject({ kind: 'oblikovyi', valid: true, checked: false })
  })

  it('agrees with stdnum on random Russian numbers, all zeros and region 00 apart', () => {
    const digits = (length: number) => fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
      .map((all) => all.join('')).filter((text) => !text.startsWith('00'))
    fc.assert(fc.property(fc.oneof(digits(10), digits(12)), (number) => {
      expect(checkTaxId(number, 'RU').valid).toBe(stdnum.RU!.inn!.validate(number).isValid)
    }), { numRuns: 5000 })
  })
})
