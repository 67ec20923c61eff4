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

/** `onlyTypes`: endings of names; empty: all but programs. `storage`: the plugin that keeps the contents of files; empty: the data directory. */
export interface FileSettings { maxMegabytes: number, onlyTypes: string, storage: string }
interface Stored { values: Partial<FileSettings> }

const complete = ({ values: { maxMegabytes = 100, onlyTypes = '', storage = '' } }: Stored): FileSettings => ({ maxMegabytes, onlyTypes, storage })

/** With the plugins that could keep files. */
export async function loadFileSettings(): Promise<{ settings: FileSettings, storages: string[] }> {
  const { pluginSettings, fileStorages } = await query<{ pluginSettings: Stored, fileStorages: string[] }>('query FileSettings { pluginSettings(plugin: "files") { values } fileStorages }')
  return { settings: complete(pluginSettings), storages: fileStorages }
}

export async function saveFileSettings(values: FileSettings): Promise<FileSettings> {
  return complete((await mutate<{ updatePluginSettings: Stored }>('mutation SaveFileSettings($values: JSON!) { updatePluginSettings(plugin: "files", values: $values) { values } }', { values })).data.updatePluginSettings)
}
