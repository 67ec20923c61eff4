/** JSON Schema of an import description. */
export const mappingSchema = {
  type: 'object',
  required: ['object', 'fields'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    name: { type: 'string', maxLength: 200 },
    object: { $ref: '#/$defs/name' },
    system: { type: 'string', minLength: 1, maxLength: 60, pattern: '^[^@]' },
    file: {
      type: 'object', additionalProperties: false,
      properties: {
        encoding: { enum: ['utf-8', 'utf-16le', 'utf-16be', 'windows-1251', 'windows-1252', 'ibm866', 'koi8-r', 'koi8-u'] },
        separator: { enum: [',', ';', '\t', '|'] },
        sheet: { type: 'string', minLength: 1, maxLength: 100 },
        headerRow: { type: 'integer', minimum: 1, maximum: 1000 },
        header: { type: 'array', minItems: 1, maxItems: 500, items: { type: 'string', minLength: 1, maxLength: 300 } },
      },
    },
    empty: { type: 'array', maxItems: 50, items: { type: 'string' } },
    decimal: { enum: ['point', 'comma'] },
    timeZone: { type: 'string' },
    currency: { type: 'string', pattern: '^[A-Z]{3}$' },
    country: { $ref: '#/$defs/source' },
    key: { $ref: '#/$defs/key' },
    match: { type: 'array', maxItems: 7, uniqueItems: true, items: { enum: ['key', 'taxId', 'registrationNumber', 'bankAccount', 'contactPoint', 'messenger', 'name'] } },
    onMatch: { enum: ['skip', 'update', 'create'] },
    rules: { type: 'boolean' },
    fields: { $ref: '#/$defs/fields' },
    pipeline: { type: 'string' },
    history: {
      type: 'object', additionalProperties: false,
      properties: { createdAt: { $ref: '#/$defs/source' }, stageEnteredAt: { $ref: '#/$defs/source' }, closedAt: { $ref: '#/$defs/source' } },
    },
    also: {
      type: 'array', maxItems: 5,
      items: {
        type: 'object', required: ['object', 'fields'], additionalProperties: false,
        properties: {
          object: { $ref: '#/$defs/name' }, key: { $ref: '#/$defs/key' }, when: { $ref: '#/$defs/condition' }, fields: { $ref: '#/$defs/fields' },
        },
      },
    },
    partOf: {
      type: 'object', required: ['object', 'list', 'key'], additionalProperties: false,
      properties: { object: { $ref: '#/$defs/name' }, list: { $ref: '#/$defs/name' }, key: { $ref: '#/$defs/key' } },
    },
  },
  $defs: {
    name: { type: 'string', pattern: '^[a-zA-Z][a-zA-Z0-9_]*$', maxLength: 60 },
    column: { type: 'string', minLength: 1, maxLength: 300 },
    key: {
      type: 'object', required: ['columns'], additionalProperties: false,
      properties: { columns: { type: 'array', minItems: 1, maxItems: 10, items: { $ref: '#/$defs/column' } }, field: { type: 'string' } },
    },
    words: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    condition: {
      type: 'object', required: ['column'], additionalProperties: false, minProperties: 2,
      properties: { column: { $ref: '#/$defs/column' }, filled: { type: 'boolean' }, is: { $ref: '#/$defs/words' }, not: { $ref: '#/$defs/words' } },
    },
    source: {
      anyOf: [
        { $ref: '#/$defs/column' },
        {
          type: 'object', additionalProperties: false,
          anyOf: [{ required: ['column'] }, { required: ['columns'] }, { required: ['constant'] }, { required: ['cases'] }, { required: ['record'] }],
          properties: {
            column: { $ref: '#/$defs/column' },
            columns: { type: 'array', minItems: 1, items: { $ref: '#/$defs/column' } },
            join: { type: 'string', maxLength: 20 },
            constant: true,
            map: { type: 'object' },
            cases: {
              type: 'array', minItems: 1, maxItems: 50,
              items: {
                type: 'object', required: ['when', 'then'], additionalProperties: false,
                properties: { when: { $ref: '#/$defs/condition' }, then: { $ref: '#/$defs/source' } },
              },
            },
            otherwise: { $ref: '#/$defs/source' },
            date: { type: 'string', maxLength: 40 },
            times: { type: 'number' },
            by: { type: 'string', maxLength: 60 },
            missing: { enum: ['error', 'empty'] },
            record: { const: 'main' },
          },
        },
      ],
    },
    fields: {
      type: 'object', minProperties: 1, maxProperties: 500,
      additionalProperties: {
        anyOf: [{ $ref: '#/$defs/source' }, { $ref: '#/$defs/fields' }, { type: 'array', minItems: 1, maxItems: 50, items: { $ref: '#/$defs/fields' } }],
      },
    },
  },
}
