import type { Locale } from '@kartotek/sdk'
import { mutate, query } from '../../graphql/client.ts'

export interface Company {
  name: string
  country: string
  baseCurrency: string
  locale: Locale
  timeZone: string
  phoneAreaCode: string | null
  weekStart: 'monday' | 'sunday' | 'saturday'
}

const FIELDS = 'name country baseCurrency locale timeZone phoneAreaCode weekStart'

export async function loadCompany(): Promise<Company> {
  return (await query<{ company: Company }>(`query Company { company { ${FIELDS} } }`)).company
}

export async function saveCompany(input: Partial<Company>): Promise<Company> {
  return (await mutate<{ updateCompany: Company }>(`mutation SaveCompany($input: CompanyInput!) { updateCompany(input: $input) { ${FIELDS} } }`, { input })).data.updateCompany
}
