import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type FormattedExecutionResult } from 'graphql-ws'
import type pg from 'pg'
import { WebSocket } from 'ws'
import { FakeExchange } from '../../plugins/telephony/src/asterisk/fake-exchange.ts'
import type { BenchData } from './build-data.ts'
import { p95, samples, spread } from './samples.ts'
import type { BenchServer, Session } from './server.ts'
import { count, ms, type Table } from './table.ts'

const GOAL_MS = 300
const EXTENSIONS = { administrator: '101', manager: '102' }
const SECRET = 'secret of the bench'

type Told = FormattedExecutionResult<{ telephonyIncomingCall: Card | null }, unknown>
interface Card { state: string, line: string | null, client: { id: string } | null }

/**
 * Incoming calls over the line of an exchange (AMI), one after another: from its event to the card of the client in the browser of
 * who is called, by a subscription. Callers are clients that the called one sees, and numbers of nobody. `plain` beside it is one look
 * for the number in the table of contact points.
 */
export async function benchCalls(table: Table, server: BenchServer, pool: pg.Pool, sessions: Record<'administrator' | 'manager', Session>, { people, accounts }: BenchData, quick: boolean): Promise<void> {
  const exchange = await FakeExchange.open(SECRET)
  const { rows: [found] } = await pool.query<{ id: string }>('select id from core."user" where email = $1', [accounts.administrator.email])
  const users = { administrator: found!.id, manager: people.manager }
  const settings = (values: object) => sessions.administrator.ask('mutation ($values: JSON!) { updatePluginSettings(plugin: "telephony", values: $values) { __typename } }', { values })
  const extension = (user: string, value: string | null) => sessions.administrator.ask('mutation ($id: ID!, $extension: String) { updateUser(id: $id, input: { telephony: { extension: $extension } }) { id } }', { id: user, extension: value })
  try {
    for (const who of ['administrator', 'manager'] as const) await extension(users[who], EXTENSIONS[who])
    await settings({ asteriskUrl: exchange.url, asteriskUser: 'bench', asteriskSecret: SECRET })
    for (let waited = 0; !exchange.listeners.length; waited++) {
      if (waited > 600) throw new Error('Nobody listens to the exchange of the bench.')
      await sleep(100)
    }
    const known = (await pool.query<{ n: number }>('select reltuples::bigint::int as n from pg_class where oid = \'core.contact_point\'::regclass')).rows[0]!.n
    for (const who of ['administrator', 'manager'] as const) {
      const rounds = quick ? 30 : 200
      const numbers = await numbersOf(pool, who === 'manager' ? people.manager : null, rounds + 2)
      const plain = await samples(rounds, (i) => pool.query('select client_id from core.contact_point where kind = \'phone\' and key = $1 limit 2', [numbers[i]]))
      const line = await Line.open(server.url, sessions[who].cookie, exchange, EXTENSIONS[who])
      const knows = await samples(rounds, async (i) => { if (!(await line.call(numbers[i % numbers.length]!)).client) throw new Error('A caller was not recognised.') }, 120)
      const unknown = await samples(rounds, async (i) => { if ((await line.call(`+7000${String(Date.now()).slice(-6)}${i % 10}`)).client) throw new Error('Nobody was recognised as somebody.') }, 120)
      await line.end()
      for (const [what, taken] of [['who is known', knows], ['who is not', unknown]] as const) {
        table.add(`an incoming call of somebody ${what}, from the event of the exchange to the card in the browser, ${who}`, `${spread(taken)}, worst ${ms(Math.max(...taken))}`,
          `${count(known)} contact points; plain SQL for the number ${spread(plain)}`, `p95 ≤ ${GOAL_MS} ms`, p95(taken) <= GOAL_MS)
      }
    }
  } finally {
    await settings({ asteriskUrl: '', asteriskUser: '' })
    for (const user of Object.values(users)) await extension(user, null)
    await exchange.close()
  }
}

/** Telephones of clients, of one each, all over the table. */
async function numbersOf(pool: pg.Pool, owner: string | null, most: number): Promise<string[]> {
  const { rows } = await pool.query<{ key: string }>(`select min(p.key) as key from core.contact_point p join core.client c on c.id = p.client_id
    where p.kind = 'phone' and c.trashed_at is null ${owner ? 'and c.owner_id = $2' : 'and hashtext(p.key) % 97 = 0'}
    group by p.key having count(*) = 1 order by md5(p.key) limit $1`, owner ? [most, owner] : [most])
  if (!rows.length) throw new Error('There are no telephones in the data of the bench.')
  return rows.map(({ key }) => key)
}

/** An open page of one person, and the exchange that rings at his telephone. */
class Line {
  readonly #exchange: FakeExchange
  readonly #extension: string
  readonly #client
  readonly #cards: AsyncIterator<Told, unknown, void>
  #coming: Promise<IteratorResult<Told, unknown>> | null = null
  static #calls = 0

  private constructor(url: URL, cookie: string, exchange: FakeExchange, extension: string) {
    this.#exchange = exchange
    this.#extension = extension
    class SignedIn extends WebSocket {
      constructor(address: string, protocols: string[]) { super(address, protocols, { headers: { cookie, origin: url.origin } }) }
    }
    this.#client = createClient({ url: `ws://${url.host}/graphql`, webSocketImpl: SignedIn, lazy: false, onNonLazyError() { /* told by what waits for the card */ } })
    this.#cards = this.#client.iterate<{ telephonyIncomingCall: Card | null }>({ query: 'subscription { telephonyIncomingCall { state line number client { id name orders { number subject } } contact { name } } }' })
  }

  /** The page hears when this is done: it rings until it does. */
  static async open(url: URL, cookie: string, exchange: FakeExchange, extension: string): Promise<Line> {
    const line = new Line(url, cookie, exchange, extension)
    for (let attempt = 1; ; attempt++) {
      try {
        await line.call('+70000000000', 2_000)
        return line
      } catch (error) { if (attempt === 10) throw error }
    }
  }

  /** Rings from this number, and hangs up when the card is there. */
  async call(number: string, patience = 30_000): Promise<Card> {
    const n = ++Line.#calls
    const id = `bench.${process.pid}.${n}`
    const dialled = String(4_950_000_000 + n)
    const channel = n.toString(16).padStart(8, '0')
    const trunk = { Channel: `PJSIP/trunk-${channel}`, Uniqueid: id, Linkedid: id }
    const phone = { Channel: `PJSIP/${this.#extension}-${channel}`, Uniqueid: `${id}.1`, Linkedid: id }
    await this.#say({ Event: 'Newchannel', ...trunk, ChannelState: '4', CallerIDNum: number, Context: 'from-trunk', Exten: dialled },
      { Event: 'Newchannel', ...phone, ChannelState: '0', CallerIDNum: this.#extension, Context: 'from-internal', Exten: 's' },
      { Event: 'DialBegin', ...trunk, DestChannel: phone.Channel, DestUniqueid: phone.Uniqueid, DestLinkedid: id, DialString: this.#extension })
    const card = await this.#card(dialled, patience)
    await this.#say({ Event: 'Hangup', ...phone, Cause: '16' }, { Event: 'Hangup', ...trunk, Cause: '16' })
    return card
  }

  #say(...events: Record<string, string>[]): Promise<void> {
    return this.#exchange.say(Buffer.from(events.map((event) => `${Object.entries(event).map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`).join('')))
  }

  async #card(dialled: string, patience: number): Promise<Card> {
    const late = sleep(patience, undefined, { ref: false }).then(() => { throw new Error('No card came.') })
    for (;;) {
      this.#coming ??= this.#cards.next()
      const { done, value } = await Promise.race([this.#coming, late])
      this.#coming = null
      if (done) throw new Error('The subscription of the bench ended.')
      const card = value.data?.telephonyIncomingCall
      if (card?.state === 'ringing' && card.line === dialled) return card
    }
  }

  async end(): Promise<void> { await this.#client.dispose() }
}
