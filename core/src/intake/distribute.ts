import { sql } from 'kysely'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { objectOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { compileFilter } from '../records/filter.ts'
import { write, type Writing } from '../records/write/writing.ts'
import { readSection } from '../settings/section.ts'
import { addWorkingMinutes } from '../working-time/calendar.ts'
import { keepDecisions, type Decision } from './decisions.ts'
import { intakeSettings, type IntakeSettings, type Late, type Rule } from './intake-settings.ts'
import { announce, lockItem, put, senderOf, type ItemRow } from './item.ts'
import { pick, type Turn } from './pick.ts'
import { recognise, sureOf, type Candidate } from './recognise.ts'
import { Staff } from './staff.ts'

export interface DistributionDeps { engine: Engine, country: () => string }

/** One item is decided about at a time, on all nodes together: caps, turns and loads are then what they say. */
const turnstile = sql`select pg_advisory_xact_lock(hashtext('kartotek.intake'))`

/** What one decision about an item came to; written in one go. */
class Decided {
  readonly log: Decision[] = []
  readonly patch: Record<string, unknown> = {}
  readonly events: Parameters<typeof announce>[2][] = []
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
    if (row.owner_id) decided.note('byHand', { user: row.owner_id })
    else {
      const staff = await Staff.read(w, now, country())
      if (!toResponsible(staff, known, settings, decided, now)) await byRules(w, staff, row, settings, decided, now)
    }
    await settle(w, row, decided)
  })
}

/** Takes items on whose first action nobody has been seen in time from those who have them. @returns how many */
export async function escalate({ engine, country }: DistributionDeps, now = new Date()): Promise<number> {
  const { rows } = await sql<{ id: string }>`select id from core.intake_item where state = 'new' and answer_due <= ${now} and answered_at is null and trashed_at is null order by answer_due limit 500`.execute(engine.db)
  let moved = 0
  for (const { id } of rows) {
    const { result } = await write(engine, SYSTEM_CALLER, { summary: { key: 'intakeAssigned' } }, async (w) => {
      await turnstile.execute(w.db)
      const row = await lockItem(w, id)
      if (!row?.owner_id || row.state !== 'new' || !row.answer_due || row.answer_due > now || row.answered_at) return false
      await passOn(w, await Staff.read(w, now, country()), row, now)
      return true
    })
    if (result) moved += 1
  }
  return moved
}

/** Who it is: a client who is known for sure gets the item onto his card at once. */
async function meet(w: Writing, row: ItemRow, decided: Decided): Promise<Candidate | null> {
  const candidates = await recognise(w, await senderOf(w.db, row))
  const known = sureOf(candidates)
  const strong = candidates.filter((candidate) => candidate.strong).length
  if (!known) decided.note(strong ? 'ambiguous' : candidates.length ? 'similar' : 'unknown', { params: { count: strong || candidates.length } })
  else {
    Object.assign(decided.patch, { client: known.client, contact: known.contact, order: known.order })
    const by = [...new Set(known.reasons.map((reason) => reason.code))]
    if (known.client) decided.note('recognised', { params: { client: known.client, by } })
  }
  return known?.client ? known : null
}

function toResponsible(staff: Staff, known: Candidate | null, { known: rule }: IntakeSettings, decided: Decided, now: Date): boolean {
  if (!known || !rule.toResponsible) return false
  const user = known.orderOwner ?? known.owner
  if (!user) { decided.note('noResponsible'); return false }
  const hindrance = staff.hindrance(user)
  if (hindrance) { decided.note(`skipped.${hindrance}`, { user }); return false }
  decided.note('responsible', { user })
  assign(staff, user, rule.answerMinutes, decided, now)
  return true
}

/** The first rule that fits decides, also where nobody of it is free. */
async function byRules(w: Writing, staff: Staff, row: ItemRow, { rules }: IntakeSettings, decided: Decided, now: Date): Promise<void> {
  for (const rule of rules.filter((one) => one.active)) {
    const fits = await matches(w, row, rule)
    if (fits === null) decided.note('ruleBroken', { params: { rule: rule.name } })
    if (!fits) continue
    decided.note('ruleMatched', { params: { rule: rule.name } })
    decided.patch.rule = rule.id
    if (rule.strategy === 'queue') return toQueue(staff, rule, decided, 'queued')
    if (!await toNext(w, staff, rule, new Set(), decided, now)) toQueue(staff, rule, decided, 'escalated')
    return
  }
  decided.note('noRule')
  toQueue(staff, null, decided, 'queued')
}

/** Null for a condition that no longer compiles. */
async function matches(w: Writing, row: ItemRow, rule: Rule): Promise<boolean | null> {
  if (!rule.condition) return true
  let condition
  try {
    condition = compileFilter(w, objectOf(w.generation.model, 'intakeItem'), rule.condition, 'r')
  } catch {
    return null
  }
  const { rows } = await sql`select 1 from core.intake_item r where r.id = ${row.id} and ${condition}`.execute(w.db)
  return rows.length > 0
}

async function toNext(w: Writing, staff: Staff, rule: Rule, had: ReadonlySet<string>, decided: Decided, now: Date): Promise<boolean> {
  const free = new Set<string>()
  for (const { user, cap } of rule.pool) {
    const hindrance = had.has(user) ? 'had' : staff.hindrance(user, { atWork: rule.atWork, cap })
    if (hindrance) decided.note(`skipped.${hindrance}`, { user, params: hindrance === 'cap' ? { count: staff.today(user) } : {} })
    else free.add(user)
  }
  const load = rule.strategy === 'fewest' ? await staff.load([...free]) : new Map<string, number>()
  const { rows: [stored] } = await sql<{ turn: Turn }>`select turn from core.intake_turn where rule_id = ${rule.id}`.execute(w.db)
  const next = pick(rule.strategy, rule.pool, free, load, stored?.turn ?? {})
  if (!next) { decided.note('nobody'); return false }
  await sql`insert into core.intake_turn (rule_id, turn) values (${rule.id}, ${JSON.stringify(next.turn)}::jsonb) on conflict (rule_id) do update set turn = excluded.turn`.execute(w.db)
  decided.note(`chosen.${rule.strategy as Exclude<Rule['strategy'], 'queue'>}`, { user: next.user, params: { count: load.get(next.user) ?? 0 } })
  assign(staff, next.user, rule.answerMinutes, decided, now)
  return true
}

function assign(staff: Staff, user: string, minutes: number | null, decided: Decided, now: Date): void {
  const due = minutes === null ? null : addWorkingMinutes(staff.calendars.of(user), now, minutes) ?? addWorkingMinutes(staff.calendars.company, now, minutes)
  Object.assign(decided.patch, { owner: user, assignedAt: now.toISOString(), answerDue: due?.toISOString() ?? null, offers: [] })
  decided.note('assigned', { user })
  if (due) decided.note('timer', { params: { minutes: minutes! } })
  decided.events.push('assigned')
}

/** Into the common queue of those among whom the rule distributes; of everybody, where there is no such rule. */
function toQueue(staff: Staff, rule: Rule | null, decided: Decided, event: 'queued' | 'escalated'): void {
  const wanted = rule?.pool.map((member) => member.user).filter((user) => staff.able.has(user)) ?? []
  const offered = wanted.length ? wanted : [...staff.able]
  Object.assign(decided.patch, { owner: null, answerDue: null, assignedAt: null, offers: offered.map((user) => ({ user })) })
  decided.note('queued', { params: { count: offered.length } })
  decided.events.push(event)
}

async function passOn(w: Writing, staff: Staff, row: ItemRow, now: Date): Promise<void> {
  const { value: settings } = await readSection(w.db, intakeSettings)
  const rule = settings.rules.find((one) => one.id === row.rule) ?? null
  const late: Late = rule?.late ?? settings.known.late
  const owner = row.owner_id!
  const decided = new Decided()
  decided.note('late', { user: owner })
  decided.events.push('escalated')
  if (late === 'next' && rule) {
    const { rows } = await sql<{ user: string }>`select distinct user_id as user from core.intake_decision where item_id = ${row.id} and code in ('assigned', 'taken') and user_id is not null`.execute(w.db)
    if (!await toNext(w, staff, rule, new Set([owner, ...rows.map((one) => one.user)]), decided, now)) toQueue(staff, rule, decided, 'queued')
  } else if (late === 'leader') {
    const leader = (await staff.leadersOf(owner)).find((user) => !staff.hindrance(user))
    if (leader) {
      decided.note('chosen.leader', { user: leader })
      assign(staff, leader, null, decided, now)
    } else {
      decided.note('noLeader')
      toQueue(staff, rule, decided, 'queued')
    }
  } else toQueue(staff, rule, decided, 'queued')
  await settle(w, row, decided)
}

async function settle(w: Writing, row: ItemRow, { patch, log, events }: Decided): Promise<void> {
  await put(w, 'intakeItem', { op: 'update', id: row.id, input: patch })
  await keepDecisions(w.db, row.id, log)
  const owner = patch.owner === undefined ? row.owner_id : patch.owner as string | null
  for (const event of events) announce(w, row.id, event, owner, row.team_id)
}
