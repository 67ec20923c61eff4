import { execute, getNamedType, isObjectType, parse, validate, type ExecutionResult, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import { afterAll, describe, expect, it } from 'vitest'
import { formatError } from '../src/graphql/errors.ts'
import { testLog } from '../src/testing/index.ts'
import { collectCanaries, leaks, modelCanaries, scramble, tokensIn, type Canaries } from './access/canaries.ts'
import { attacks, checksums } from './access/attacks.ts'
import { aggregates, documents, filters, orders, selection, type Values } from './access/documents.ts'
import { generatedNames, MUTATIONS, OBJECTS, QUERIES } from './access/operations.ts'
import { makeWorld, type Person } from './access/world.ts'

const world = await makeWorld()
const { crm } = world
afterAll(() => crm.close())

const schemaOf = (person: Person): GraphQLSchema => {
  const { reading, access } = crm.kartotek.api.contextOf(person.caller)
  return crm.kartotek.api.schema(reading.generation, access)
}
const full = schemaOf(world.person('administrator'))

/** The answer as it would leave the server. */
async function answer(person: Person, source: string, schema = schemaOf(person), checked = true): Promise<string> {
  const told = (errors: readonly Error[]): unknown[] => errors.map((e) => formatError('toJSON' in e ? (e.toJSON as () => { message: string })() : { message: e.message }, e, testLog))
  const document = parse(source)
  const problems = checked ? validate(schema, document) : []
  if (problems.length) return JSON.stringify({ errors: told(problems) })
  const context = crm.kartotek.api.contextOf(person.caller)
  const result = await execute({ schema, document, contextValue: context }) as ExecutionResult
  return JSON.stringify({ data: result.data, errors: result.errors && told(result.errors), changeSets: context.changeSets })
}

let canaries: Canaries = new Map()
const lookAtTables = async (): Promise<void> => {
  canaries = await collectCanaries(world)
  modelCanaries(world, canaries)
}
await lookAtTables()

describe('the table of operations', () => {
  const names = (type?: GraphQLObjectType | null): string[] => Object.keys(type?.getFields() ?? {}).sort()
  const generated = generatedNames()
  it('knows every query, mutation and subscription of the schema, and no other', () => {
    expect(names(full.getQueryType())).toEqual([...generated.queries, ...Object.keys(QUERIES)].sort())
    expect(names(full.getMutationType())).toEqual([...generated.mutations, ...Object.keys(MUTATIONS)].sort())
    expect(names(full.getSubscriptionType())).toEqual(generated.subscriptions.sort())
  })
})

const changeSets = (await crm.kartotek.engine.db.selectFrom('core.change_set').select('id').execute()).map((r) => r.id as string)
const users = world.records.filter((r) => r.object === 'user')
const teams = world.records.filter((r) => r.object === 'team')

/** Values of fields as they stand in the tables: of records that this person does not see, and of those that he does. */
function valuesFor(person: Person): Values {
  return (object, field, kind) => {
    const tokens = [...canaries].flatMap(([token, holders]) => holders.filter((h) => h.object === object && h.field === field).map((h) => ({ token, seen: person.sees(h.root) })))
    const pick = [tokens.find((t) => !t.seen), tokens.find((t) => t.seen)].filter((t) => t !== undefined).map((t) => t.token)
    if (kind === 'IdFilter' || kind === 'StageFilter') return [world.id('client_X'), world.stages[1]!]
    if (kind === 'NumberFilter' || kind === 'MoneyFilter') return pick.filter((p) => /^\d+$/.test(p)).concat('7100000')
    if (kind === 'DateFilter') return pick.filter((p) => p.includes('-')).concat('2130-01-01')
    if (kind === 'DateTimeFilter') return pick.filter((p) => p.includes('-')).map((p) => `${p}T00:00:00Z`).concat('2026-01-01T00:00:00Z')
    if (kind === 'SelectFilter' || kind === 'MultiSelectFilter') return ['one', 'two']
    return pick.length ? pick : ['cnr']
  }
}

const guesses = (person: Person): boolean => person.denied.size > 0 || world.records.some((r) => !person.sees(r))

/** All reading operations of a person's schema. */
function reads(person: Person, schema: GraphQLSchema, operators: 'all' | 'one'): string[] {
  const query = schema.getQueryType()!.getFields()
  const typeOf = (field: string): GraphQLObjectType => getNamedType(query[field]!.type) as GraphQLObjectType
  const result: string[] = []
  for (const [name, { plural }] of Object.entries(OBJECTS)) {
    if (!query[plural]) continue
    const type = typeOf(name)
    for (const archived of ['ALL', 'TRASHED']) result.push(`{ ${plural}(first: 200, archived: ${archived}) { nodes { ${selection(type, archived === 'ALL' ? 3 : 1)} } edges { cursor node { id } } pageInfo { hasNextPage endCursor } total(exact: true) { value exact } } }`)
    result.push(...documents(world.records.filter((r) => r.object === name).map((r) => `${name}(id: "${r.id}") { ${selection(type, 1)} }`), 10))
    // Whoever sees everything has nothing to guess.
    if (!guesses(person)) continue
    result.push(...documents(aggregates(schema, name, type.name)))
    result.push(...documents(orders(schema, plural, type.name)))
    result.push(...documents(filters(schema, type.name, valuesFor(person), 1, operators).map((f) => `${plural}(first: 200, archived: ALL, filter: ${f}) { nodes { id } }`)))
    const words = [...new Set([...canaries].filter(([, holders]) => holders.some((h) => h.root.object === name && h.root.groups[0] !== 'S')).map(([token]) => token))].filter((_, i) => i % 3 === 0).slice(0, 60)
    result.push(...documents(words.map((w) => `${plural}(search: "${w}", archived: ALL) { nodes { id } total { value } }`)))
  }
  const roots = world.records.filter((r) => !['user', 'team'].includes(r.object))
  const fieldsWithHistory = ['owner', 'territory', 'name']
  for (const [name, { over, args }] of Object.entries(QUERIES)) {
    if (!query[name]) continue
    const type = typeOf(name)
    const body = isObjectType(type) ? `{ ${selection(type, name === 'changeSets' || name === 'changeSet' ? 4 : 3)} }` : ''
    const fill = (values: Record<string, string>): string => `${name}${args.replace(/\$(\w+)/g, (_, key: string) => values[key]!)} ${body}`
    const calls = over === 'once' ? [fill({})] : over === 'sets' ? changeSets.map((id) => fill({ id }))
      : over === 'users' ? users.map(({ id }) => fill({ id })) : over === 'teams' ? teams.map(({ id }) => fill({ id }))
        : roots.flatMap(({ id, object }) => (args.includes('$field') ? fieldsWithHistory.map((field) => fill({ id, object, field })) : [fill({ id, object, user: users[2]!.id })]))
    // One to a document: a refusal of one must not hide the answer of another.
    result.push(...(args.includes('$') ? calls.map((c) => `{ ${c} }`) : documents(calls, 1)))
  }
  return result
}

async function walk(person: Person, operators: 'all' | 'one', schema = schemaOf(person)): Promise<Map<string, string>> {
  const answers = new Map<string, string>()
  const queue = reads(person, schema, operators)
  const work = async (): Promise<void> => {
    for (let source = queue.pop(); source; source = queue.pop()) answers.set(source, await answer(person, source, schema, false))
  }
  await Promise.all([work(), work(), work()])
  return answers
}

/** Names that the full schema has and this person's has not, with an invented twin: both must be answered alike. */
function hiddenPlaces(schema: GraphQLSchema): [hidden: string, invented: string][] {
  const query = schema.getQueryType()!.getFields()
  const pairs: [string, string][] = []
  const twin = (template: (name: string) => string, name: string): void => { pairs.push([template(name), template(`${name}Zz`)]) }
  for (const name of Object.keys(full.getQueryType()!.getFields())) if (!query[name]) twin((n) => `{ ${n} { id } }`, name)
  for (const [name, { plural }] of Object.entries(OBJECTS)) {
    const all = getNamedType(full.getQueryType()!.getFields()[name]!.type) as GraphQLObjectType
    const visible = query[name] && (getNamedType(query[name].type) as GraphQLObjectType)
    if (!visible) continue
    for (const field of Object.keys(all.getFields()).filter((f) => !visible.getFields()[f])) {
      twin((n) => `{ ${plural} { nodes { ${n} } } }`, field)
      twin((n) => `{ ${plural}(filter: { ${n}: { isNull: true } }) { nodes { id } } }`, field)
      twin((n) => `{ ${plural}(orderBy: [{ field: ${n} }]) { nodes { id } } }`, field)
      twin((n) => `{ ${name}Aggregate(groupBy: [{ field: ${n} }], measures: [{ function: COUNT }]) { values { value } } }`, field)
      twin((n) => `{ ${name}Aggregate(measures: [{ function: MAX, field: ${n} }]) { values { value } } }`, field)
      if (schema.getType(`${visible.name}UpdateInput`)) twin((n) => `mutation { update${visible.name}(id: "x", input: { ${n}: null }) { id } }`, field)
    }
  }
  return pairs
}
const bare = (text: string): string => text.replace(/ Did you mean [^?]*\?/g, '').replaceAll('Zz', '').replace(/"(line|column)":\d+/g, '')

describe.each(world.people.map((p) => [p.name, p] as const))('%s', (_name, person) => {
  it('is told nothing that he may not see, and nothing changes when it does', async () => {
    await lookAtTables()
    const before = await walk(person, 'one')
    expect([...before].filter(([, text]) => text.includes('"INTERNAL"')).slice(0, 3)).toEqual([])
    expect([...before].flatMap(([source, text]) => leaks(person, canaries, text).map((leak) => ({ leak, source: source.slice(0, 300) }))).slice(0, 20)).toEqual([])
    if (person.name === 'administrator') {
      const seen = new Set([...before.values()].flatMap((text) => [...tokensIn(text)]))
      expect([...canaries.keys()].filter((c) => !seen.has(c)).slice(0, 5), 'the walk reaches every canary').toEqual([])
    }
    if (person.name === 'token' || !await scramble(world, person)) return
    const after = await walk(person, 'one')
    const differ = [...before].filter(([source, text]) => after.get(source) !== undefined && after.get(source) !== text)
    expect(differ.slice(0, 3).map(([source, text]) => ({ source: source.slice(0, 400), before: text.slice(0, 300), after: after.get(source)!.slice(0, 300) }))).toEqual([])
  }, 120_000)

  it('is answered about hidden fields and objects as about those that do not exist', async () => {
    for (const [hidden, invented] of hiddenPlaces(schemaOf(person))) expect(bare(await answer(person, hidden))).toBe(bare(await answer(person, invented)))
    const introspection = await answer(person, '{ __schema { types { name description fields { name description args { name } } inputFields { name description } enumValues { name description } } } }')
    expect(leaks(person, canaries, introspection)).toEqual([])
    for (const path of person.denied) if (path.startsWith('client.custom.')) expect(introspection).not.toContain(`"${path.split('.')[2]}"`)
  })

  it('changes nothing without the right, by the own schema or past it', async () => {
    const before = await checksums(world)
    for (const { source, kind } of attacks(world, person)) {
      expect(validate(full, parse(source)).map((e) => e.message), source).toEqual([])
      // With the whole schema the resolvers stand alone: a cut schema is not the only lock.
      for (const text of [await answer(person, source), await answer(person, source, full, false)]) {
        const { data, errors } = JSON.parse(text) as { data?: Record<string, { succeeded?: number, reverted?: number } | null>, errors?: { extensions: { code: string } }[] }
        const value = Object.values(data ?? {})[0]
        expect({ source, allowed: errors ? 0 : kind === 'bulk' ? value?.succeeded : kind === 'revert' ? value?.reverted : 'answered' }).toEqual({ source, allowed: 0 })
        expect(errors?.filter((e) => e.extensions.code === 'INTERNAL') ?? [], source).toEqual([])
        expect(leaks(person, canaries, text), source).toEqual([])
      }
    }
    expect(await checksums(world)).toEqual(before)
  }, 60_000)
})
