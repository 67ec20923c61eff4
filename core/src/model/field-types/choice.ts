import { textIn, type FieldDefinition, type Locale } from '@kartotek/sdk'
import { plainType, type FieldType } from './field-type.ts'

/** An option as the API shows it; a key whose option was removed shows itself. */
export function optionOf(definition: FieldDefinition, key: string, locale: Locale): { key: string, label: string, color: string } {
  const option = definition.options?.find((o) => o.key === key)
  return { key, label: option ? textIn(option.label, locale) || key : key, color: option?.color ?? 'slate' }
}

const keys = (d: FieldDefinition): string[] => (d.options ?? []).map((o) => o.key)

export const select = plainType('select', 'text', 'String', 'select', (d) => ({ type: 'string', enum: keys(d).length ? keys(d) : [''] }), {
  output: 'Option',
  read: (c, field, locale) => optionOf(field, c('') as string, locale),
  text: (c, field, locale) => optionOf(field, c('') as string, locale).label,
})

export const multiSelect: FieldType = {
  name: 'multiSelect',
  columns: () => [{ suffix: '', type: 'text[]' }],
  output: '[Option!]',
  input: '[String!]',
  filter: 'multiSelect',
  sortable: false,
  groupable: false,
  summable: false,
  schema: (d) => ({ type: 'array', maxItems: 100, uniqueItems: true, items: { type: 'string', enum: keys(d).length ? keys(d) : [''] } }),
  write: (value) => ({ '': (value as string[]).length ? value : null }),
  read: (c, field, locale) => (c('') as string[]).map((key) => optionOf(field, key, locale)),
  text: (c, field, locale) => (c('') as string[]).map((key) => optionOf(field, key, locale).label).join(', '),
}
