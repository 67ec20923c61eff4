import { sql } from 'kysely'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { checkCondition } from '../conditions/check.ts'
import { meeting } from '../conditions/condition.ts'
import { leadersOf } from '../handover/answering.ts'
import { objectOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { write, type Writing } from '../records/write/writing.ts'
import { readSection } from '../settings/section.ts'
import { conversionWeights } from './conversion-weights.ts'
import { keepDecisions, type Decision } from './decisions.ts'
import { intakeSettings, type IntakeSettings, type Late, type Rule } from './intake-settings.ts'
import { announce, lockItem, put, senderOf, type ItemRow } from './item.ts'
import { offeredBy } from './offers.ts'
import { pick, type Turn } from './pick.ts'
import { recognise, sureOf, type Candidate } from './recognise.ts'
import { Staff } from './staff.ts'
import { dueFor, minutesFor } from './timer.ts'

export interface DistributionDeps { engine: Engine, country: () => string }

/** One item is decided about at a time, on all nodes together: caps, turns and loads are then what they say. */
const turnstile = sql`select pg_advisory_xact_lock(hashtext('kartotek.intake'))`

/** What one decision about an item came to; written in one go. */
class Decided {
  readonly log: Decision[] = []
  readonly patch: Record<string, unknown> = {}
  readonly events: Parameters<typeof announce>[2][] = []
  /** Whose it was, where that is not what stands in the item. */
  from?: string | null
  note(code: Decision['code'], more: Omit<Decision, 'code'> = {}): void { this.log.push({ code, ...more }) }
}

/**
 * Recognises the sender of a new item and gives it to somebody, or into the common queue, with each reason noted. Called any
 * number of times, from any node, it happens once.
 */
export async function distribute({ engine, country }: DistributionDeps, id: string, now = new Date()): Promise<void> {
  await write(engine, SYSTEM_CALLER, { summary: { key: 'intakeAssigned' } }, async (w) => {
    await turnstile.execute(w.db)
    const row = await lockItem(w, id)
    if (!row || row.state !== 'new' || row.distributed_at) return
    const { value: settings } = await readSection(w.db, intakeSettings)
    const decided = new Decided()
    decided.patch.distributedAt = now.toISOString()
    const known = await meet(w, row, decided)
    if (row.owner_id) {
      decided.note('byHand', { user: row.owner_id })
      decided.from = null
      if (row.created_by !== row.owner_id) decided.events.push('assigned')
    } else {
      const staff = await Staff.read(w, now, country())
      if (!toResponsible(staff, known, settings, decided, now)) await byRules(w, staff, row, known, settings, decided, now)
    }
    await settle(w, row, decided)
  })
}

/** Takes items that were not answered in time from those who have them, and gives alarm for those that nobody took. @returns how many */
export async function escalate({ engine, country }: DistributionDeps, now = new Date()): Promise<number> {
  const { rows } = await sql<{ id: string }>`select id from core.intake_item where state = 'new' and answer_due <= ${now} and answered_at is null and trashed_at is null order by answer_due limit 500`.execute(engine.db)
  let moved = 0
  for (const { id } of rows) {
    const { result } = await write(engine, SYSTEM_CALLER, { summary: { key: 'intakeAssigned' } }, async (w) => {
      await turnstile.execute(w.db)
      const row = await lockItem(w, id)
      if (row?.state !== 'new' || !row.answer_due || row.answer_due > now || row.answered_at || !await isOfOwner(w, row)) return false
      await passOn(w, await Staff.read(w, now, country()), row, now)
      return true
    })
    if (result) moved += 1
  }
  return moved
}

/** Whether the time to answer is that of who has it now: of what was just given to another it is set anew in a moment. */
async function isOfOwner(w: Writing, { id, owner_id: owner }: ItemRow): Promise<boolean> {
  if (!owner) return true
  const { rows: [last] } = await sql<{ user: string | null }>`select user_id as user from core.intake_decision where item_id = ${id} and code in ('assigned', 'taken', 'given') order by id desc limit 1`.execute(w.db)
  return last?.user === owner
}

/** Who it is: a client, or a person of no client, who is known for sure gets the item onto his card at once. */
async function meet(w: Writing, row: ItemRow, decided: Decided): Promise<Candidate | null> {
  const candidates = await recognise(w.engine, w, await senderOf(w.db, row))
  const known = sureOf(candidates)
  const strong = candidates.filter((candidate) => candidate.strong).length
  if (!known) decided.note(strong ? 'ambiguous' : candidates.length ? 'similar' : 'unknown', { params: { count: strong || candidates.length } })
  else {
    Object.assign(decided.patch, { client: known.client, contact: known.contact, order: known.order })
    const by = [...new Set(known.reasons.map((reason) => reason.code))]
    if (known.client) decided.note('recognised', { params: { client: known.client, by } })
    else decided.note('recognisedPerson', { params: { contact: known.contact!, by } })
  }
  return known
}

/** To who looks after the order, else the client, else the person: the first of them who can take it. */
function toResponsible(staff: Staff, known: Candidate | null, { known: rule }: IntakeSettings, decided: Decided, now: Date): boolean {
  if (!known || !rule.toResponsible) return false
  const owners = new Set([known.orderOwner, known.owner, known.contactOwner].filter((owner) => owner !== null))
  if (!owners.size) decided.note('noResponsible')
  for (const user of owners) {
    const hindrance = staff.hindrance(user)
    if (hindrance) decided.note(`skipped.${hindrance}`, { user })
    else decided.note('responsible', { user })
    const taker = hindrance === 'away' ? substituteOf(staff, user, decided) : hindrance ? null : user
    if (!taker) continue
    assign(staff, taker, rule.answerMinutes, decided, now)
    return true
  }
  return false
}

/** The first who stands in for an absent person and can take an item himself. */
function substituteOf(staff: Staff, absent: string, decided: Decided): string | null {
  for (const user of staff.substitutesOf(absent)) {
    const hindrance = staff.hindrance(user)
    decided.note(hindrance ? `skipped.${hindrance}` : 'chosen.substitute', { user, params: hindrance ? {} : { absent } })
    if (!hindrance) return user
  }
  return null
}

/** The first rule that fits decides, also where nobody of it is free. */
async function byRules(w: Writing, staff: Staff, row: ItemRow, known: Candidate | null, { rules }: IntakeSettings, decided: Decided, now: Date): Promise<void> {
  const region = row.region ?? await regionOf(w, known)
  for (const rule of rules.filter((one) => one.active)) {
    const fits = await matches(w, row, { region, client_id: row.client_id ?? known?.client ?? null }, rule)
    if (fits === null) decided.note('ruleBroken', { params: { rule: rule.name } })
    if (!fits) continue
    decided.note('ruleMatched', { params: { rule: rule.name } })
    decided.patch.rule = rule.id
    if (rule.strategy === 'queue') toQueue(staff, rule, rule.answerMinutes, decided, now)
    else if (!await toNext(w, staff, rule, new Set(), decided, now)) await alarm(w, staff, rule, rule.answerMinutes, decided, now)
    return
  }
  decided.note('noRule')
  toQueue(staff, null, null, decided, now)
}

/** Where a known client is: by the address where he works, then by those of his deliveries and his papers. */
async function regionOf({ db }: Writing, known: Candidate | null): Promise<string | null> {
  if (!known?.client) return null
  const { rows: [found] } = await sql<{ region: string }>`select coalesce(nullif(address__region, ''), address__city) as region from core.client_address
    where client_id = ${known.client} and coalesce(nullif(address__region, ''), nullif(address__city, '')) is not null
    order by array_position(array['actual', 'delivery', 'legal', 'postal'], kind), position limit 1`.execute(db)
  return found?.region ?? null
}

/**
 * Null for a condition that no longer compiles. What is known of the sender counts as if it had come with the item, but is not
 * written into it: who gets the item need not see the client.
 */
async function matches(w: Writing, row: ItemRow, known: Partial<ItemRow>, rule: Rule): Promise<boolean | null> {
  if (!rule.condition) return true
  const object = objectOf(w.generation.model, 'intakeItem')
  try {
    checkCondition(w, object, rule.condition)
  } catch {
    return null
  }
  const from = sql`core.intake_item i cross join lateral jsonb_populate_record(i, ${JSON.stringify(known)}::jsonb) r`
  return (await meeting(w, object, rule.condition, sql<boolean>`i.id = ${row.id}`, { from, now: w.now })).size > 0
}

async function toNext(w: Writing, staff: Staff, rule: Rule, had: ReadonlySet<string>, decided: Decided, now: Date): Promise<boolean> {
  const free = new Set<string>()
  const away: string[] = []
  for (const { user, cap } of rule.pool) {
    const hindrance = had.has(user) ? 'had' : staff.hindrance(user, { atWork: rule.atWork, cap })
    if (hindrance) decided.note(`skipped.${hindrance}`, { user, params: hindrance === 'cap' ? { count: staff.today(user) } : {} })
    else free.add(user)
    if (hindrance === 'away') away.push(user)
  }
  // The turn of who is away goes to his substitute, if the rule gives to this one, too. By load he is judged by his own.
  const standIns = new Map(rule.strategy === 'fewest' ? [] : away.flatMap((absent) => staff.substitutesOf(absent, rule.atWork).filter((user) => free.has(user)).slice(0, 1).map((user): [string, string] => [absent, user])))
  const load = rule.strategy === 'fewest' ? await staff.load([...free]) : new Map<string, number>()
  const { rows: [stored] } = await sql<{ turn: Turn }>`select turn from core.intake_turn where rule_id = ${rule.id}`.execute(w.db)
  const won = rule.strategy === 'conversion' ? await conversionWeights(w, rule.pool.map(({ user }) => user), now) : null
  const pool = won ? rule.pool.map((member) => ({ ...member, weight: won.get(member.user)! })) : rule.pool
  const next = pick(rule.strategy, pool, new Set([...free, ...standIns.keys()]), load, stored?.turn ?? {})
  if (!next) { decided.note('nobody'); return false }
  await sql`insert into core.intake_turn (rule_id, turn) values (${rule.id}, ${JSON.stringify(next.turn)}::jsonb) on conflict (rule_id) do update set turn = excluded.turn`.execute(w.db)
  decided.note(`chosen.${rule.strategy as Exclude<Rule['strategy'], 'queue'>}`, { user: next.user, params: { count: load.get(next.user) ?? 0 } })
  const user = standIns.get(next.user) ?? next.user
  if (user !== next.user) decided.note('chosen.substitute', { user, params: { absent: next.user } })
  assign(staff, user, rule.answerMinutes, decided, now)
  return true
}

function assign(staff: Staff, user: string, minutes: number | null, decided: Decided, now: Date): void {
  Object.assign(decided.patch, { owner: user, assignedAt: now.toISOString(), offers: [] })
  decided.note('assigned', { user })
  setTimer(staff, user, minutes, decided, now)
  decided.events.push('assigned')
}

function setTimer(staff: Staff, user: string | null, minutes: number | null, decided: Decided, now: Date): void {
  const due = dueFor(staff.calendars, user, minutes, now)
  decided.patch.answerDue = due?.toISOString() ?? null
  if (due) decided.note('timer', { params: { minutes: minutes! } })
}

/** Into the common queue of those among whom the rule distributes; of everybody, where there is no such rule. */
function toQueue(staff: Staff, rule: Rule | null, minutes: number | null, decided: Decided, now: Date, leaders: readonly string[] = []): void {
  const offered = [...new Set([...offeredBy(staff, rule), ...leaders])]
  Object.assign(decided.patch, { owner: null, assignedAt: null, offers: offered.map((user) => ({ user })) })
  decided.note('queued', { params: { count: offered.length } })
  setTimer(staff, null, minutes, decided, now)
  decided.events.push('queued')
}

/** The same with an alarm: their leaders see it, too, and all of them are told. */
async function alarm(w: Writing, staff: Staff, rule: Rule | null, minutes: number | null, decided: Decided, now: Date): Promise<void> {
  const offered = offeredBy(staff, rule)
  // An absent leader finds it when he is back.
  const leaders = [...await leadersOf(w.db, offered), ...await staff.leadersOf(offered)]
  toQueue(staff, rule, minutes, decided, now, [...new Set(leaders)].filter((user) => staff.able.has(user)).sort())
  decided.events.push('escalated')
}

async function passOn(w: Writing, staff: Staff, row: ItemRow, now: Date): Promise<void> {
  const { value: settings } = await readSection(w.db, intakeSettings)
  const rule = settings.rules.find((one) => one.id === row.rule) ?? null
  const decided = new Decided()
  if (row.owner_id) await fromLate(w, staff, row, row.owner_id, rule, settings, decided, now)
  else {
    decided.note('untaken')
    const leader = rule?.late === 'leader' ? (await staff.leadersOf(offeredBy(staff, rule)))[0] : undefined
    if (leader) toLeader(staff, leader, decided, now)
    // Told once: a second alarm would tell them nothing new.
    else await alarm(w, staff, rule, null, decided, now)
  }
  await settle(w, row, decided)
}

async function fromLate(w: Writing, staff: Staff, row: ItemRow, owner: string, rule: Rule | null, settings: IntakeSettings, decided: Decided, now: Date): Promise<void> {
  const late: Late = rule?.late ?? settings.known.late
  decided.note('late', { user: owner })
  if (late === 'leader') {
    const [leader] = await staff.leadersOf([owner])
    if (leader) return toLeader(staff, leader, decided, now)
    decided.note('noLeader')
  } else if (late === 'next' && rule && rule.strategy !== 'queue') {
    const { rows } = await sql<{ user: string }>`select distinct user_id as user from core.intake_decision where item_id = ${row.id} and code in ('assigned', 'taken', 'given') and user_id is not null`.execute(w.db)
    if (await toNext(w, staff, rule, new Set([owner, ...rows.map((one) => one.user)]), decided, now)) { decided.events.push('escalated'); return }
  }
  await alarm(w, staff, rule, minutesFor(row, settings), decided, now)
}

function toLeader(staff: Staff, leader: string, decided: Decided, now: Date): void {
  decided.note('chosen.leader', { user: leader })
  assign(staff, leader, null, decided, now)
  decided.events.push('escalated')
}

/**
 * What follows where a person gave an item to another, or to nobody, by an ordinary change: nobody is offered it any more,
 * and the time to answer begins anew. Called any number of times for one change, it happens once.
 * @param at when it was given
 */
export async function given({ engine, country }: DistributionDeps, id: string, at: Date, now = new Date()): Promise<void> {
  await write(engine, SYSTEM_CALLER, { summary: { key: 'intakeAssigned' } }, async (w) => {
    await turnstile.execute(w.db)
    const row = await lockItem(w, id)
    // Before it is distributed that tells of its owner; later decisions stand above this one.
    if (!row?.distributed_at || row.state !== 'new' || (row.assigned_at && row.assigned_at >= at)) return
    const { value: settings } = await readSection(w.db, intakeSettings)
    const staff = await Staff.read(w, now, country())
    const decided = new Decided()
    const minutes = row.answered_at ? null : minutesFor(row, settings)
    if (row.owner_id) {
      Object.assign(decided.patch, { assignedAt: now.toISOString(), offers: [] })
      decided.note('given', { user: row.owner_id })
      setTimer(staff, row.owner_id, minutes, decided, now)
      decided.events.push('assigned')
    } else {
      const { rows } = await sql`select 1 from core.intake_offer where item_id = ${id} limit 1`.execute(w.db)
      if (rows.length) return
      toQueue(staff, settings.rules.find((one) => one.id === row.rule) ?? null, minutes, decided, now)
    }
    await settle(w, row, decided)
  })
}

async function settle(w: Writing, row: ItemRow, { patch, log, events, from = row.owner_id }: Decided): Promise<void> {
  await put(w, 'intakeItem', { op: 'update', id: row.id, input: patch })
  await keepDecisions(w.db, row.id, log)
  const owner = patch.owner === undefined ? row.owner_id : patch.owner as string | null
  for (const event of events) announce(w, row.id, event, owner, row.team_id, from)
}
