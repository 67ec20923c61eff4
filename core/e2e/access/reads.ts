import { getNamedType, isObjectType, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import { objectOf } from '../../src/model/model.ts'
import { isId, type Canaries } from './canaries.ts'
import { aggregates, byTurns, documents, filters, innerLists, orders, selection, type Sweep, type Values } from './documents.ts'
import type { Added, Person, World } from './world.ts'

/** Of so many records and change sets most people ask one by one, of others at each turn. */
const ASKED = 30

/** Values of fields as they stand in the tables: of records that this person does not see, and of those that he does. */
function valuesFor(world: World, person: Person, canaries: Canaries): Values {
  const places = new Map<string, { hidden?: string, seen?: string }>()
  const put = (place: string, eye: 'hidden' | 'seen', value: string): void => { (places.get(place) ?? places.set(place, {}).get(place)!)[eye] ??= value }
  for (const [token, holders] of canaries) {
    for (const { object, field, root, text, suffix } of holders) {
      const eye = person.sees(root) ? 'seen' : 'hidden'
      put(`${object}.${field}`, eye, token)
      // Texts are asked for as they stand in the tables; parts of addresses one by one.
      if (text !== undefined) for (const place of [`${object}.${field} as text`, `${object}.${field} as ${suffix}`]) put(place, eye, text)
    }
  }
  return (object, field, kind) => {
    const { hidden, seen } = (kind === 'TextFilter' && places.get(`${object}.${field} as text`)) || places.get(`${object}.${field} as ${kind}`) || places.get(`${object}.${field}`) || {}
    const pick = [hidden, seen].filter((t) => t !== undefined)
    if (kind === 'IdFilter' && field === 'id' && pick.length) return pick
    if (kind === 'IdFilter' || kind === 'StageFilter') return [world.id('client_X'), world.stages[1]!]
    if (kind === 'NumberFilter' || kind === 'MoneyFilter') return pick.filter((p) => /^\d+$/.test(p)).concat('7100000')
    if (kind === 'DateFilter') return pick.filter((p) => p.includes('-')).concat('2130-01-01')
    if (kind === 'DateTimeFilter') return pick.filter((p) => p.includes('-')).map((p) => `${p}T00:00:00Z`).concat('2026-01-01T00:00:00Z')
    if (kind === 'SelectFilter' || kind === 'MultiSelectFilter') return ['one', 'two']
    return pick.length ? pick : ['cnr']
  }
}

/** Whoever sees everything has nothing to guess. */
export const guesses = (world: World, person: Person): boolean => person.denied.size > 0 || world.records.some((r) => !person.sees(r))

/** Words to search for: each third canary of an object, and pieces and pairs of them. */
function searches(canaries: Canaries, name: string): string[] {
  const texts = [...canaries].flatMap(([token, holders]) => (isId(token) ? [] : holders.find((h) => h.root.object === name && h.root.groups[0] !== 'S' && h.text !== undefined)?.text ?? []))
  const words = [...new Set(texts)].filter((t) => t.length < 60).filter((_, i) => i % 3 === 0).slice(0, 60)
  const pairs = words.slice(0, 20).map((w, i) => `${w} ${words[(i * 7 + 1) % words.length]}`)
  return [...words, ...pairs, ...words.slice(0, 20).map((w) => w.slice(0, -2))]
}

/** All reading operations of a person's schema; see {@link Sweep} for `turn` and `every`. */
export function reads(world: World, person: Person, schema: GraphQLSchema, canaries: Canaries, sweep: Sweep): string[] {
  const query = schema.getQueryType()!.getFields()
  const typeOf = (field: string): GraphQLObjectType => getNamedType(query[field]!.type) as GraphQLObjectType
  const values = valuesFor(world, person, canaries)
  const plain = (type: string): string[] => filters(schema, type, values, { ...sweep, every: false, depth: 0 })
  const result: string[] = []
  for (const [name, { plural }] of Object.entries(world.walked.objects)) {
    if (!query[plural]) continue
    const type = typeOf(name)
    for (const archived of ['ALL', 'TRASHED']) result.push(`{ ${plural}(first: 200, archived: ${archived}) { nodes { ${selection(type, archived === 'ALL' ? 3 : 1)} } edges { cursor node { id } } pageInfo { hasNextPage endCursor } total(exact: true) { value exact } } }`)
    result.push(`{ ${plural} { nodes { ${selection(type, 1)} } pageInfo { hasNextPage endCursor } total { value exact } } }`)
    result.push(...documents(world.records.filter((r) => r.object === name).map((r) => `${name}(id: "${r.id}") { ${selection(type, 1)} }`), 10))
    if (!guesses(world, person)) continue
    const words = searches(canaries, name)
    const conditions = filters(schema, type.name, values, sweep)
    result.push(...documents(aggregates(schema, name, type.name, conditions, sweep.turn)))
    result.push(...documents(orders(schema, plural, type.name)))
    result.push(...documents(conditions.map((f) => `${plural}(first: 200, archived: ALL, filter: ${f}) { nodes { id } }`)))
    result.push(...documents(words.map((w) => `${plural}(search: ${JSON.stringify(w)}, archived: ALL) { nodes { id } total { value } }`)))
    result.push(...documents(innerLists(schema, plural, type.name, plain, byTurns(words, sweep.turn, 10), sweep.turn), 5))
  }
  result.push(...world.added.flatMap((one) => addedReads(schema, one, values, sweep, guesses(world, person))))
  const count = sweep.thorough ? Infinity : ASKED
  const changeSets = byTurns(world.changeSets, sweep.turn, count)
  const others = [world.saved.view, world.saved.segment, ...world.changeSets.slice(0, 2)]
  const users = world.records.filter((r) => r.object === 'user')
  const teams = world.records.filter((r) => r.object === 'team')
  const asked = world.records.filter(world.isAsked)
  const historyOf = (object: string): string[] => world.fieldsWithHistory.filter((field) => objectOf(world.crm.kartotek.engine.live.current.model, object).fields.some(({ key }) => key === field))
  for (const [name, { over, of, args, also = [] }] of Object.entries(world.walked.queries)) {
    if (!query[name]) continue
    const type = typeOf(name)
    const body = isObjectType(type) ? `{ ${selection(type, name === 'changeSets' || name === 'changeSet' ? 4 : 3)} }` : ''
    const fill = (given: Record<string, string>): string => `${name}${args.replace(/\$(\w+)/g, (_, key: string) => given[key]!)} ${body}`
    const roots = of ? asked.filter(({ object }) => object === of) : byTurns(asked, sweep.turn, count)
    const calls = over === 'once' ? [fill({})] : over === 'sets' || over === 'others' ? (over === 'sets' ? changeSets : others).map((id) => fill({ id }))
      : over === 'users' ? users.map(({ id }) => fill({ id })) : over === 'teams' ? teams.map(({ id }) => fill({ id }))
        : roots.flatMap(({ id, object }) => (args.includes('$field') ? historyOf(object).map((field) => fill({ id, object, field })) : [fill({ id, object, user: users[2]!.id })]))
    // One to a document: a refusal of one must not hide the answer of another.
    result.push(...(args.includes('$') ? calls.map((c) => `{ ${c} }`) : documents(calls, 1)), ...also.map((other) => `{ ${name}${other} ${body} }`))
  }
  return result
}

/** What is added to an object of others: selected, and asked for by conditions, orders, groups and inner lists that lead through it. */
function addedReads(schema: GraphQLSchema, { object, plural, names }: Added, values: Values, sweep: Sweep, guessing: boolean): string[] {
  const type = schema.getQueryType()!.getFields()[object] && schema.getType(object[0]!.toUpperCase() + object.slice(1))
  const seen = isObjectType(type) ? names.filter((name) => type.getFields()[name]) : []
  if (!isObjectType(type) || !seen.length) return []
  const leads = (text: string): boolean => seen.some((name) => new RegExp(`(^|[^\\w])${name}(_|: \\{|\\()`).test(text))
  const conditions = filters(schema, type.name, values, sweep).filter(leads)
  const list = `{ ${plural}(first: 200, archived: ALL) { nodes { id ${selection(type, 2, 0, new Set(seen))} } } }`
  if (!guessing) return [list]
  return [list, ...documents([
    ...aggregates(schema, object, type.name, conditions, sweep.turn).filter(leads), ...orders(schema, plural, type.name).filter(leads),
    ...conditions.map((f) => `${plural}(first: 200, archived: ALL, filter: ${f}) { nodes { id } }`),
  ]), ...documents(innerLists(schema, plural, type.name, (other) => filters(schema, other, values, { ...sweep, every: false, depth: 0 }), ['cnr'], sweep.turn).filter(leads), 5)]
}
