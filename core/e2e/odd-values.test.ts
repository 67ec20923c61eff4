import { getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType, type GraphQLArgument, type GraphQLInputObjectType, type GraphQLInputType, type GraphQLSchema } from 'graphql'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { recordsFor } from '../src/records/records.ts'
import { testCrm } from '../src/testing/crm.ts'

const crm = await testCrm()
const { kartotek } = crm
const admin = await crm.as('administrator')
afterAll(() => crm.close())
afterEach(() => {
  // Nothing that came in may have changed what every object has.
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

const DOLLAR = ['$', '{x}'].join('')
const SQL = [`' or 1=1 --`, `"; drop table core.client; --`, `x'); delete from core.client; --`, '$1', '%', '_', '\\', `\\'; select pg_sleep(9); --`]
const TEXTS = ['', ' ', 'no-uuid', '\u0000', 'a\u0000b', '\ud800', 'a\udfff', '__proto__', 'constructor', 'toString', '00000000-0000-0000-0000-000000000000', 'x'.repeat(5_000), '1e309', '{{x}}', DOLLAR, '"""', '\u202e', '\n', ...SQL]
const NUMBERS: unknown[] = ['1e309', 'NaN', 'Infinity', '-0', '9'.repeat(400), `0.${'1'.repeat(400)}`, '0x10', '1_000', ' 1', '٣', '1,5', '', '\u0000', 2 ** 53, 1e21, -1e21, 5e-324, null, true, [], {}, ...SQL.slice(0, 2)]
const DAYS: unknown[] = ['2026-02-30', '0000-00-00', '0000-01-01', '9999-12-31', '99999-01-01', '-0001-01-01', '+275760-09-14T00:00:00Z', '2026-01-01\u0000', 'infinity', 'now', 'epoch', '2026-01-01 BC', '', 0, 1e300, null, [], {}, ...SQL.slice(0, 2)]
const ANYTHING: unknown[] = [null, 0, '', 'x', [], {}, [[[[]]]], { a: { b: {} } }, JSON.parse('{"__proto__":{"polluted":true}}'), JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'), { 'en': '\u0000' }, { en: '\ud800' }, { en: 'x'.repeat(100_000) }, { '': '' }, { [SQL[1]!]: SQL[1] }]
const INTEGERS: unknown[] = [0, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 1.5, 'x', null]

const schema = (): GraphQLSchema => {
  const { reading, access } = kartotek.api.contextOf(admin)
  return kartotek.api.schema(reading.generation, access)
}
/** Values for a type that a careless server might choke on. */
function oddFor(type: GraphQLInputType): unknown[] {
  const named = getNamedType(type)
  const wrap = (values: unknown[]): unknown[] => (isListType(isNonNullType(type) ? type.ofType : type) ? [...values.map((v) => [v]), [], [null], values.slice(0, 5)] : values)
  if (named.name === 'String' || named.name === 'ID') return wrap(TEXTS)
  if (named.name === 'Decimal') return wrap(NUMBERS)
  if (named.name === 'Date' || named.name === 'DateTime') return wrap(DAYS)
  if (named.name === 'Int' || named.name === 'Float') return wrap(INTEGERS)
  if (named.name === 'JSON') return wrap(ANYTHING)
  return []
}
/** An input that nothing is wrong with, as far as its types tell. */
function plainOf(type: GraphQLInputObjectType, depth = 0): Record<string, unknown> {
  return Object.fromEntries(Object.values(type.getFields()).filter((f) => isNonNullType(f.type)).map((f) => {
    const inner = getNamedType(f.type)
    const one: unknown = isInputObjectType(inner) ? (depth > 3 ? {} : plainOf(inner, depth + 1)) : isEnumType(inner) ? inner.getValues()[0]!.name : ({ Boolean: true, Int: 1, Float: 1, Decimal: '1', JSON: { en: 'x' } } as Record<string, unknown>)[inner.name] ?? 'x'
    return [f.name, isListType(isNonNullType(f.type) ? f.type.ofType : f.type) ? [one] : one]
  }))
}
/** Inputs with one odd value each, in every field down to two levels; each field is given one value of `of`, the next field others. */
function oddInputs(type: GraphQLInputObjectType, base: Record<string, unknown>, of = 1, depth = 0): Record<string, unknown>[] {
  return Object.values(type.getFields()).flatMap((f, place) => {
    const inner = getNamedType(f.type)
    const list = isListType(isNonNullType(f.type) ? f.type.ofType : f.type)
    const values = isInputObjectType(inner) ? (depth < 2 ? oddInputs(inner, plainOf(inner), of, depth + 1).map((v) => (list ? [v] : v)) : []) : oddFor(f.type).filter((_, i) => (i + place) % of === 0)
    return values.map((value) => ({ ...base, [f.name]: value }))
  })
}
const internal = (errors: { extensions: Record<string, unknown> }[] | undefined): unknown[] => errors?.filter((e) => e.extensions.code === 'INTERNAL') ?? []

describe('odd values', () => {
  const literal = (arg: GraphQLArgument): boolean => ['ID', 'String'].includes(getNamedType(arg.type).name)
  /** They would end the session, or need the password of who asks. */
  const skipped = new Set(['confirmTotp', 'disableTotp', 'startTotp', 'changePassword', 'renewRecoveryCodes', 'revokeOtherSessions', 'deactivateUser', 'setUserRoles', 'endUserSessions'])

  it('are never a fault of ours in an argument of any operation', async () => {
    for (const [kind, root] of [['query', schema().getQueryType()!], ['mutation', schema().getMutationType()!]] as const) {
      for (const field of Object.values(root.getFields())) {
        // The operations of all objects are made alike.
        if (skipped.has(field.name) || !field.args.some(literal) || /(Product|Contact|Team|BankAccount|Address)s?$/i.test(field.name)) continue
        const leaf = /^(Boolean|Int|String|ID)$/.test(getNamedType(field.type).name) ? '' : '{ __typename }'
        const given = field.args.filter((a) => isNonNullType(a.type) || literal(a))
        const source = `${kind}(${given.map((a) => `$${a.name}: ${String(a.type)}`).join(' ')}) { ${field.name}(${given.map((a) => `${a.name}: $${a.name}`).join(' ')}) ${leaf} }`
        for (const value of TEXTS) {
          const variables = Object.fromEntries(given.map((a) => {
            const inner = getNamedType(a.type)
            const one = literal(a) ? value : isInputObjectType(inner) ? plainOf(inner) : isEnumType(inner) ? inner.getValues()[0]!.name : inner.name === 'JSON' ? {} : 1
            return [a.name, isListType(isNonNullType(a.type) ? a.type.ofType : a.type) ? [one] : one]
          }))
          const { errors } = await crm.query(admin, source, variables)
          expect([source, value.slice(0, 50), internal(errors)]).toEqual([source, value.slice(0, 50), []])
        }
      }
    }
  }, 400_000)

  it('are never a fault of ours in a field of a record, new or old', async () => {
    for (const [name, type] of Object.entries({ client: 'Client', contact: 'Contact', product: 'Product', order: 'Order', team: 'Team', user: 'User' })) {
      const create = schema().getType(`${type}CreateInput`) as GraphQLInputObjectType
      const { data, errors: failed } = await crm.query(admin, `mutation($input: ${type}CreateInput!) { create${type}(input: $input) { id } }`, { input: name === 'order' ? { subject: 'x' } : { name: 'x', ...(name === 'user' && { email: 'odd@example.com' }) } })
      expect(failed).toBeUndefined()
      const id = data[`create${type}`].id as string
      for (const input of oddInputs(create, {}, 3)) {
        const shown = JSON.stringify(input).slice(0, 200)
        const { errors } = await crm.query(admin, `mutation($id: ID!, $input: ${type}UpdateInput!) { update${type}(id: $id, input: $input) { id } }`, { id, input })
        expect([name, shown, internal(errors)]).toEqual([name, shown, []])
      }
      const inputs = oddInputs(create, {}).filter((input) => Object.keys(input).every((key) => String(create.getFields()[key]!.type) === 'String')).slice(0, 1_000)
      const { data: bulk } = await crm.query(admin, `mutation($inputs: [${type}CreateInput!]!) { create${type}s(inputs: $inputs) { results { error { code } } } }`, { inputs })
      expect([name, (bulk?.[`create${type}s`]?.results as { error: { code: string } | null }[] | undefined)?.filter((r) => r.error?.code === 'INTERNAL')]).toEqual([name, []])
    }
  }, 400_000)

  it('are never a fault of ours in an operator of a filter', async () => {
    for (const [plural, type] of Object.entries({ clients: 'Client', orders: 'Order', products: 'Product', contactPoints: 'ContactPoint' })) {
      const filter = schema().getType(`${type}Filter`) as GraphQLInputObjectType
      const seen = new Set<string>()
      for (const field of Object.values(filter.getFields())) {
        const operators = getNamedType(field.type)
        // One field of each kind: the operators are the same.
        if (!isInputObjectType(operators) || seen.has(operators.name) || /ListFilter$|^(User|Client|Order|Contact|Product|Team)\w*Filter$/.test(operators.name)) continue
        seen.add(operators.name)
        for (const input of oddInputs(operators, {}, 2)) {
          const shown = JSON.stringify(input).slice(0, 200)
          const { errors } = await crm.query(admin, `query($filter: ${type}Filter) { ${plural}(filter: $filter) { nodes { id } total { value } } }`, { filter: { [field.name]: input } })
          expect([plural, field.name, shown, internal(errors)]).toEqual([plural, field.name, shown, []])
        }
      }
      for (const search of TEXTS) expect(internal((await crm.query(admin, `query($search: String) { ${plural}(search: $search) { nodes { id } } }`, { search })).errors)).toEqual([])
    }
  }, 400_000)

  it('are never a fault of ours in what an administrator configures, and break nothing of it', async () => {
    const inputs: Record<string, [operation: string, base: Record<string, unknown>]> = {
      FieldInput: ['mutation($input: FieldInput!) { createField(object: "team", input: $input) { key } }', { name: 'odd', type: 'text', labels: { en: 'Odd' } }],
      FieldUpdate: ['mutation($input: FieldUpdate!) { planFieldChange(object: "client", field: "industry", input: $input) { failing } }', {}],
      ObjectInput: ['mutation($input: ObjectInput!) { createObject(input: $input) { name } }', { name: 'oddity', plural: 'oddities', labels: { en: 'Odd' }, labelsPlural: { en: 'Odd' } }],
      RoleInput: ['mutation($input: RoleInput!) { createRole(input: $input) { key } }', { key: 'odd', labels: { en: 'Odd' }, rules: {} }],
      PipelineInput: ['mutation($input: PipelineInput!) { createPipeline(input: $input) { id } }', { object: 'order', key: 'odd', labels: { en: 'Odd' }, stages: [{ key: 'a', labels: { en: 'A' }, kind: 'OPEN' }] }],
    }
    let made = 0
    for (const [name, [operation, base]] of Object.entries(inputs)) {
      const type = schema().getType(name) as GraphQLInputObjectType
      for (const input of oddInputs(type, base, 3)) {
        const shown = JSON.stringify(input).slice(0, 200)
        // What is accepted must not stand in the way of the next.
        if ('name' in base && input.name === base.name) Object.assign(input, { name: `odd${made}`, ...('plural' in base && input.plural === base.plural ? { plural: `odds${made}` } : {}) })
        if ('key' in base && input.key === base.key) input.key = `odd${made}`
        const { errors } = await crm.query(admin, operation, { input })
        if (!errors) made++
        // A field that was accepted must not stand in the way of records.
        if (!errors && name === 'FieldInput') {
          const written = await crm.query(admin, `mutation { createTeam(input: { name: "odd", custom: { ${input.name as string}: "odd" } }) { id } }`)
          expect([shown, internal(written.errors)]).toEqual([shown, []])
        }
        expect([name, shown, internal(errors)]).toEqual([name, shown, []])
        if (name === 'ObjectInput' && made > 400) break
      }
      // Everybody's schema still builds, and what was made can be read.
      const { errors } = await crm.query(admin, '{ __schema { types { name description } } objects { name label fields { key label help options { key label } } } pipelines { name stages { label gate { condition } } } roles { name } teams { nodes { id } } }')
      expect([name, errors]).toEqual([name, undefined])
    }
  }, 400_000)

  it('in what an administrator writes for all cannot break the schema or the gates of all', async () => {
    const field = (help: unknown) => crm.query(admin, 'mutation($input: FieldInput!) { createField(object: "client", input: $input) { key } }', { input: { name: 'broken', type: 'text', labels: { en: 'Broken' }, help } })
    for (const help of [{ en: { a: 1 } }, { en: 5 }, 'text', ['x'], { xx: 'x' }]) expect((await field(help)).errors![0]!.extensions.code).toBe('INVALID_INPUT')
    const stage = (condition: unknown, labels: unknown = { en: 'A' }) => crm.query(admin, 'mutation($input: PipelineInput!) { createPipeline(input: $input) { id } }', { input: {
      object: 'order', key: 'attack', labels: { en: 'Attack' }, stages: [{ key: 'a', labels, kind: 'OPEN', gate: { condition } }],
    } })
    for (const condition of [JSON.parse('{"__proto__":{"eq":"x"}}'), { net: { constructor: '1' } }, { net: { 'gt; drop table core.client': 1 } }, { constructor: { eq: 1 } }, { subject: { eq: { a: 1 } } }, { stuck: 'x' }, { stage: { toString: 'x' } }, [], 'x', { and: 'x' }]) {
      expect({ condition, code: (await stage(condition)).errors?.[0]?.extensions.code }).toEqual({ condition, code: 'INVALID_INPUT' })
    }
    expect((await stage(null, JSON.parse('{"__proto__":{"en":"x"}}'))).errors![0]!.extensions.code).toBe('INVALID_INPUT')
    for (const rules of [[], 'x', { objects: 'x' }, { objects: { client: 'all' } }, { fields: { 'client.name': { read: 'no' } } }, { capabilities: 'all' }, { everything: true }, { __proto__: null, other: 1 }]) {
      expect((await crm.query(admin, 'mutation($input: RoleInput!) { createRole(input: $input) { id } }', { input: { key: 'odd', labels: { en: 'Odd' }, rules } })).errors?.[0]?.extensions.code).toBe('INVALID_INPUT')
    }
  })

  it('in choices are texts like others: filtered, grouped and ordered by, never run', async () => {
    const keys = [...SQL, '__proto__', 'constructor', '"""', DOLLAR, 'ü'].map((text, i) => ({ key: text, i }))
    const accepted: string[] = []
    for (const { key, i } of keys) {
      const { errors } = await crm.query(admin, 'mutation($input: FieldInput!) { createField(object: "client", input: $input) { key } }', { input: { name: `choice${i}`, type: 'select', labels: { en: key }, help: { en: key }, filterable: true, options: [{ key, labels: { en: key } }, { key: 'plain', labels: { en: `${key} "quoted" \\` } }] } })
      expect([key, internal(errors)]).toEqual([key, []])
      if (errors) continue
      accepted.push(key)
      const { data, errors: failed } = await crm.query(admin, 'mutation($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name: key, custom: { [`choice${i}`]: key } } })
      expect([key, failed]).toEqual([key, undefined])
      const found = await crm.query(admin, `query($filter: ClientFilter) { clients(filter: $filter, orderBy: [{ field: custom_choice${i} }]) { nodes { id custom { choice${i} { key label } } } } clientAggregate(groupBy: [{ field: custom_choice${i} }], measures: [{ function: COUNT }]) { keys { value label } } }`, { filter: { custom: { [`choice${i}`]: { eq: key } } } })
      expect([key, found.data?.clients.nodes]).toEqual([key, [{ id: data.createClient.id, custom: { [`choice${i}`]: { key, label: key } } }]])
    }
    expect(accepted).toContain('constructor')
  }, 60_000)

  it('do not get into statements by names of fields, as plugins give them', async () => {
    const records = recordsFor(kartotek.engine, admin.actor)
    for (const name of [...SQL, '__proto__', 'constructor', 'name asc; drop table core.client', 'owner.name', 'id::text', 'search', 'name"']) {
      await expect(records.list('client', { orderBy: [{ field: name }] })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      await expect(records.list('client', { filter: { [name]: { eq: 'x' } } as never })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      await expect(records.list('client', { filter: { name: { [name]: 'x' } } })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      if (name !== 'owner.name') await expect(records.list('client', { fields: [name] }).then(() => null)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      await expect(records.list(name)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      await expect(records.create('client', { name: 'x', [name]: 'x' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
  })
})

describe('cursors', () => {
  const list = (field: string, direction: string, after: string) => crm.query(admin, `query($after: String) { clients(first: 3, after: $after, orderBy: [{ field: ${field}, direction: ${direction} }]) { nodes { id } edges { cursor } } }`, { after })
  it('of another order, and those that somebody made up, are mistakes of the request', async () => {
    for (const name of ['A', 'B', 'C']) await crm.query(admin, 'mutation($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, enteredOn: '2026-01-02', creditLimit: { amount: '5' }, industry: name } })
    const id = '01900000-0000-7000-8000-000000000000'
    const made = [[id], ['x', id], [null, id], ['x', 'y', id], [{}, id], [['x'], id], [1, id], ['2026-01-01', id], ['1', id], ['\u0000', id], ['\ud800', id], [SQL[1], id], ['x', SQL[0]], ['x', ''], {}, null, 'x', 5, [], [id, id, id, id, id]].map((v) => Buffer.from(JSON.stringify(v)).toString('base64url'))
    const fields = ['name', 'createdAt', 'enteredOn', 'creditLimit', 'owner', 'kind', 'id', 'version'].filter((f) => (schema().getType('ClientOrderField') as { getValue?(n: string): unknown } | undefined)?.getValue?.(f))
    expect(fields.length).toBeGreaterThan(4)
    const own = await Promise.all(fields.map(async (f) => ((await list(f, 'ASC', '')).data?.clients ?? (await crm.query(admin, `{ clients(first: 3, orderBy: [{ field: ${f} }]) { edges { cursor } } }`)).data.clients).edges.map((e: { cursor: string }) => e.cursor) as string[]))
    for (const field of fields) {
      for (const cursor of [...own.flat(), ...made, ...TEXTS, Buffer.from('x'.repeat(50_000)).toString('base64url')]) {
        for (const direction of ['ASC', 'DESC']) {
          const { errors } = await list(field, direction, cursor)
          expect([field, cursor.slice(0, 80), errors?.map((e) => e.extensions.code).filter((c) => c !== 'INVALID_INPUT') ?? []]).toEqual([field, cursor.slice(0, 80), []])
        }
      }
    }
  }, 60_000)
})
