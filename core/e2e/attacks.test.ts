import { getNamedType, isListType, isNonNullType, type GraphQLArgument } from 'graphql'
import { afterAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createToken } from '../src/accounts/tokens.ts'
import type { Caller } from '../src/access/caller.ts'
import { testCrm } from '../src/testing/crm.ts'
import { testNode } from '../src/testing/node.ts'

const crm = await testCrm()
const { kartotek } = crm
const admin = await crm.as('administrator')
const manager = await crm.as('manager')
const node = await testNode(crm)
const url = `${node.url}/graphql`
const token = (await createToken(kartotek.db.pool, { userId: admin.actor.userId!, name: 'attack', days: 1 }, 'en')).secret
afterAll(async () => {
  await node.close()
  await crm.close()
})

const post = (body: unknown, headers: Record<string, string> = {}) => fetch(url, {
  method: 'POST', headers: { 'content-type': 'application/json', 'authorization': `Bearer ${token}`, ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body),
})
const codeOf = async (response: Response): Promise<string> => ((await response.json()) as { errors?: { extensions: { code: string } }[] }).errors?.[0]?.extensions.code ?? 'none'
const ask = async (query: string, variables?: object): Promise<string> => codeOf(await post({ query, variables }))

describe('HTTP', () => {
  it('answers nobody without a sign-in, and nothing to other ways of asking', async () => {
    expect((await post({ query: '{ __typename }' }, { authorization: 'Bearer kt_wrong' })).status).toBe(401)
    const mutation = 'mutation { createTeam(input: { name: "csrf" }) { id } }'
    const auth = { authorization: `Bearer ${token}` }
    expect((await fetch(`${url}?query=${encodeURIComponent(mutation)}`, { headers: auth })).status).toBeGreaterThanOrEqual(400)
    expect((await fetch(`${url}?query=${encodeURIComponent(mutation)}`, { headers: { ...auth, 'content-type': 'application/json' } })).status).toBeGreaterThanOrEqual(400)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      expect((await post({ query: mutation }, { 'content-type': type })).status).toBeGreaterThanOrEqual(400)
    }
    expect((await post([{ query: mutation }, { query: mutation }])).status).toBeGreaterThanOrEqual(400)
    expect((await post('{"query":')).status).toBeGreaterThanOrEqual(400)
    expect((await post({ query: `{ __typename } # ${'x'.repeat(3_000_000)}` })).status).toBe(413)
    expect((await crm.query(admin, '{ teams(filter: { name: { eq: "csrf" } }) { nodes { id } } }')).data.teams.nodes).toEqual([])
  })

  it('suggests no names', async () => {
    const body = await (await post({ query: '{ clients { nodes { taxI } } }' })).text()
    expect(body).toContain('taxI')
    expect(body).not.toContain('Did you mean')
  })

  it('refuses what would cost too much, before the cost', async () => {
    const doubling = Array.from({ length: 28 }, (_, i) => `fragment F${i} on Client { ...F${i + 1} ...F${i + 1} }`).join(' ') + ' fragment F28 on Client { id }'
    const dear: Record<string, string> = {
      'the same field again and again': `{ clients { nodes { ${'id '.repeat(30_000)} } } }`,
      'many aliases': `{ clients { nodes { ${Array.from({ length: 60 }, (_, i) => `a${i}: id`).join(' ')} } } }`,
      'aliased introspection': `{ ${Array.from({ length: 60 }, (_, i) => `a${i}: __schema { types { name } }`).join(' ')} }`,
      'many roots in a fragment': `{ ...R } fragment R on Query { ${Array.from({ length: 30 }, (_, i) => `a${i}: clients { nodes { id } }`).join(' ')} }`,
      'pages behind fragments': '{ clients(first: 200) { ...P } } fragment P on ClientConnection { nodes { orders(first: 200) { ...O } } } fragment O on OrderConnection { nodes { id subject number } }',
      'pages by the default of a variable': 'query($n: Int = 200) { clients(first: $n) { nodes { orders(first: $n) { nodes { id subject } } } } }',
      'fragments that double': `{ clients { nodes { ...F0 } } } ${doubling}`,
      'a cycle of fragments': '{ clients { nodes { ...A } } } fragment A on Client { ...B } fragment B on Client { ...A }',
      'depth': `{ clients { nodes { ${'orders { nodes { client { '.repeat(8)} id ${'} } }'.repeat(8)} } } }`,
      'a long document': `{ clients(search: "${'x'.repeat(120_000)}") { nodes { id } } }`,
    }
    for (const [name, query] of Object.entries(dear)) {
      // Thrice, because what comes again is compiled.
      for (let i = 0; i < 4; i++) expect([name, ['LIMIT_EXCEEDED', 'INVALID_INPUT'].includes(await ask(query))]).toEqual([name, true])
    }
  }, 60_000)
})

describe('odd values', () => {
  const odd = ['no-uuid', '', '\u0000', '\ud800', `' or 1=1 --`, '__proto__', '00000000-0000-0000-0000-000000000000', 'x'.repeat(5_000), '1e309']
  it('are never a fault of ours in an argument that takes an id or a text', async () => {
    const context = kartotek.api.contextOf(admin)
    const schema = kartotek.api.schema(context.reading.generation, context.access)
    const literal = (arg: GraphQLArgument, value: string): string | null => {
      const type = isNonNullType(arg.type) ? arg.type.ofType : arg.type
      const name = getNamedType(type).name
      if (name !== 'ID' && name !== 'String') return null
      const text = JSON.stringify(value)
      return isListType(type) ? `[${text}]` : text
    }
    const skipped = new Set(['confirmTotp', 'disableTotp', 'startTotp', 'changePassword', 'renewRecoveryCodes'])
    for (const [kind, root] of [['query', schema.getQueryType()!], ['mutation', schema.getMutationType()!]] as const) {
      for (const field of Object.values(root.getFields())) {
        if (skipped.has(field.name) || !field.args.some((a) => literal(a, '') !== null)) continue
        const required = field.args.filter((a) => isNonNullType(a.type) && a.defaultValue === undefined)
        if (required.some((a) => literal(a, '') === null && !/Input!$|JSON!$|Int!$|ShareLevel!$|FieldUpdate!$/.test(String(a.type)))) continue
        for (const value of odd) {
          const args = field.args.map((a) => {
            const type = String(a.type)
            const given = literal(a, value) ?? (type === 'JSON!' || /UpdateInput!$|FieldUpdate!$/.test(type) ? '{}' : type === 'Int!' ? '1' : type === 'ShareLevel!' ? 'READ' : null)
            return given === null ? null : `${a.name}: ${given}`
          }).filter((a) => a !== null)
          const leaf = /^(Boolean|Int|String|ID)$/.test(getNamedType(field.type).name) ? '' : '{ __typename }'
          const source = `${kind} { ${field.name}(${args.join(', ')}) ${leaf} }`
          if (required.some((a) => !args.some((given) => given.startsWith(`${a.name}:`)))) continue
          if (value === '\ud800') continue // graphql takes no half pair in a document; variables are tried below
          const { errors } = await crm.query(admin, source)
          expect({ source: source.slice(0, 200), codes: errors?.map((e) => e.extensions.code).filter((c) => c === 'INTERNAL') ?? [] }).toEqual({ source: source.slice(0, 200), codes: [] })
        }
      }
    }
  }, 60_000)

  it('are kept as harmless texts, or refused', async () => {
    for (const value of odd) {
      const input = { name: `n${value}`.slice(0, 200), note: value, industry: value.slice(0, 200), addresses: [{ address: { street: value.slice(0, 90) } }], contactPoints: [{ kind: 'other', value: `p${value}`.slice(0, 90), label: value.slice(0, 90) }] }
      const { errors } = await crm.query(admin, 'mutation($input: ClientCreateInput!) { createClient(input: $input) { id name note } }', { input })
      expect({ value, internal: errors?.filter((e) => e.extensions.code === 'INTERNAL') ?? [] }).toEqual({ value, internal: [] })
      for (const filter of [{ name: { contains: value } }, { note: { eq: value } }, { name: { in: [value] } }]) {
        const { errors: failed } = await crm.query(admin, 'query($filter: ClientFilter, $search: String) { clients(filter: $filter, search: $search) { nodes { id } } }', { filter, search: value.slice(0, 150) })
        expect(failed?.filter((e) => e.extensions.code === 'INTERNAL') ?? []).toEqual([])
      }
    }
  }, 60_000)

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
})

describe('rights', () => {
  const role = async (key: string, rules: object): Promise<Caller> => {
    const { errors } = await crm.query(admin, 'mutation($input: RoleInput!) { createRole(input: $input) { id } }', { input: { key, labels: { en: key }, rules } })
    if (errors) throw new Error(errors[0]!.message)
    return crm.as(key)
  }
  const roleInput = 'mutation($input: RoleInput!) { createRole(input: $input) { id } }'

  it('do not grow by editing roles: nobody but an administrator gives more than he has', async () => {
    const officer = await role('officer', { objects: { client: { read: 'own' } }, fields: { 'client.taxId': { read: false } }, capabilities: ['access.manage'] })
    for (const rules of [{ objects: { client: { read: 'all' } } }, { objects: { order: { read: 'own' } } }, { capabilities: ['gates.pass'] }, { objects: { '*': { read: 'own' } } }, { objects: { client: { read: 'own' } } }]) {
      expect((await crm.query(officer, roleInput, { input: { key: 'more', labels: { en: 'More' }, rules } })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    }
    const mine = kartotek.engine.live.current.roles.find((r) => r.key === 'officer')!
    expect((await crm.query(officer, 'mutation($id: ID!, $input: RoleInput!) { updateRole(id: $id, version: 1, input: $input) { id } }', { id: mine.id, input: { key: 'officer', labels: { en: 'x' }, rules: { objects: { '*': { read: 'all' } } } } })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    const within = { objects: { client: { read: 'own' } }, fields: { 'client.taxId': { read: false } } }
    expect((await crm.query(officer, roleInput, { input: { key: 'less', labels: { en: 'Less' }, rules: within } })).errors).toBeUndefined()
  })

  it('do not grow by a token that leaves out the role that closes a field', async () => {
    const closing = await role('closing', { fields: { 'client.taxId': { read: false } } })
    const [managerRole, closingRole] = ['manager', 'closing'].map((key) => kartotek.engine.live.current.roles.find((r) => r.key === key)!.id)
    await kartotek.db.pool.query('insert into core.user_role (user_id, role_id) values ($1, $2)', [closing.actor.userId, managerRole])
    const { secret } = await createToken(kartotek.db.pool, { userId: closing.actor.userId!, name: 'part', roleIds: [managerRole!], days: 1 }, 'en')
    expect(closingRole).toBeTruthy()
    const body = await (await post({ query: '{ clients { nodes { taxId { value } } } }' }, { authorization: `Bearer ${secret}` })).text()
    expect(body).toContain('INVALID_INPUT')
  })

  it('do not grow by undoing: hidden fields stay, a creation is undone only with the right to delete', async () => {
    const half = await role('half', { objects: { client: { read: 'all', create: 'all', update: 'all' } }, capabilities: ['changes.revert'], fields: { 'client.industry': { read: false } } })
    const { data: { createClient: { id } } } = await crm.query(admin, 'mutation { createClient(input: { name: "Undo", industry: "before", source: "before" }) { id } }')
    const changed = await crm.query(admin, `mutation { updateClient(id: "${id}", input: { industry: "after", source: "after" }) { id } }`)
    const { data } = await crm.query(half, `mutation { revertChangeSet(id: "${changed.changeSets[0]}") { reverted kept { fields } } }`)
    expect(JSON.stringify(data)).not.toContain('industry')
    expect((await crm.query(admin, `{ client(id: "${id}") { industry source } }`)).data.client).toEqual({ industry: 'after', source: 'before' })
    const made = await crm.query(half, 'mutation { createClient(input: { name: "Made" }) { id } }')
    const undone = await crm.query(half, `mutation { revertChangeSet(id: "${made.changeSets[0]}") { reverted kept { reason } } }`)
    expect(undone.data.revertChangeSet).toEqual({ reverted: 0, kept: [{ reason: 'forbidden' }] })
  })

  it('do not show records to who manages the model but may not see them', async () => {
    await crm.query(admin, 'mutation { createClient(input: { name: "Model secret", industry: "a long industry" }) { id } }')
    const modeller = await role('modeller', { capabilities: ['model.manage'] })
    const { data } = await crm.query(modeller, 'mutation { planFieldChange(object: "client", field: "industry", input: { maxLength: 3 }) { failing rows { id title value } } }')
    expect(data.planFieldChange.failing).toBeGreaterThan(0)
    expect(data.planFieldChange.rows).toEqual([])
  })

  it('of one key of idempotency are not those of another person', async () => {
    const source = 'mutation { createClient(input: { name: "Once" }) { id } }'
    const first = await crm.query({ ...admin, idempotencyKey: 'k1' }, source)
    const second = await crm.query({ ...manager, idempotencyKey: 'k1' }, source)
    expect(second.data.createClient.id).not.toBe(first.data.createClient.id)
  })
})

describe('the WebSocket', () => {
  const open = (headers: Record<string, string>) => new Promise<{ status: number, socket?: WebSocket }>((done) => {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { headers })
    socket.on('open', () => done({ status: 101, socket }))
    socket.on('unexpected-response', (_request, response) => done({ status: response.statusCode ?? 0 }))
    socket.on('error', () => undefined)
  })
  const auth = () => ({ authorization: `Bearer ${token}` })
  const talk = async (socket: WebSocket, query: string): Promise<{ type: string, payload?: unknown }> => {
    const answer = new Promise<{ type: string, payload?: unknown }>((done) => socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { id?: string, type: string, payload?: unknown }
      if (message.id === '1') done(message)
    }))
    await new Promise<void>((done) => {
      socket.once('message', () => done())
      socket.send('{"type":"connection_init"}')
    })
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
    return answer
  }

  it('opens for nobody without a sign-in, and for no other site', async () => {
    expect((await open({})).status).toBe(401)
    expect((await open({ ...auth(), origin: 'http://evil.example' })).status).toBe(403)
  })

  it('takes subscriptions only, and suggests no names', async () => {
    for (const query of ['{ clients { nodes { name } } }', 'mutation { createTeam(input: { name: "ws" }) { id } }', 'subscription { clientChange { id } }', 'subscription { __schema { types { name } } }']) {
      const { socket } = await open(auth())
      const answer = await talk(socket!, query)
      expect(answer.type).toBe('error')
      expect(JSON.stringify(answer)).not.toContain('Did you mean')
      socket!.terminate()
    }
    expect((await crm.query(admin, '{ teams(filter: { name: { eq: "ws" } }) { nodes { id } } }')).data.teams.nodes).toEqual([])
  })

  it('closes within seconds when the token is revoked', async () => {
    const { secret, token: made } = await createToken(kartotek.db.pool, { userId: manager.actor.userId!, name: 'short', days: 1 }, 'en')
    const { socket } = await open({ authorization: `Bearer ${secret}` })
    const closed = new Promise<number>((done) => socket!.on('close', done))
    await kartotek.db.pool.query('update auth.api_token set revoked_at = now() where id = $1', [made.id])
    expect(await closed).toBe(4401)
  }, 10_000)
})
