/**
 * Codes of currencies by ISO 4217, in capitals: those in use, and those given up lately that older records are in. It is what a field
 * with `format: 'currency'` takes.
 *
 * @example
 * import { CURRENCIES, InputError } from '@kartotek/sdk'
 *
 * export function currencyOf(cell: string): string {
 *   const code = cell.trim().toUpperCase()
 *   if (!CURRENCIES.includes(code)) throw new InputError(`There is no currency "${cell}".`)
 *   return code
 * }
 */
export const CURRENCIES: readonly string[] = `
  AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
  CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR
  IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
  MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE
  SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XDR XOF
  XPF XSU YER ZAR ZMW ZWG ZWL
`.trim().split(/\s+/)
