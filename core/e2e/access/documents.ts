import { getNamedType, isInputObjectType, isEnumType, isLeafType, isListType, isNonNullType, isObjectType, type GraphQLInputObjectType, type GraphQLInputType, type GraphQLObjectType, type GraphQLSchema } from 'graphql'

/** Operations generated from a schema: whatever it lets its owner ask. */
const FIELDS_PER_DOCUMENT = 40

const NOISE = new Set(['seconds', 'lastSeenAt', 'lastUsedAt'])

/** A selection of all that can be selected down to `depth`; people and teams are opened once only. */
export function selection(type: GraphQLObjectType, depth: number, opened = 0): string {
  const parts = Object.values(type.getFields()).flatMap((field) => {
    if (NOISE.has(field.name) || field.args.some((a) => isNonNullType(a.type) && a.defaultValue === undefined)) return []
    const inner = getNamedType(field.type)
    if (isLeafType(inner)) return [field.name]
    if (!isObjectType(inner)) return []
    if (inner.name.endsWith('Connection')) {
      const node = getNamedType(inner.getFields().nodes!.type) as GraphQLObjectType
      return depth > 0 ? [`${field.name}(first: 20, archived: ALL) { nodes { ${selection(node, depth - 1, opened)} } total { value } }`] : []
    }
    if (!inner.getFields().id || ['Stage', 'Pipeline'].includes(inner.name)) return depth > -2 ? [`${field.name} { ${selection(inner, depth - 1, opened) || '__typename'} }`] : []
    const people = inner.name === 'User' || inner.name === 'Team'
    if (depth <= 0 || (people && opened > 0) || (people && depth < 2)) return []
    return [`${field.name} { ${selection(inner, depth - 1, people ? 1 : opened)} }`]
  })
  return ['__typename', ...parts].join(' ')
}

/** Root fields, several to a document. */
export function documents(fields: readonly string[], perDocument = FIELDS_PER_DOCUMENT): string[] {
  const result: string[] = []
  for (let i = 0; i < fields.length; i += perDocument) result.push(`{ ${fields.slice(i, i + perDocument).map((f, n) => `f${i + n}: ${f}`).join('\n')} }`)
  return result
}

const enumValues = (schema: GraphQLSchema, name: string): string[] => {
  const type = schema.getType(name)
  return isEnumType(type) ? type.getValues().map((v) => v.name) : []
}

/** Every grouping and every measure of an object, as many to an aggregate as it takes. */
export function aggregates(schema: GraphQLSchema, name: string, type: string): string[] {
  const measures = enumValues(schema, `${type}MeasureField`)
  const kindOf = (field: string): string => {
    const [group, inner] = field.includes('_') ? field.split('_') as [string, string] : ['', field]
    const top = (schema.getType(`${type}Filter`) as GraphQLInputObjectType).getFields()
    const of = group ? (getNamedType(top[group]!.type) as GraphQLInputObjectType).getFields()[inner] : top[field]
    return of ? getNamedType(of.type).name : ''
  }
  const fits: Record<string, string[]> = { NumberFilter: ['SUM', 'AVG', 'MIN', 'MAX'], MoneyFilter: ['SUM', 'AVG', 'MIN', 'MAX'], DateFilter: ['MIN', 'MAX'], DateTimeFilter: ['MIN', 'MAX'] }
  const plain = measures.flatMap((field) => ['COUNT', 'COUNT_DISTINCT'].map((f) => `{ function: ${f}, field: ${field} }`))
  // Money splits the rows by currency, so a sum of money stands alone.
  const chunks = [['{ function: COUNT }']]
  for (let i = 0; i < plain.length; i += 10) chunks.push(plain.slice(i, i + 10))
  for (const field of measures) if (fits[kindOf(field)]) chunks.push(fits[kindOf(field)]!.map((f) => `{ function: ${f}, field: ${field} }`))
  const rows = '{ keys { field value label } values { function field value currency } }'
  return [
    ...chunks.map((c) => `${name}Aggregate(archived: ALL, measures: [${c.join(' ')}]) ${rows}`),
    ...enumValues(schema, `${type}GroupField`).map((field) => `${name}Aggregate(archived: ALL, groupBy: [{ field: ${field}, by: MONTH }], measures: [{ function: COUNT } ${plain.slice(0, 2).join(' ')}], first: 1000) ${rows}`),
  ]
}

/** Every order in both directions, with two pages each. */
export function orders(schema: GraphQLSchema, plural: string, type: string): string[] {
  const page = '{ nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }'
  return enumValues(schema, `${type}OrderField`).flatMap((field) => [
    `${plural}(archived: ALL, first: 200, orderBy: [{ field: ${field}, direction: ASC }]) ${page}`,
    `${plural}(archived: ALL, last: 3, orderBy: [{ field: ${field}, direction: DESC }, { field: id }]) ${page}`,
  ])
}

/** Values to compare with, by object and field: those of records that the caller may not see among them. */
export type Values = (object: string, field: string, kind: string) => (string | null)[]

/** Every operator of every field, across relations and lists to `depth`. */
export function filters(schema: GraphQLSchema, type: string, values: Values, depth: number, operators: 'all' | 'one'): string[] {
  return inputFilters(schema, schema.getType(`${type}Filter`) as GraphQLInputObjectType, { object: lower(type), group: '' }, values, depth, operators)
}

const lower = (text: string): string => text[0]!.toLowerCase() + text.slice(1)

function inputFilters(schema: GraphQLSchema, input: GraphQLInputObjectType, at: { object: string, group: string }, values: Values, depth: number, operators: 'all' | 'one'): string[] {
  const result: string[] = []
  for (const field of Object.values(input.getFields())) {
    const type = field.type as GraphQLInputType
    if (isListType(type) || field.name === 'not') {
      // and, or, not: around one condition that every object has
      result.push(field.name === 'not' ? '{ not: { id: { isNull: true } } }' : `{ ${field.name}: [{ not: { id: { isNull: true } } }] }`)
      continue
    }
    const inner = getNamedType(type)
    const wrap = (conditions: string[]): string[] => conditions.map((c) => `{ ${field.name}: ${c} }`)
    if (isLeafType(inner)) { result.push(`{ ${field.name}: true }`, `{ ${field.name}: false }`); continue }
    if (!isInputObjectType(inner)) continue
    if (inner.name.endsWith('ListFilter')) {
      if (depth > 0) for (const q of ['some', 'none']) result.push(...wrap(inputFilters(schema, inner.getFields().some!.type as GraphQLInputObjectType, { object: lower(inner.name.replace(/ListFilter$/, '')), group: '' }, values, depth - 1, 'one').map((f) => `{ ${q}: ${f} }`)))
      continue
    }
    const plain = Object.values(inner.getFields()).every((f) => isLeafType(getNamedType(f.type)))
    if (plain) { result.push(...wrap(operatorsOf(inner, values(at.object, at.group ? `${at.group}.${field.name}` : field.name, inner.name), operators))); continue }
    if (inner.name === 'AddressFilter') {
      for (const part of Object.values(inner.getFields())) {
        const partType = getNamedType(part.type)
        if (isInputObjectType(partType)) result.push(...wrap(operatorsOf(partType, values(at.object, at.group ? `${at.group}.${field.name}` : field.name, part.name), operators).map((o) => `{ ${part.name}: ${o} }`)))
      }
      continue
    }
    const group = inner.name.startsWith(input.name.replace(/Filter$/, '')) && !inner.getFields().and
    if (group) result.push(...wrap(inputFilters(schema, inner, { object: at.object, group: field.name }, values, depth, operators)))
    else if (depth > 0) result.push(...wrap(['{ isNull: true }', ...inputFilters(schema, inner, { object: lower(inner.name.replace(/Filter$/, '')), group: '' }, values, depth - 1, 'one')]))
  }
  return result
}

/** One filter for each operator of a field and each value to try. */
function operatorsOf(input: GraphQLInputObjectType, values: (string | null)[], operators: 'all' | 'one'): string[] {
  const fields = Object.values(input.getFields())
  const wanted = operators === 'all' ? fields : fields.filter((f) => ['startsWith', 'gte', 'has'].includes(f.name) || (f.name === 'eq' && !fields.some((o) => ['startsWith', 'gte'].includes(o.name)))).slice(0, 1)
  return wanted.flatMap((field) => {
    const named = getNamedType(field.type)
    const list = isListType(field.type) || (isNonNullType(field.type) && isListType(field.type.ofType))
    const one = (value: string | null): string | null => {
      if (named.name === 'Boolean') return 'true'
      if (named.name === 'Int') return '30'
      if (named.name === 'RelativeDate') return 'THIS_YEAR'
      if (isEnumType(named)) return named.getValues()[0]!.name
      return value === null ? null : JSON.stringify(value)
    }
    return (operators === 'all' ? values.slice(0, 2) : values.slice(0, 1)).map(one).filter((v) => v !== null).filter((v, i, all) => all.indexOf(v) === i)
      .map((v) => `{ ${field.name}: ${list ? `[${v}]` : v} }`)
  })
}
