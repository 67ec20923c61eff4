import { afterAll, describe, expect, it } from 'vitest'
import type { RoleRules } from '../src/access/roles.ts'
import { createToken } from '../src/accounts/tokens.ts'
import { eventually } from '../src/testing/child.ts'
import { testCrm } from '../src/testing/crm.ts'
import { testNode, type TestNode } from '../src/testing/node.ts'
import { listenAt, type Listening } from './access/listening.ts'

const PASSWORD = 'a password of the tests'
/** Losing a right works within 5 seconds, on every node, open sockets included. */
const SECONDS = 5

const crm = await testCrm()
const { pool } = crm.kartotek.db
const nodes: TestNode[] = [await testNode(crm), await testNode(crm)]
const here = nodes[0]!
afterAll(async () => {
  for (const l of watching) l.end()
  await Promise.all(nodes.map((node) => node.close()))
  await crm.close()
})

type Headers = Record<string, string>
interface Somebody { id: string, session: Headers, token: Headers, tokenId: string }
const bearer = (secret: string): Headers => ({ authorization: `Bearer ${secret}` })
const admin = bearer((await createToken(pool, { userId: (await crm.as('administrator')).actor.userId!, name: 'admin', days: 1 }, 'en')).secret)

async function asAdmin(source: string, variables?: object) {
  const { data, errors } = await here.ask(admin, source, variables)
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}
const roleOf = (key: string): string => crm.kartotek.engine.live.current.roles.find((r) => r.key === key)!.id
const role = async (key: string, rules: RoleRules): Promise<{ id: string, version: number }> => {
  const { createRole } = await asAdmin('mutation($input: RoleInput!) { createRole(input: $input) { id version } }', { input: { key, labels: { en: key }, rules } })
  await crm.kartotek.engine.live.refresh()
  return createRole
}

/** A person with a session and a token, both known to all nodes. */
async function somebody(roleKey: string): Promise<Somebody> {
  const { actor: { userId } } = await crm.as(roleKey)
  await crm.kartotek.accounts.setPassword(userId!, PASSWORD)
  // A new person counts as a change of rights for a while; here only the loss itself may close the sockets.
  await pool.query(`update core."user" set updated_at = now() - interval '1 hour' where id = $1`, [userId])
  const { rows: [user] } = await pool.query<{ email: string }>('select email from core."user" where id = $1', [userId])
  const { secret, token } = await createToken(pool, { userId: userId!, name: 'listen', days: 1 }, 'en')
  return { id: userId!, session: { ...await here.signIn(user!.email, PASSWORD) }, token: bearer(secret), tokenId: token.id }
}
const client = async (owner: string): Promise<string> =>
  (await asAdmin('mutation($owner: ID) { createClient(input: { name: "Watched", owner: $owner }) { id } }', { owner })).createClient.id

const LIST = '{ clients { nodes { id note } } }'
const CHANGES = 'subscription { clientChanged { kind id record { id name note } } }'

/** Subscriptions with these headers at all nodes, that hear of the client now. */
async function listeners(headers: Headers[], id: string): Promise<Listening[]> {
  const open = nodes.flatMap(({ url }) => headers.map((h) => listenAt(url, h, CHANGES)))
  await hears(open, id, 'heard before')
  return open
}
const write = (id: string, note: string, more = '') => asAdmin(`mutation($id: ID!, $note: String) { updateClient(id: $id, input: { note: $note ${more} }) { id } }`, { id, note })
const heard = (listening: Listening, text: string): boolean => listening.heard.some((event) => event.includes(text))
/** Writes until all have heard it: who comes back to a new socket misses what happens meanwhile. */
async function hears(open: Listening[], id: string, text: string): Promise<void> {
  await eventually(async () => {
    await Promise.all(open.map((l) => l.ready()))
    await write(id, `${text} ${Math.random()}`)
    await eventually(() => open.every((l) => heard(l, text)) || undefined, 2).catch(() => undefined)
    return open.every((l) => heard(l, text)) || undefined
  }, 30)
}
/** At both nodes, to know when all have been told. */
const watching = nodes.map(({ url }) => listenAt(url, admin, CHANGES))

/** What is left to a person: not to be known at all, no right to see clients, no sight of this client, all as it was. */
type Left = 'nobody' | 'no clients' | 'without it' | 'all'
/** What all nodes answer to these headers. */
async function left(headers: Headers, id: string): Promise<Left[]> {
  return Promise.all(nodes.map(async (node) => {
    const { status, data, errors } = await node.ask(headers, LIST)
    if (status === 401) return 'nobody'
    if (errors) return errors[0]!.extensions.code === 'INVALID_INPUT' ? 'no clients' : expect.fail(JSON.stringify(errors))
    return (data.clients.nodes as { id: string }[]).some((n) => n.id === id) ? 'all' : 'without it'
  }))
}

interface Loss {
  role?: string
  /** Gives the person sight of a client, if it is not his own. @returns the client */
  has?(person: Somebody): Promise<string>
  lose(person: Somebody, id: string): Promise<unknown>
  /** What is left by session and by token. */
  session: Left
  token: Left
}

/** A share or a team through which a colleague's client is seen. */
const colleague = (await crm.as('manager')).actor.userId!
await role('team_seller', { objects: { client: { read: 'team', update: 'own' }, user: { read: 'all' }, team: { read: 'all' } } })
await role('blind', {})
const team = (await asAdmin('mutation { createTeam(input: { name: "Team" }) { id } }')).createTeam.id as string
const setMembers = (users: string[]) => asAdmin('mutation($team: ID!, $users: [ID!]!) { setTeamMembers(team: $team, users: $users) }', { team, users })
const shared = async (person: Somebody): Promise<string> => {
  const id = await client(colleague)
  await asAdmin('mutation($id: ID!, $user: ID!) { shareRecord(object: "client", id: $id, user: $user, level: READ) }', { id, user: person.id })
  return id
}
const userMutation = (name: string) => (person: Somebody) => asAdmin(`mutation { ${name}(user: "${person.id}") }`)

const LOSSES: Record<string, Loss> = {
  'the role': { lose: (p) => asAdmin(`mutation { setUserRoles(user: "${p.id}", roles: ["${roleOf('blind')}"]) }`), session: 'no clients', token: 'no clients' },
  'the account, deactivated': { lose: userMutation('deactivateUser'), session: 'nobody', token: 'nobody' },
  'the account, in the trash': { lose: (p) => asAdmin(`mutation { deleteUser(id: "${p.id}") { id } }`), session: 'nobody', token: 'nobody' },
  'the team': {
    role: 'team_seller', session: 'without it', token: 'without it',
    async has(p) { await setMembers([colleague, p.id]); return client(colleague) },
    lose: () => setMembers([colleague]),
  },
  'the substitution': {
    session: 'without it', token: 'without it',
    async has(p) {
      await asAdmin('mutation($input: SubstitutionInput!) { startSubstitution(input: $input) { id } }', { input: { absent: colleague, substitute: p.id, from: new Date(Date.now() - 60_000).toISOString(), until: new Date(Date.now() + 3_600_000).toISOString() } })
      return client(colleague)
    },
    async lose(p) {
      const { substitutions } = await asAdmin('query($user: ID) { substitutions(user: $user) { id } }', { user: p.id })
      await asAdmin('mutation($id: ID!) { endSubstitution(id: $id) }', { id: substitutions[0].id })
    },
  },
  'the only share': {
    has: shared, session: 'without it', token: 'without it',
    lose: (p, id) => asAdmin(`mutation { unshareRecord(object: "client", id: "${id}", user: "${p.id}") }`),
  },
  'one of two shares': {
    async has(p) { await shared(p); return shared(p) }, session: 'without it', token: 'without it',
    lose: (p, id) => asAdmin(`mutation { unshareRecord(object: "client", id: "${id}", user: "${p.id}") }`),
  },
  'all sessions, by an administrator': { lose: userMutation('endUserSessions'), session: 'nobody', token: 'all' },
  'the session, by himself': {
    async lose(p) {
      const { data } = await here.ask(p.session, '{ mySessions { id current } }')
      await here.ask(p.session, `mutation { revokeSession(id: "${data.mySessions.find((s: { current: boolean }) => s.current).id}") }`)
    },
    session: 'nobody', token: 'all',
  },
  'the session, signed out': {
    lose: (p) => fetch(`${here.url}/auth/sign-out`, { method: 'POST', headers: { 'content-type': 'application/json', ...p.session }, body: '{}' }),
    session: 'nobody', token: 'all',
  },
  'the token': { lose: (p) => asAdmin(`mutation { revokeUserToken(user: "${p.id}", id: "${p.tokenId}") }`), session: 'all', token: 'nobody' },
  // Nobody says these to the nodes.
  'the session, by its time': { lose: (p) => pool.query('update auth.session set expires_at = now() where user_id = $1', [p.id]), session: 'nobody', token: 'all' },
  'the token, by its time': { lose: (p) => pool.query('update auth.api_token set expires_at = now() where user_id = $1', [p.id]), session: 'all', token: 'nobody' },
  'the role, behind the back of all': { lose: (p) => pool.query('delete from core.user_role where user_id = $1', [p.id]), session: 'no clients', token: 'no clients' },
  'the share, behind the back of all': { has: shared, lose: (p) => pool.query('delete from core.share where user_id = $1', [p.id]), session: 'without it', token: 'without it' },
}

describe('on both of two nodes', () => {
  it.concurrent.each(Object.entries(LOSSES))('sockets and requests lose %s', async (_name, loss) => {
    const person = await somebody(loss.role ?? 'manager')
    const id = await (loss.has?.(person) ?? client(person.id))
    const ways = [person.session, person.token]
    const open = await listeners(ways, id)
    for (const way of ways) expect(await left(way, id)).toEqual(['all', 'all'])
    const leftBy = (i: number): Left => [loss.session, loss.token][i % 2]!
    const losing = open.filter((_, i) => leftBy(i) !== 'all')
    const known = losing.map((l) => l.closings.length)

    const began = Date.now()
    await loss.lose(person, id)
    expect(await left(person.session, id)).toEqual([loss.session, loss.session])
    expect(await left(person.token, id)).toEqual([loss.token, loss.token])
    await eventually(() => losing.every((l, i) => l.refused || l.closings.length > known[i]!) || undefined, 30)
    expect(losing.map((l, i) => (l.closings[known[i]!]?.at ?? began) - began).filter((ms) => ms > SECONDS * 1000)).toEqual([])
    await Promise.all(losing.map((l) => l.ready()))
    expect(open.map((l) => l.refused)).toEqual(open.map((_, i) => ['nobody', 'no clients'].includes(leftBy(i))))

    // What happens from now on is heard by who kept the right, on all nodes, and by nobody who lost it.
    await hears([...watching, ...open.filter((_, i) => leftBy(i) === 'all')], id, `heard after ${id}`)
    expect(losing.map((l) => heard(l, `heard after ${id}`))).toEqual(losing.map(() => false))
    for (const l of open) l.end()
  }, 90_000)

  it('open sockets follow a change of the rules of their role, without a word of what is closed', async () => {
    const rules: RoleRules = { objects: { client: { read: 'all' }, user: { read: 'all' } } }
    const { id: roleId, version } = await role('changing', rules)
    const person = await somebody('changing')
    const id = await client(colleague)
    const open = await listeners([person.session, person.token], id)
    const change = async (next: RoleRules, v: number): Promise<void> => {
      await asAdmin('mutation($id: ID!, $version: Int!, $input: RoleInput!) { updateRole(id: $id, version: $version, input: $input) { id } }', { id: roleId, version: v, input: { key: 'changing', labels: { en: 'x' }, rules: next } })
      await eventually(async () => (await left(person.session, id)).every((l) => l === 'no clients') || undefined, SECONDS)
    }
    // A field is closed: nobody hears of it any more, while all else is told.
    await change({ ...rules, fields: { 'client.note': { read: false } } }, version)
    const fresh = nodes.map(({ url }) => listenAt(url, person.session, 'subscription { clientChanged { record { name } } }'))
    await Promise.all(fresh.map((l) => l.ready()))
    await write(id, 'closed note', 'name: "Told name"')
    await eventually(() => [...watching, ...fresh].every((l) => heard(l, 'Told name')) || undefined, 30)
    await eventually(() => open.every((l) => l.refused || heard(l, 'Told name')) || undefined, 30)
    expect([...open, ...fresh].map((l) => heard(l, 'closed note'))).toEqual([...open, ...fresh].map(() => false))
    // All is closed.
    await change({ objects: {} }, version + 1)
    await hears(watching, id, 'untold')
    expect([...open, ...fresh].map((l) => heard(l, 'untold'))).toEqual([...open, ...fresh].map(() => false))
    for (const l of [...open, ...fresh]) l.end()
  }, 90_000)

  it('who loses a record to another owner is told that it is gone, and no more', async () => {
    const person = await somebody('manager')
    const id = await client(person.id)
    const open = await listeners([person.session, person.token], id)
    await write(id, 'of the new owner', `owner: "${colleague}"`)
    await hears(watching, id, 'later')
    await eventually(() => open.every((l) => heard(l, '"GONE"')) || undefined, 30).catch(() => undefined)
    expect(open.filter((l) => !heard(l, '"GONE"')).map(({ heard, closings, refused }) => ({ heard, closings, refused }))).toEqual([])
    expect(open.flatMap((l) => l.heard).filter((text) => /new owner|later/.test(text))).toEqual([])
    expect(await left(person.session, id)).toEqual(['without it', 'without it'])
    for (const l of open) l.end()
  })
})
