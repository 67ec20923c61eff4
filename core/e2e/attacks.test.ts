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
    const dear: Record<string, string> = {
      ...dearIn('{ clients { nodes', 'Client'),
      'many roots in a fragment': `{ ...R } fragment R on Query { ${Array.from({ length: 30 }, (_, i) => `a${i}: clients { nodes { id } }`).join(' ')} }`,
      'aliased introspection': `{ ${Array.from({ length: 60 }, (_, i) => `a${i}: __schema { types { name } }`).join(' ')} }`,
      'pages behind fragments': '{ clients(first: 200) { ...P } } fragment P on ClientConnection { nodes { orders(first: 200) { ...O } } } fragment O on OrderConnection { nodes { id subject number } }',
      'pages by the default of a variable': 'query($n: Int = 200) { clients(first: $n) { nodes { orders(first: $n) { nodes { id subject } } } } }',
    }
    for (const [name, query] of Object.entries(dear)) {
      // Thrice, because what comes again is compiled.
      for (let i = 0; i < 4; i++) expect([name, ['LIMIT_EXCEEDED', 'INVALID_INPUT'].includes(await ask(query))]).toEqual([name, true])
    }
  }, 60_000)

  it('takes bodies that are no requests for mistakes', async () => {
    const query = 'query($s: String) { clients(search: $s) { nodes { id } } }'
    for (const body of [
      'null', '5', '"x"', '[]', '[[]]', '{}', '{"query":null}', '{"query":5}', '{"query":{}}', '{"query":""}', `{"query":"\ud800"}`, `{"query":"{ __typename } # \u0000"}`, '{"query":"{ __typename }","variables":[]}',
      '{"query":"{ __typename }","variables":"x"}', '{"query":"{ __typename }","operationName":5}', '{"query":"{ __typename }","operationName":"__proto__"}', '{"query":"{ __typename }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}',
      '{"__proto__":{"query":"{ __typename }"}}', `{"query":${JSON.stringify(query)},"variables":{"s":"\ud800"}}`, `{"query":${JSON.stringify(query)},"variables":{"__proto__":{"s":"x"}}}`, `{"query":${JSON.stringify(query)},"variables":{"s":{"toString":"x"}}}`,
    ]) {
      for (let i = 0; i < 4; i++) {
        const response = await post(body)
        expect([body, response.status < 500, (await response.text()).includes('"INTERNAL"')]).toEqual([body, true, false])
      }
    }
    expect(await ask('{ __typename }')).toBe('none')
  })
})

/** What costs too much below a place where the fields of a type are selected. */
function dearIn(open: string, type: string): Record<string, string> {
  const close = '}'.repeat((open.match(/\{/g) ?? []).length)
  const within = (selection: string, fragments = ''): string => `${open} { ${selection} } ${close} ${fragments}`
  const doubling = Array.from({ length: 28 }, (_, i) => `fragment F${i} on ${type} { ...F${i + 1} ...F${i + 1} }`).join(' ') + ` fragment F28 on ${type} { id }`
  return {
    'the same field again and again': within('id '.repeat(30_000)),
    'many aliases': within(Array.from({ length: 60 }, (_, i) => `a${i}: id`).join(' ')),
    'fragments that double': within('...F0', doubling),
    'a cycle of fragments': within('...A', `fragment A on ${type} { ...B } fragment B on ${type} { ...A }`),
    'depth': within(`${'orders { nodes { client { '.repeat(8)} id ${'} } }'.repeat(8)}`),
    'pages in pages': within('orders(first: 200) { nodes { client { orders(first: 200) { nodes { id subject } } } } }'),
    'a long document': within(`orders(search: "${'x'.repeat(120_000)}") { nodes { id } }`),
  }
}

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
    // The other node hears of the new role a moment later.
    await expect.poll(() => post({ query: '{ clients { nodes { taxId { value } } } }' }, { authorization: `Bearer ${secret}` }).then(codeOf), { timeout: 5_000 }).toBe('INVALID_INPUT')
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
    // Over HTTP: again one's own, another's, with another input, and after the right is gone.
    const secret = async (userId: string, roleIds?: string[]) => ({ 'authorization': `Bearer ${(await createToken(kartotek.db.pool, { userId, name: 'again', days: 1, roleIds }, 'en')).secret}`, 'idempotency-key': 'k2' })
    const [mine, theirs, part] = [await secret(admin.actor.userId!), await secret(manager.actor.userId!), await secret(admin.actor.userId!, admin.actor.roleIds as string[])]
    const once = async (headers: Record<string, string>, text = source) => (await node.ask(headers, text))
    const made = (await once(mine)).data.createClient.id
    expect((await once(mine)).data.createClient.id).toBe(made)
    expect(new Set([made, (await once(theirs)).data.createClient.id, (await once(part)).data.createClient.id]).size).toBe(3)
    expect((await once(mine, source.replace('Once', 'Twice'))).errors?.[0]?.extensions.code).toBe('INVALID_INPUT')
    await kartotek.db.pool.query('delete from core.user_role where user_id = $1', [manager.actor.userId])
    expect((await once(theirs)).data).toBeUndefined()
    for (const key of ['x'.repeat(201), `' or 1=1 --`, '__proto__']) expect((await once({ ...mine, 'idempotency-key': key })).errors?.filter((e) => e.extensions.code === 'INTERNAL') ?? []).toEqual([])
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

  it('refuses what would cost too much as HTTP does', async () => {
    for (const [name, query] of Object.entries(dearIn('subscription { clientChanged { record', 'Client'))) {
      const { socket } = await open(auth())
      const closed = new Promise<{ type: string, payload?: unknown }>((done) => socket!.on('close', () => done({ type: 'error' })))
      const { type, payload } = await Promise.race([talk(socket!, query), closed])
      expect([name, type]).toEqual([name, 'error'])
      if (payload) expect([name, (payload as { extensions: { code: string } }[])[0]!.extensions.code]).toEqual([name, /cycle|again and again/.test(name) ? 'INVALID_INPUT' : 'LIMIT_EXCEEDED'])
      socket!.terminate()
    }
    const many = Array.from({ length: 3 }, (_, i) => `a${i}: clientChanged { id }`).join(' ')
    const { socket } = await open(auth())
    expect((await talk(socket!, `subscription { ${many} }`)).type).toBe('error')
    socket!.terminate()
  })

  it('holds as many subscriptions and sockets as it allows, and closes for what is no message', async () => {
    const { socket } = await open(auth())
    const errors: string[] = []
    socket!.on('message', (data) => { if (String(data).includes('"error"')) errors.push(String(data)) })
    const ready = new Promise<void>((done) => socket!.once('message', () => done()))
    socket!.send('{"type":"connection_init"}')
    await ready
    for (let i = 0; i < 60; i++) socket!.send(JSON.stringify({ id: `s${i}`, type: 'subscribe', payload: { query: 'subscription { clientChanged { id } }' } }))
    await expect.poll(() => errors.length, { timeout: 10_000 }).toBe(10)
    expect(errors.filter((e) => !e.includes('LIMIT_EXCEEDED'))).toEqual([])
    const sockets = await Promise.all(Array.from({ length: 25 }, () => open(auth())))
    expect(sockets.filter((s) => s.status === 429).length).toBeGreaterThan(0)
    for (const s of [...sockets, { socket }]) s.socket?.terminate()
    await expect.poll(async () => { const { status, socket: s } = await open(auth()); s?.terminate(); return status }, { timeout: 10_000 }).toBe(101)

    const init = '{"type":"connection_init"}'
    const subscribe = '{"id":"1","type":"subscribe","payload":{"query":"subscription { clientChanged { id } }"}}'
    for (const messages of [['x'], ['[]'], ['5'], [`[${init},${init}]`], [init, init], [subscribe], [init, '{"id":5,"type":"subscribe"}'], [init, '{"id":"1","type":"subscribe","payload":{"query":5}}'], [init, '{"type":"__proto__"}'], [init, subscribe, subscribe], [`{"type":"connection_init","payload":{"x":"${'x'.repeat(200_000)}"}}`]]) {
      const { socket: odd } = await open(auth())
      const closed = new Promise<boolean>((done) => {
        odd!.on('close', () => done(true))
        odd!.on('message', (data) => { if (String(data).includes('"error"')) done(true) })
      })
      for (const message of messages) odd!.send(message)
      expect([messages.map((m) => m.slice(0, 60)), await closed]).toEqual([messages.map((m) => m.slice(0, 60)), true])
      odd!.terminate()
    }
    expect(await ask('{ __typename }')).toBe('none')
  }, 60_000)

  it('closes within seconds when the token is revoked', async () => {
    const { secret, token: made } = await createToken(kartotek.db.pool, { userId: manager.actor.userId!, name: 'short', days: 1 }, 'en')
    const { socket } = await open({ authorization: `Bearer ${secret}` })
    const closed = new Promise<number>((done) => socket!.on('close', done))
    await kartotek.db.pool.query('update auth.api_token set revoked_at = now() where id = $1', [made.id])
    expect([4401, 4403]).toContain(await closed)
  }, 10_000)
})
