import type { Locale } from '@kartotek/sdk'
import { mutate, query } from '../graphql/client.ts'
import type { FileRecord } from '../records/files/documents.ts'

/** A document that a plugin can make of a record. */
export interface Template { plugin: string, pluginLabel: string, key: string, label: string, formats: string[], languages: Locale[] }
export interface Offer { templates: Template[], problems: { plugin: string, message: string }[] }

const OFFER = `query DocumentTemplates($object: String!, $id: ID!) { documentTemplates(object: $object, id: $id) { templates { plugin pluginLabel key label formats languages } problems { plugin message } } }`
const MAKE = `mutation MakeDocument($object: String!, $id: ID!, $plugin: ID!, $template: ID!, $format: String!, $language: String!) { makeDocument(object: $object, id: $id, plugin: $plugin, template: $template, format: $format, language: $language) { file version } }`
const MADE = `query MadeDocument($id: ID!) { file(id: $id) { id href versions { number name bytes } } }`

export const offered = async (object: string, id: string): Promise<Offer> => (await query<{ documentTemplates: Offer }>(OFFER, { object, id })).documentTemplates

/** The file of a document that was made, as it is now. */
export interface Made { name: string, bytes: number, version: number, href: string }

/** @throws Problem */
export async function makeDocument(object: string, id: string, { plugin, key }: Template, format: string, language: Locale): Promise<Made> {
  const { data: { makeDocument: { file: made, version } } } = await mutate<{ makeDocument: { file: string, version: number } }>(MAKE, { object, id, plugin, template: key, format, language })
  const { file } = await query<{ file: Pick<FileRecord, 'id' | 'href' | 'versions'> }>(MADE, { id: made })
  const { name, bytes } = file.versions.find(one => one.number === version)!
  return { name, bytes, version, href: file.href! }
}
