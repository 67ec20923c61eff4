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

interface FileSettings { values: { maxMegabytes?: number } }

/** The greatest size of a file. */
export async function loadMaxMegabytes(): Promise<number> {
  return (await query<{ pluginSettings: FileSettings }>('query FileSettings { pluginSettings(plugin: "files") { values } }')).pluginSettings.values.maxMegabytes ?? 100
}

export async function saveMaxMegabytes(maxMegabytes: number): Promise<number> {
  return (await mutate<{ updatePluginSettings: FileSettings }>('mutation SaveFileSettings($values: JSON!) { updatePluginSettings(plugin: "files", values: $values) { values } }', { values: { maxMegabytes } })).data.updatePluginSettings.values.maxMegabytes ?? maxMegabytes
}
