import { UUID } from '../../facts/uuid.ts'
import { plainType, type FieldType } from './field-type.ts'

const idSchema = () => ({ type: 'string', pattern: UUID.source })

/** The column holds the id; reading the record behind it is the reader's work, with the access of the actor. */
export const reference = plainType('reference', 'uuid', 'ID', 'relation', idSchema)
export const user = plainType('user', 'uuid', 'ID', 'relation', idSchema)

/** A file of the record: in input its id, or that of an upload, which then becomes one. */
export const file = plainType('file', 'uuid', 'ID', 'relation', idSchema, { groupable: false })

/** Any record, named by its object and its id. What stands behind it is put there by the reader, as the actor sees it. */
export const record: FieldType = {
  name: 'record',
  columns: () => [{ suffix: '', type: 'uuid' }, { suffix: 'object', type: 'text' }],
  output: 'RecordLink',
  input: 'RecordLinkInput',
  filter: 'record',
  sortable: false,
  groupable: false,
  summable: false,
  schema: (definition) => ({
    type: 'object', required: ['object', 'id'], additionalProperties: false,
    properties: { id: idSchema(), object: definition.among ? { enum: definition.among } : { type: 'string', maxLength: 40 } },
  }),
  write(value) {
    const { object, id } = value as { object: string, id: string }
    return { '': id, 'object': object }
  },
  read: (c) => ({ object: c('object'), id: c('') }),
  text: () => '',
}

/** The parts of an address, in the order in which they are read out. */
export const ADDRESS_PARTS = ['postcode', 'country', 'region', 'city', 'street', 'house'] as const

/** `text` is the whole address in one line, derived from the parts or given alone when nobody knows the parts. */
export const address: FieldType = {
  name: 'address',
  columns: () => [{ suffix: '', type: 'text' }, ...ADDRESS_PARTS.map((suffix) => ({ suffix, type: 'text' }))],
  output: 'Address',
  input: 'AddressInput',
  filter: 'address',
  sortable: true,
  groupable: false,
  summable: false,
  schema: () => ({
    type: 'object',
    properties: {
      text: { type: ['string', 'null'], maxLength: 500 },
      ...Object.fromEntries(ADDRESS_PARTS.map((part) => [part, part === 'country'
        ? { type: ['string', 'null'], pattern: '^([A-Z]{2})?$' }
        : { type: ['string', 'null'], maxLength: part === 'street' ? 200 : 100 }])),
    },
    additionalProperties: false,
  }),
  write(value) {
    const given = value as Record<string, string | null | undefined>
    const columns: Record<string, string | null> = {}
    for (const part of ADDRESS_PARTS) columns[part] = given[part]?.trim() || null
    const { postcode, country, region, city, street, house } = columns
    const derived = [[street, house].filter(Boolean).join(' '), [postcode, city].filter(Boolean).join(' '), region, country].filter(Boolean).join(', ')
    columns[''] = derived || given.text?.trim() || null
    return columns
  },
  read: (c) => ({ text: c(''), ...Object.fromEntries(ADDRESS_PARTS.map((part) => [part, c(part) ?? null])) }),
  text: (c) => String(c('')),
}

/** Stage and pipeline of a staged object: ids of rules, not of records. */
export const stage: FieldType = { ...plainType('reference', 'uuid', 'Stage', 'stage', idSchema, { input: 'ID' }), name: 'stage' }
export const pipeline: FieldType = { ...plainType('reference', 'uuid', 'Pipeline', 'pipeline', idSchema, { input: 'ID' }), name: 'pipeline' }
