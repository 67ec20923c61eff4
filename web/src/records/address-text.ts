export interface Address { text?: string | null, postcode?: string | null, country?: string | null, region?: string | null, city?: string | null, street?: string | null, house?: string | null }

/**
 * An address on one line, as it is read at home: the own country is not named, nor a region that is called like its city.
 * @param home country of the company
 */
export function addressText(address: Address, locale: string, home: string | undefined): string {
  const { text, postcode, country, region, city, street, house } = address
  if (!street && !city && !postcode) return text ?? ''
  return [
    [street, house].filter(Boolean).join(' '), [postcode, city].filter(Boolean).join(' '), region === city ? '' : region,
    country && country !== home ? new Intl.DisplayNames(locale, { type: 'region' }).of(country) : '',
  ].filter(Boolean).join(', ')
}
