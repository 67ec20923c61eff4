import { getNamedType, isInputObjectType, isListType, type GraphQLInputObjectType, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import type { FieldModel } from '../../src/model/model.ts'
import { groupName } from '../../src/model/naming.ts'
import { isId, type Canaries } from './canaries.ts'
import { selection } from './documents.ts'
import { taxId, word, type Person, type Planted, type World } from './world.ts'

/** As `word` makes them. */
const WORD = /cnryk[0-9a-z]{4}q/
const UNKNOWN = '01900000-0000-7000-8000-000000000000'
const pascal = (name: string): string => name[0]!.toUpperCase() + name.slice(1)
const modelOf = (world: World) => world.crm.kartotek.engine.live.current.model
const inputOf = (schema: GraphQLSchema, type: string): GraphQLInputObjectType | null => {
  const found = schema.getType(type)
  return isInputObjectType(found) ? found : null
}

/** The same operation on a record that this person does not see and on one that does not exist: both must be answered alike. */
export function hiddenRecords(world: World, person: Person, schema: GraphQLSchema): [hidden: string, invented: string][] {
  const pairs: [string, string][] = []
  const twin = (id: string, template: (id: string) => string): void => { pairs.push([template(id), template(UNKNOWN)]) }
  const hiddenOf = (object: string): Planted | undefined => world.records.find((r) => r.object === object && !person.sees(r) && r.id !== person.caller.actor.userId)
  for (const [name, { plural, part }] of Object.entries(world.walked.objects)) {
    const hidden = hiddenOf(name)
    if (!hidden) continue
    twin(hidden.id, (id) => `{ ${name}(id: "${id}") { id } }`)
    twin(hidden.id, (id) => `{ ${plural}(archived: ALL, filter: { id: { eq: "${id}" } }) { nodes { id } total { value } } }`)
    for (const [query, { over, args }] of Object.entries(world.walked.queries)) {
      if (over !== 'records') continue
      const given: Record<string, string> = { object: name, field: 'name', user: world.person('administrator').caller.actor.userId! }
      twin(hidden.id, (id) => `{ ${query}${args.replace(/\$(\w+)/g, (_, key: string) => (key === 'id' ? id : given[key]!))} { __typename } }`)
    }
    if (part) continue
    const input = inputOf(schema, `${pascal(name)}UpdateInput`)
    const empty = input ? '{}' : `{ ${Object.keys(inputOf(schema, `${pascal(name)}CreateInput`)?.getFields() ?? { name: 1 })[0]}: null }`
    const rest = '{ results { ok id error { code message fields missing current } } }'
    twin(hidden.id, (id) => `mutation { update${pascal(name)}(id: "${id}", input: ${empty}) { id } }`)
    twin(hidden.id, (id) => `mutation { update${pascal(name)}(id: "${id}", version: 1, input: ${empty}) { id } }`)
    twin(hidden.id, (id) => `mutation { update${pascal(plural)}(ids: ["${id}"], input: ${empty}) ${rest} }`)
    twin(hidden.id, (id) => `mutation { update${pascal(plural)}(items: [{ id: "${id}", version: 1, input: ${empty} }]) ${rest} }`)
    for (const verb of ['archive', 'restore', 'delete']) {
      twin(hidden.id, (id) => `mutation { ${verb}${pascal(name)}(id: "${id}") { id } }`)
      twin(hidden.id, (id) => `mutation { ${verb}${pascal(plural)}(ids: ["${id}"]) ${rest} }`)
    }
    twin(hidden.id, (id) => `mutation { shareRecord(object: "${name}", id: "${id}", user: "${world.person('administrator').caller.actor.userId}", level: READ) }`)
    twin(hidden.id, (id) => `mutation { unshareRecord(object: "${name}", id: "${id}", user: "${world.person('administrator').caller.actor.userId}") }`)
  }
  // References to what he does not see, from what he may write.
  for (const [name, { part }] of Object.entries(world.walked.objects)) {
    const mine = world.records.find((r) => r.object === name && person.sees(r) && r.groups[0] !== '*')
    const object = modelOf(world).objects.get(name)!
    const input = part ? null : inputOf(schema, `${pascal(name)}UpdateInput`)
    if (!mine || !input) continue
    const refer = (field: FieldModel, of: GraphQLInputObjectType, wrap: (value: string) => string): void => {
      const hidden = field.to && hiddenOf(field.to)
      const holder = field.group ? getNamedType(of.getFields()[groupName(field.group)]?.type as never) as unknown as GraphQLInputObjectType | undefined : of
      if (!hidden || !holder?.getFields()[field.name]) return
      twin(hidden.id, (id) => `mutation { update${pascal(name)}(id: "${mine.id}", input: ${wrap(field.group ? `{ ${groupName(field.group)}: { ${field.name}: "${id}" } }` : `{ ${field.name}: "${id}" }`)}) { id } }`)
    }
    for (const field of object.fields) refer(field, input, (value) => value)
    for (const list of object.lists.filter((l) => l.part && input.getFields()[l.name])) {
      const row = getNamedType(input.getFields()[list.name]!.type) as GraphQLInputObjectType
      for (const field of modelOf(world).objects.get(list.object)!.fields) refer(field, row, (value) => `{ ${list.name}: [${value}] }`)
    }
  }
  return pairs
}

/**
 * Values that stand in fields of hidden records, and hidden fields, written into new records beside invented ones of the same
 * kind: one bulk creation for each object, every two of its results must be alike. Unique fields are left out: what is taken
 * cannot be kept secret.
 */
export function takenValues(world: World, person: Person, schema: GraphQLSchema, canaries: Canaries): string[] {
  return Object.entries(world.walked.objects).flatMap(([name, { plural, part }]) => {
    const input = part ? null : inputOf(schema, `${pascal(name)}CreateInput`)
    const object = modelOf(world).objects.get(name)!
    if (!input) return []
    const required = object.fields.filter((f) => f.required && !f.group && f.type === 'text' && input.getFields()[f.name])
    const base = (): string => required.map((f) => `${f.name}: "${word()}"`).join(' ')
    const innerOf = (field: { name: string } | undefined): GraphQLInputObjectType => getNamedType(input.getFields()[field?.name ?? '']?.type as never) as unknown as GraphQLInputObjectType
    const hiddenAt = (at: string, field: string): string[] => [...canaries].flatMap(([token, holders]) => (isId(token) ? [] : holders.filter((h) => h.object === at && h.field === field && h.root.object === name && h.text !== undefined && !person.sees(h.root)).map((h) => h.text!)))
    const pairs = object.fields.filter((f) => !f.unique).flatMap((field) => {
      const [taken] = hiddenAt(name, field.key)
      const holder = field.group ? innerOf({ name: groupName(field.group) }) : input
      if (!taken || !holder?.getFields()[field.name]) return []
      return twins(field.type, taken).map((value) => {
        const one = `${field.name}: ${value}`
        return `{ ${base().replace(new RegExp(`${field.name}: "[^"]*"`), '')} ${field.group ? `${groupName(field.group)}: { ${one} }` : one} }`
      })
    })
    // Ways to reach somebody of a record that he does not see.
    if (input.getFields().contactPoints && innerOf({ name: 'contactPoints' }).getFields().value) {
      for (const text of hiddenAt('contactPoint', 'value').slice(0, 6)) {
        const kind = text.startsWith('+') ? 'phone' : text.includes('@') ? 'email' : 'telegram'
        pairs.push(...twins(kind, text).map((value) => `{ ${base()} contactPoints: [{ kind: "${kind}", value: ${value} }] }`))
      }
    }
    return pairs.length ? [`mutation { create${pascal(plural)}(inputs: [${pairs.join(' ')}]) { results { ok error { code message fields missing } } } }`] : []
  })
}

/** How a value and an invented one of its kind are written; nothing for kinds that cannot be guessed at like this. */
function twins(type: string, text: string): string[] {
  const digits = (given: string): string => given.replace(/\d(?=\d{0,2}$)/, (d) => String((Number(d) + 5) % 10))
  const whole = text.replace(/\.\d+$/, '')
  switch (type) {
    // What has a form of its own, such as JSON or an address, keeps it: only its words are others.
    case 'text': case 'longText': case 'telegram': return [text, WORD.test(text) ? text.replaceAll(new RegExp(WORD, 'g'), word) : word()].map((t) => JSON.stringify(t))
    case 'email': return [text, `${word()}@example.com`].map((t) => JSON.stringify(t))
    case 'url': return [text, `https://${word()}.example.com`].map((t) => JSON.stringify(t))
    case 'date': return [text.slice(0, 10), `22${text.slice(2, 10)}`].map((t) => JSON.stringify(t))
    case 'phone': return [text, digits(text)].map((t) => JSON.stringify(t))
    case 'integer': return [whole, digits(whole)]
    case 'decimal': return [whole, digits(whole)].map((t) => JSON.stringify(t))
    case 'money': return [whole, digits(whole)].map((t) => `{ amount: "${t}", currency: "EUR" }`)
    case 'taxId': return [text, taxId()].map((t) => `{ value: ${JSON.stringify(t)}, country: "FI" }`)
    default: return []
  }
}

/** What the person may do with what he sees, with all that the answers can tell: records, conflicts, gates, reports of bulk writes. */
export function ownWrites(world: World, person: Person, schema: GraphQLSchema): string[] {
  const result: string[] = []
  const mutation = schema.getMutationType()?.getFields() ?? {}
  for (const [name, { plural, part }] of Object.entries(world.walked.objects)) {
    const input = part ? null : inputOf(schema, `${pascal(name)}UpdateInput`)
    const type = schema.getType(pascal(name)) as GraphQLObjectType | undefined
    if (!input || !type || name === 'user') continue
    const texts = Object.values(input.getFields()).filter((f) => ['String'].includes(String(f.type)) && !['number', 'code', 'currency'].includes(f.name)).map((f) => f.name)
    const lists = Object.values(input.getFields()).filter((f) => isListType(f.type) && isInputObjectType(getNamedType(f.type))).map((f) => f.name)
    const seen = world.records.filter((r) => r.object === name && person.sees(r))
    const ids = world.records.filter((r) => r.object === name).map((r) => `"${r.id}"`).join(' ')
    for (const { id } of [seen[0], seen.at(-1)].filter((r) => r !== undefined)) {
      for (const text of texts.slice(0, 3)) result.push(`mutation { update${pascal(name)}(id: "${id}", version: 1, input: { ${text}: "own write" }) { ${selection(type, 2)} } }`)
      // A stale version of everything: the answer has what stands there now.
      result.push(`mutation { update${pascal(name)}(id: "${id}", version: 1, input: { ${[...texts.map((t) => `${t}: "own write"`), ...lists.map((l) => `${l}: []`)].join(' ')} }) { id } }`)
      for (const stage of name === 'order' ? world.stages : []) result.push(`mutation { updateOrder(id: "${id}", input: { stage: "${stage}" }) { ${selection(type, 1)} } }`)
      for (const verb of ['archive', 'restore', 'delete', 'restore']) if (mutation[`${verb}${pascal(name)}`]) result.push(`mutation { ${verb}${pascal(name)}(id: "${id}") { ${selection(type, 1)} } }`)
    }
    if (texts.length) result.push(`mutation { update${pascal(plural)}(ids: [${ids}], input: { ${texts.at(-1)}: "own bulk" }) { succeeded failed results { index id ok error { code message fields missing } } } }`)
  }
  const object = modelOf(world).objects.get('client')!
  for (const field of object.fields) {
    for (const rule of ['required: true', 'unique: true', 'maxLength: 1', 'max: 1', 'min: 99999999', 'pattern: "x"']) result.push(`mutation { planFieldChange(object: "client", field: "${field.key}", input: { ${rule} }) { failing rows { id title value } } }`)
  }
  for (const user of world.records.filter((r) => r.object === 'user').slice(0, 3)) result.push(`mutation { makeResetLink(user: "${user.id}") { __typename } }`)
  return result
}
