import { ConflictError, DomainError, DuplicateError } from '@kartotek/sdk'
import type { CallSink, CallState } from '@kartotek/sdk/contracts'
import type { Ctx } from '../settings.ts'
import { callByKey, numberKeyOf, type Call } from './call.ts'
import { ring } from './incoming.ts'
import { lengths, merged, type CallFacts } from './merge.ts'
import { usersOf } from './people.ts'
import { HIDDEN } from './words.ts'

const MOST_ATTEMPTS = 10
const PROVIDER = /^[a-z][a-z0-9-]{0,39}$/

/**
 * Keeps what exchanges tell. A telling is one write at most: who tells the same twice, or on two nodes at once, changes nothing.
 * What follows from a call that ended is done later, by its event: {@link settle}.
 */
export class Sink implements CallSink {
  readonly #ctx: Ctx

  constructor(ctx: Ctx) { this.#ctx = ctx }

  async tell(provider: string, calls: readonly CallState[]): Promise<void> {
    if (!PROVIDER.test(provider)) throw new TypeError(`The key of a provider is kebab-case, and not ${JSON.stringify(provider)}.`)
    // A provider of another plugin tells with rights of its own.
    const ctx = this.#ctx.actor.kind === 'plugin' && this.#ctx.actor.id === this.#ctx.plugin ? this.#ctx : await this.#ctx.asPlugin('keep-calls')
    for (const call of calls) await keep(ctx, provider, call)
  }
}

async function keep(ctx: Ctx, provider: string, told: CallState): Promise<void> {
  if (!told.externalId || told.externalId.length > 100) throw new TypeError('A call needs the name that its exchange gives it, of at most 100 characters.')
  const externalKey = `${provider}:${told.externalId}`
  for (let attempt = 1; ; attempt++) {
    const known = await callByKey(ctx, externalKey)
    const facts = merged(known, told)
    try {
      const users = await usersOf(ctx, [...told.ringing ?? [], facts.extension])
      const call = known ? await update(ctx, known, facts, users) : await create(ctx, provider, told.externalId, externalKey, facts, users)
      await ring(ctx, call, known, users)
      return
    } catch (error) {
      // Another node, or the same telling twice at once: look again.
      if (attempt === MOST_ATTEMPTS || !isLost(error)) throw error
    }
  }
}

const isLost = (error: unknown): boolean => error instanceof ConflictError || error instanceof DuplicateError || (error instanceof DomainError && (error.code === 'CONFLICT' || error.code === 'DUPLICATE'))

async function create(ctx: Ctx, provider: string, externalId: string, externalKey: string, facts: CallFacts, users: string[]): Promise<Call> {
  const who = facts.number ? await ctx.records.recognise([{ kind: 'phone', value: facts.number }]) : null
  const numberKey = numberKeyOf(ctx, facts.number)
  const heading = facts.number ? ctx.company.phone(facts.number).display : HIDDEN[ctx.company.locale]
  const input = {
    ...shown(facts), heading, numberKey, provider, externalId, externalKey, sequence: facts.sequence, tellings: 1,
    client: who?.client ?? null, contact: who?.contact ?? null, order: who?.order ?? null, owner: facts.extension ? users.at(-1) ?? null : users[0] ?? null,
  }
  const { id, version } = await ctx.records.create('call', { ...input, rings: users.map((user) => ({ user })) })
  return { ...facts, ...input, id, version, note: null, talk: lengths(facts).talk, missedCall: null, intakeItem: null }
}

async function update(ctx: Ctx, known: Call, facts: CallFacts, users: string[]): Promise<Call> {
  const before = shown(known)
  const changed: Record<string, unknown> = Object.fromEntries(Object.entries(shown(facts)).filter(([name, value]) => value !== before[name as keyof typeof before]))
  const rings = users.length ? await withRings(ctx, known.id, users) : null
  if (rings) changed.rings = rings
  if (!Object.keys(changed).length) return known
  // Its owner is who talks, or at whose telephone it rang last.
  const owner = changed.extension || (rings && !known.answeredAt) ? users.at(-1) : undefined
  if (owner && owner !== known.owner) changed.owner = owner
  if (changed.number) {
    const who = await ctx.records.recognise([{ kind: 'phone', value: facts.number! }])
    Object.assign(changed, { numberKey: numberKeyOf(ctx, facts.number), heading: ctx.company.phone(facts.number!).display }, known.client || known.contact ? {} : { client: who?.client ?? null, contact: who?.contact ?? null, order: who?.order ?? null })
  }
  // Every telling changes `tellings`: of two at once one is late, and looks again.
  const { version } = await ctx.records.update('call', known.id, { ...changed, sequence: facts.sequence, tellings: known.tellings + 1 }, known.version)
  const { rings: _rings, ...fields } = changed
  return { ...known, ...facts, ...fields, version, tellings: known.tellings + 1 } as Call
}

/** The rings with these users added; null where they are there. */
async function withRings(ctx: Ctx, call: string, users: readonly string[]): Promise<object[] | null> {
  const { nodes } = await ctx.records.list('callRing', { filter: { call: { id: { eq: call } } }, fields: ['user'], first: 200 })
  const added = users.filter((user) => !nodes.some((node) => node.user === user))
  return added.length ? [...nodes.map(({ id }) => ({ id })), ...added.map((user) => ({ user }))] : null
}

/** The facts as fields of the record. */
function shown(facts: CallFacts) {
  const { direction, number, line, extension, queue, startedAt, answeredAt, endedAt, result, recording } = facts
  return { direction, number, line, extension, queue, startedAt, answeredAt, endedAt, result, recording, recorded: recording !== null, ...lengths(facts) }
}
