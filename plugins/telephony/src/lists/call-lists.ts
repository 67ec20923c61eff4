import { ConflictError, DomainError, InputError, LimitError, NotAllowedError, NotFoundError, type Filter, type ListQuery, type RecordData } from '@kartotek/sdk'
import { isDuplicate } from '../missed/missed.ts'
import { say } from '../messages.ts'
import type { Ctx } from '../settings.ts'

export const listTypes = `
"What became of one step of filling a list. Where more is true, the next step begins after it."
type TelephonyListFilled { added: Int! "Without a telephone number." numberless: Int! "Who must not be called." refused: Int! "Were in the list." repeated: Int! more: Boolean! after: String }
type TelephonyListProgress { waiting: Int! taken: Int! later: Int! done: Int! reached: Int! }
"The client whom to call now."
type TelephonyNextClient { item: ID! client: ID name: String! "Null for who may not read numbers of clients." number: String tries: Int! note: String callAt: DateTime script: String }
extend type Query {
  "How far a calling list is, of the clients that the caller sees."
  telephonyListProgress(list: ID!): TelephonyListProgress!
}
extend type Mutation {
  "Puts clients into a calling list, 500 at a time: those that the caller sees and may call. One of the three says which: those of a segment, these ones (at most 500), or those whom clients(filter, search) lists."
  telephonyFillList(list: ID!, segment: ID, clients: [ID!], filter: ClientFilter, search: String, after: String): TelephonyListFilled!
  "The next client of a list; null where there is none now. Nobody else gets him for half an hour."
  telephonyNextClient(list: ID!): TelephonyNextClient
  "What came of the call to the client in hand. With \`callAt\` he comes again at that time; who did not answer comes again in an hour of working time."
  telephonyListResult(item: ID!, result: String!, note: String, callAt: DateTime): Boolean!
}
`

const STEP = 500
const HELD_MS = 30 * 60_000
const AGAIN_MINUTES = 60
const RESULTS = new Set(['reached', 'callBack', 'noAnswer', 'busy', 'refused', 'wrongNumber'])
const AGAIN = new Set(['callBack', 'noAnswer', 'busy'])

const keyOf = (value: unknown): string => (typeof value === 'object' && value !== null ? (value as { key: string }).key : String(value))

async function listOf(ctx: Ctx, id: string): Promise<RecordData> {
  const list = await ctx.records.get('callList', id)
  if (!list) throw new NotFoundError(say(ctx, 'There is no such calling list.'))
  return list
}

/** What is done here, the plugin does: that one may change such records is asked first. */
function requireRight(ctx: Ctx, action: 'create' | 'update'): void {
  if (!ctx.records.may('callListItem', action)) throw new NotAllowedError(say(ctx, 'You may not work on calling lists.'), { object: 'callListItem' })
}

/** Which clients are put into a list. */
interface Whom { segment?: string | null, clients?: string[] | null, filter?: Filter | null, search?: string | null }

function queryOf(ctx: Ctx, { segment, clients, filter, search }: Whom): Pick<ListQuery, 'filter' | 'search'> {
  const named = [segment == null ? null : { inSegment: [segment] }, clients && { id: { in: clients } }, filter].filter((one) => one != null)
  // Nobody is called because a client of the API forgot to say whom.
  if (named.length !== 1 || segment === '') throw new InputError(say(ctx, 'Say whom to call: a segment, clients, or a condition.'))
  if (clients && clients.length > STEP) throw new LimitError(say(ctx, 'At most {reason} clients are put into a list at once.', String(STEP)), { max: STEP })
  return { filter: named[0] as Filter, ...search ? { search } : {} }
}

export async function fillList(ctx: Ctx, { list: id, after, ...whom }: { list: string, after?: string | null } & Whom) {
  requireRight(ctx, 'create')
  const query = queryOf(ctx, whom)
  const list = await listOf(ctx, id)
  const own = await ctx.asPlugin('fill-calling-list', { object: 'callList', id })
  const filled = { added: 0, numberless: 0, refused: 0, repeated: 0, more: true, after: after ?? null }
  for (let n = 0; n < STEP && filled.more; n += 100) {
    const page = await ctx.records.list('client', { ...query, fields: ['name'], first: 100, ...filled.after ? { after: filled.after } : {} })
    const ids = page.nodes.map((node) => node.id)
    const may = new Set((await mayCall(own, ids, list.purpose as string | null)).filter(({ may: yes }) => yes).map((one) => one.id))
    const numbers = await numbersOf(ctx, [...may])
    filled.refused += ids.length - may.size
    filled.numberless += [...may].filter((client) => !numbers.has(client)).length
    const inputs = page.nodes.filter((node) => numbers.has(node.id)).map((node) => ({ heading: String(node.name), list: id, client: node.id, number: numbers.get(node.id), listKey: `${id}:${node.id}` }))
    for (const result of inputs.length ? await own.records.createMany('callListItem', inputs) : []) {
      if (result.ok) filled.added++
      else if (isDuplicate(result.error)) filled.repeated++
      else throw result.error
    }
    filled.after = page.endCursor ?? filled.after
    filled.more = page.hasNextPage
  }
  return filled
}

/** Whom one may call for the purpose; without one, who did not say that he must not be called. */
async function mayCall(own: Ctx, ids: string[], purpose: string | null): Promise<{ id: string, may: boolean }[]> {
  return ids.length ? own.records.mayContact('client', ids, 'phone', purpose ?? undefined) : []
}

/** The number of each client: the one marked as primary, else the first. */
async function numbersOf(ctx: Ctx, clients: string[]): Promise<Map<string, string>> {
  const numbers = new Map<string, string>()
  for (let i = 0; i < clients.length; i += 50) {
    const { nodes } = await ctx.records.list('contactPoint', { filter: { client: { id: { in: clients.slice(i, i + 50) } }, kind: { eq: 'phone' } }, fields: ['client', 'value', 'isPrimary'], first: 200 })
    for (const point of nodes) if (point.isPrimary || !numbers.has(point.client as string)) numbers.set(point.client as string, String(point.value))
  }
  return numbers
}

export async function nextClient(ctx: Ctx, { list: id }: { list: string }, now = new Date()) {
  requireRight(ctx, 'update')
  const list = await listOf(ctx, id)
  const me = ctx.actor.userId
  if (!me) throw new InputError(say(ctx, 'A calling list is worked on by people.'))
  const own = await ctx.asPlugin('take-from-calling-list', { object: 'callList', id })
  const left = new Date(now.getTime() - HELD_MS).toISOString()
  const free = { or: [
    { state: { eq: 'taken' }, owner: { id: { eq: me } } },
    { state: { eq: 'later' }, callAt: { lte: now.toISOString() }, owner: { id: { eq: me } } },
    { state: { eq: 'later' }, callAt: { lte: left } },
    { state: { eq: 'taken' }, takenAt: { lte: left } },
    { state: { eq: 'waiting' } },
  ] }
  for (let round = 0; round < 20; round++) {
    // With the rights of who calls: of clients that he does not see he gets none.
    const { nodes } = await ctx.records.list('callListItem', { filter: { list: { id: { eq: id } }, ...free }, orderBy: [{ field: 'callAt' }, { field: 'createdAt' }], first: 25 })
    if (!nodes.length) return null
    const mine = nodes.filter((node) => keyOf(node.state) === 'taken' && node.owner === me)
    for (const item of [...mine, ...nodes.filter((node) => !mine.includes(node))]) {
      if (!await take(own, item, me, list.purpose as string | null, now)) continue
      return { item: item.id, client: item.client, name: item.heading, number: (item.number as { raw: string } | null | undefined)?.raw ?? null, tries: item.tries, note: item.note, callAt: item.callAt, script: list.script }
    }
  }
  return null
}

/** Of two who try, one gets it: both change the time at which it was taken. */
async function take(own: Ctx, item: RecordData, me: string, purpose: string | null, now: Date): Promise<boolean> {
  const [may] = await mayCall(own, item.client ? [item.client as string] : [], purpose)
  const taken = may?.may ? { state: 'taken', owner: me, takenAt: new Date(Math.max(now.getTime(), Date.now())).toISOString() } : { state: 'done', result: 'mustNot', takenAt: now.toISOString() }
  try {
    await own.records.update('callListItem', item.id, taken, item.version)
    return Boolean(may?.may)
  } catch (error) {
    if (error instanceof ConflictError || (error instanceof DomainError && error.code === 'CONFLICT')) return false
    throw error
  }
}

export async function listResult(ctx: Ctx, { item: id, result, note, callAt }: { item: string, result: string, note?: string | null, callAt?: string | null }): Promise<boolean> {
  if (!RESULTS.has(result)) throw new InputError(say(ctx, 'This is none of the results.'), [{ field: 'result', rule: 'option', message: say(ctx, 'This is none of the results.') }])
  requireRight(ctx, 'update')
  const item = await ctx.records.get('callListItem', id)
  if (!item || item.owner !== ctx.actor.userId) throw new NotFoundError(say(ctx, 'There is no such client in your hand.'))
  const list = await listOf(ctx, item.list as string)
  const tries = (item.tries as number) + 1
  const again = callAt ?? (AGAIN.has(result) && tries < (list.attempts as number) ? (await ctx.company.dueAfter(AGAIN_MINUTES))?.toISOString() ?? null : null)
  const own = await ctx.asPlugin('keep-call-result', { object: 'callListItem', id })
  // Who did not answer may be called by anybody; who asked for a time by who promised it.
  await own.records.update('callListItem', id, { state: again ? 'later' : 'done', result, tries, callAt: again, ...note === undefined ? {} : { note }, ...again && !callAt ? { owner: null } : {} }, item.version)
  return true
}

export async function progress(ctx: Ctx, { list }: { list: string }) {
  await listOf(ctx, list)
  const count = (filter: object): Promise<number> => ctx.records.count('callListItem', { filter: { list: { id: { eq: list } }, ...filter } })
  const [waiting, taken, later, done, reached] = await Promise.all([...['waiting', 'taken', 'later', 'done'].map((state) => count({ state: { eq: state } })), count({ result: { eq: 'reached' } })])
  return { waiting, taken, later, done, reached }
}
