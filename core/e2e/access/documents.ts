import { getNamedType, isInputObjectType, isEnumType, isLeafType, isListType, isNonNullType, isObjectType, type GraphQLInputObjectType, type GraphQLInputType, type GraphQLObjectType, type GraphQLSchema } from 'graphql'

/** Operations generated from a schema: whatever it lets its owner ask. */
const FIELDS_PER_DOCUMENT = 20

/** What goes on by the clock, by name or by type and name. */
const NOISE = new Set(['seconds', 'lastSeenAt', 'lastUsedAt', 'StageReportRow.oldest', 'StageTimes.mean', 'StageTimes.median', 'StageTimes.p90'])

/** A selection of all that can be selected down to `depth`; people and teams are opened once only. `only`: of these fields. */
export function selection(type: GraphQLObjectType, depth: number, opened = 0, only?: ReadonlySet<string>): string {
  const parts = Object.values(type.getFields()).filter(({ name }) => only?.has(name) ?? true).flatMap((field) => {
    if (NOISE.has(field.name) || NOISE.has(`${type.name}.${field.name}`) || field.args.some((a) => isNonNullType(a.type) && a.defaultValue === undefined)) return []
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

/** Every grouping and every measure of an object, as many to an aggregate as it takes; pairs of groupings and filters by turns. */
export function aggregates(schema: GraphQLSchema, name: string, type: string, conditions: readonly string[], turn: number): string[] {
  const measures = enumValues(schema, `${type}MeasureField`)
  const groups = enumValues(schema, `${type}GroupField`)
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
    ...groups.map((field) => `${name}Aggregate(archived: ALL, groupBy: [{ field: ${field}, by: MONTH }], measures: [{ function: COUNT } ${plain.slice(0, 2).join(' ')}], first: 1000) ${rows}`),
    ...groups.map((field, i) => `${name}Aggregate(archived: ALL, groupBy: [{ field: ${field}, by: YEAR } { field: ${groups[(i + 1 + turn) % groups.length]} }], measures: [{ function: COUNT }], orderBy: { direction: ASC }, first: 1000) ${rows}`),
    ...byTurns(conditions, turn, 20).map((f) => `${name}Aggregate(archived: ALL, filter: ${f}, measures: [{ function: COUNT }]) ${rows}`),
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

/** The arguments of lists inside of records: a filter, an order and words to search for, of each list another few in each turn. */
export function innerLists(schema: GraphQLSchema, plural: string, type: string, conditionsOf: (type: string) => readonly string[], words: readonly string[], turn: number): string[] {
  const fields = Object.values((schema.getType(type) as GraphQLObjectType).getFields()).filter((f) => getNamedType(f.type).name.endsWith('Connection'))
  return fields.flatMap((field) => {
    const other = getNamedType(field.type).name.replace(/Connection$/, '')
    const order = enumValues(schema, `${other}OrderField`)
    const calls = [
      ...byTurns(conditionsOf(other), turn, 6).map((f) => `filter: ${f}`),
      ...byTurns(words, turn, 2).map((w) => `search: ${JSON.stringify(w)}`),
      ...byTurns(order, turn, 4).map((f) => `orderBy: [{ field: ${f} }]`),
    ]
    return calls.map((args) => `${plural}(archived: ALL, first: 200) { nodes { id ${field.name}(archived: ALL, first: 20, ${args}) { nodes { id } edges { cursor } total { value } } } }`)
  })
}

/** Values to compare with, by object and field: those of records that the caller may not see among them. */
export type Values = (object: string, field: string, kind: string) => (string | null)[]

/**
 * Which conditions to try. `every`: each operator of the fields of the object itself; else one of each field, another one in
 * each turn, as always behind relations. Two relations deep, each turn takes some of the fields. `thorough`: asks of each record and change set
 * one by one, and more fields over relations.
 */
export interface Sweep { turn: number, every: boolean, depth: number, thorough: boolean }

/** Operators of fields, across relations and lists. */
export function filters(schema: GraphQLSchema, type: string, values: Values, sweep: Sweep): string[] {
  const top = schema.getType(`${type}Filter`) as GraphQLInputObjectType
  return conditions(schema, top, { object: lower(type), group: '', path: type, level: 0 }, values, sweep)
}

/** One field in so many is asked at each depth of relations, of others in each turn; fewer by who is not thorough. */
const TAKEN_AT_DEPTH = { thorough: [1, 2, 16, 120], others: [1, 6, 48, 360] }
interface Place { object: string, group: string, path: string, level: number }

function conditions(schema: GraphQLSchema, input: GraphQLInputObjectType, at: Place, values: Values, sweep: Sweep): string[] {
  const result: string[] = []
  for (const field of Object.values(input.getFields())) {
    const type = field.type as GraphQLInputType
    const path = `${at.path}.${field.name}`
    if (field.name === 'inSegment') continue // asked of planted ones, see the world
    if (isListType(type) || field.name === 'not') {
      // and, or, not: around one condition that every object has
      if (at.level < 2) result.push(field.name === 'not' ? '{ not: { id: { isNull: true } } }' : `{ ${field.name}: [{ not: { id: { isNull: true } } }] }`)
      continue
    }
    const inner = getNamedType(type)
    const taken = isTurn(path, sweep.turn, TAKEN_AT_DEPTH[sweep.thorough ? 'thorough' : 'others'][at.level]!)
    const wrap = (found: string[]): string[] => found.map((c) => `{ ${field.name}: ${c} }`)
    const valuesHere = (kind: string): (string | null)[] => values(at.object, at.group ? `${at.group}.${field.name}` : field.name, kind)
    const operators = (of: GraphQLInputObjectType, kind: string, where: string): string[] => {
      if (!taken) return []
      return at.level > 0 ? operatorsOf(of, valuesHere(kind).slice(0, 1), hash(where) + sweep.turn) : operatorsOf(of, valuesHere(kind).slice(0, 2), sweep.every ? null : hash(where) + sweep.turn)
    }
    const next = (of: GraphQLInputObjectType): string[] =>
      conditions(schema, of, { object: lower(of.name.replace(/Filter$/, '')), group: '', path, level: at.level + 1 }, values, sweep)
    if (isLeafType(inner)) {
      if (taken) result.push(`{ ${field.name}: true }`, `{ ${field.name}: false }`)
    } else if (!isInputObjectType(inner)) continue
    else if (inner.getFields().some && inner.getFields().none) {
      if (at.level < sweep.depth) {
        const found = next(inner.getFields().some!.type as GraphQLInputObjectType)
        result.push(...wrap(found.map((f, i) => [`{ some: ${f} }`, `{ none: ${f} }`, `{ count: { where: ${f}, gte: 1 } }`][(i + sweep.turn) % 3]!)))
        const sums = getNamedType(inner.getFields().sum?.type)
        if (isInputObjectType(sums)) result.push(...wrap(enumValues(schema, getNamedType(sums.getFields().field!.type).name).map((f, i) => `{ sum: [{ field: ${f}, gt: "${i % 2 ? 0 : 7100000}" }] }`)))
      }
    } else if (inner.name === 'AddressFilter') {
      for (const part of Object.values(inner.getFields())) {
        const partType = getNamedType(part.type)
        if (isInputObjectType(partType)) result.push(...wrap(operators(partType, part.name, `${path}.${part.name}`).map((o) => `{ ${part.name}: ${o} }`)))
      }
    } else if (Object.values(inner.getFields()).every((f) => isLeafType(getNamedType(f.type)))) result.push(...wrap(operators(inner, inner.name, path)))
    else if (inner.name.startsWith(input.name.replace(/Filter$/, '')) && !inner.getFields().and) {
      result.push(...wrap(conditions(schema, inner, { ...at, group: field.name, path }, values, sweep)))
    } else if (at.level < sweep.depth) result.push(...wrap(['{ isNull: true }', ...next(inner)]))
  }
  return result
}

const lower = (text: string): string => text[0]!.toLowerCase() + text.slice(1)

/** One filter for each operator of a field and each value to try; with a turn, for one of the operators. */
function operatorsOf(input: GraphQLInputObjectType, values: (string | null)[], turn: number | null): string[] {
  const fields = Object.values(input.getFields())
  const wanted = turn === null ? fields : [fields[turn % fields.length]!]
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
    return values.map(one).filter((v) => v !== null).filter((v, i, all) => all.indexOf(v) === i)
      .map((v) => `{ ${field.name}: ${list ? `[${v}]` : v} }`)
  })
}

/** A number for a text, the same in each run. */
export function hash(text: string): number {
  let h = 2166136261
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619)
  return h >>> 8
}
const isTurn = (text: string, turn: number, of: number): boolean => hash(text) % of === turn % of

/** At most `count` of them, others in each turn, until all had theirs. */
export function byTurns<T>(all: readonly T[], turn: number, count: number): T[] {
  const step = Math.max(1, Math.ceil(all.length / count))
  return all.filter((_, i) => i % step === turn % step)
}
