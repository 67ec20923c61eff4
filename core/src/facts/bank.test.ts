import { describe, expect, it } from 'vitest'
import { checkIban, checkRuAccount } from './bank.ts'

describe('checkRuAccount', () => {
  it('checks a settlement account against the БИК of its bank', () => {
    expect(checkRuAccount('4060 2810 7000 0000 0025', '049805746')).toMatchObject(
      { value: '40602810700000000025', valid: true, bankCode: '049805746', doubtful: false })
    expect(checkRuAccount('40602810800000000025', '049805746')).toMatchObject({ valid: false, problem: 'checksum' })
  })

  it('checks a correspondent account by the region of the БИК', () => {
    expect(checkRuAccount('30101810400000000225', '044525225').valid).toBe(true)
    expect(checkRuAccount('30101810800000000746', '049805000').valid).toBe(true)
    expect(checkRuAccount('30101810500000000225', '044525225')).toMatchObject({ valid: false, problem: 'checksum' })
  })

  it('warns about accounts of the central bank and the treasury instead of refusing them', () => {
    expect(checkRuAccount('03231643457000007301', '004525988')).toMatchObject({ valid: true, doubtful: true })
  })

  it.each([['', 'empty'], ['4060281070000000002', 'length'], ['4060281070000000002X', 'format']])('refuses «%s»: %s', (account, problem) => {
    expect(checkRuAccount(account, '049805746')).toMatchObject({ valid: false, problem })
  })
})

describe('checkIban', () => {
  it('accepts IBANs of Finland and Ukraine and reads the МФО', () => {
    expect(checkIban('FI21 1234 5600 0007 85')).toMatchObject(
      { value: 'FI2112345600000785', display: 'FI21 1234 5600 0007 85', country: 'FI', valid: true, bankCode: null })
    expect(checkIban('UA213223130000026007233566001')).toMatchObject({ valid: true, bankCode: '322313' })
  })

  it.each([['', 'empty'], ['FI2112345600000786', 'checksum'], ['FI211234560000078', 'length'], ['XX2112345600000785', 'country']])(
    'refuses «%s»: %s', (iban, problem) => { expect(checkIban(iban)).toMatchObject({ valid: false, problem }) })
})
