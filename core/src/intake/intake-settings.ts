import { randomBytes } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import { InputError, NotAllowedError, type Filter } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import { objectOf } from '../model/model.ts'
import { checkCondition } from '../conditions/check.ts'
import type { Reading } from '../records/reading.ts'
import type { Section } from '../settings/section.ts'
import { STRATEGIES, type Member, type Strategy } from './pick.ts'

/** What happens when nobody answers in time. */
export const LATE = ['next', 'leader', 'queue'] as const
export type Late = (typeof LATE)[number]

/** Who gets the items that meet a condition. */
export interface Rule {
  id: string
  name: string
  active: boolean
  /** A filter of the item; null for every item. */
  condition: Filter | null
  strategy: Strategy
  pool: Member[]
  /** Only who works at this moment. */
  atWork: boolean
  /** Minutes of working time until the first answer; null for no timer. */
  answerMinutes: number | null
  late: Late
}

/** A web form that may send in items. Its key stands in the page, so it is known to whoever looks there. */
export interface Form {
  key: string
  name: string
  active: boolean
  /** What its items have as their source. */
  source: string
  /** Sites that may send it from scripts: `https://example.com`. None: any. */
  origins: string[]
  /** Where a visitor is led after sending; null for a page of ours. */
  thanks: string | null
}

export interface IntakeSettings {
  /** Of clients who are known already. */
  known: { toResponsible: boolean, answerMinutes: number | null, late: Exclude<Late, 'next'> }
  /** In their order: the first that fits decides. */
  rules: Rule[]
  forms: Form[]
}

export const intakeSettings: Section<IntakeSettings> = {
  subject: 'intake',
  initial: () => ({ known: { toResponsible: true, answerMinutes: 60, late: 'leader' }, rules: [], forms: [] }),
}

export type RuleInput = Partial<Omit<Rule, 'id'>> & Pick<Rule, 'name' | 'strategy'> & { id?: string | null }
export type FormInput = Partial<Omit<Form, 'key'>> & Pick<Form, 'name'> & { key?: string | null }
export interface IntakeSettingsInput { known?: IntakeSettings['known'] | null, rules?: RuleInput[] | null, forms?: FormInput[] | null }

const MOST = { rules: 100, pool: 500, forms: 100, minutes: 100_000 }

function invalid(field: string, rule: string, message: string): InputError {
  return new InputError(message, [{ field, rule, message }])
}

/** Whether the person sees all that the condition looks at, and so could have set it. */
export function seesCondition(reading: Reading, condition: Filter | null): boolean {
  if (!condition) return true
  try {
    checkCondition(reading, objectOf(reading.generation.model, 'intakeItem'), condition)
    return true
  } catch {
    return false
  }
}

/** The settings as this person may see them: without conditions over what he does not see. */
export function visibleSettings(reading: Reading, settings: IntakeSettings): IntakeSettings {
  return { ...settings, rules: settings.rules.map((rule) => ({ ...rule, condition: seesCondition(reading, rule.condition) ? rule.condition : null })) }
}

/** Checks people and conditions with the eyes of who sets them. @throws InputError, NotAllowedError */
export async function checkedSettings(reading: Reading, current: IntakeSettings, input: IntakeSettingsInput): Promise<IntakeSettings> {
  if ((input.rules?.length ?? 0) > MOST.rules) throw invalid('rules', 'tooMany', 'At most 100 rules.')
  if ((input.forms?.length ?? 0) > MOST.forms) throw invalid('forms', 'tooMany', 'At most 100 forms.')
  const people = [...new Set([...input.rules ?? [], ...current.rules].flatMap((rule) => (rule.pool ?? []).map((member) => member.user)))].filter((id) => UUID.test(id))
  const seen = new Set((await visibleTitles(reading, people.map((id) => ['user', id]))).keys())
  return {
    known: input.known ? { ...input.known, answerMinutes: minutesOf(input.known.answerMinutes, 'known') } : current.known,
    rules: input.rules ? input.rules.map((rule, i) => checkedRule(reading, rule, current.rules.find((r) => r.id === rule.id), seen, `rules.${i}`)) : current.rules,
    forms: input.forms ? input.forms.map((form, i) => checkedForm(form, current.forms.find((f) => f.key === form.key), `forms.${i}`)) : current.forms,
  }
}

function checkedRule(reading: Reading, input: RuleInput, before: Rule | undefined, seen: ReadonlySet<string>, path: string): Rule {
  const pool = input.pool ?? []
  if (!input.name.trim()) throw invalid(`${path}.name`, 'required', 'Give the rule a name.')
  if (!STRATEGIES.includes(input.strategy)) throw invalid(`${path}.strategy`, 'option', 'Give a strategy: turns, fewest, weights, conversion or queue.')
  if (input.strategy !== 'queue' && !pool.length) throw invalid(`${path}.pool`, 'required', 'Say among whom the rule distributes.')
  if (pool.length > MOST.pool || new Set(pool.map((m) => m.user)).size !== pool.length) throw invalid(`${path}.pool`, 'unique', 'The same person stands twice in a rule.')
  for (const { user, weight, cap } of pool) {
    // Who was there before stays, though he who saves the rule may not see him.
    if (!seen.has(user) && !before?.pool.some((m) => m.user === user)) throw invalid(`${path}.pool`, 'reference', 'There is no such record.')
    if (!(weight >= 1 && weight <= 100) || (cap != null && !(cap >= 1 && cap <= 10_000))) throw invalid(`${path}.pool`, 'max', 'A weight is 1–100, a daily cap 1–10,000.')
  }
  const closed = before?.condition && !seesCondition(reading, before.condition)
  if (closed && input.condition) throw new NotAllowedError('This rule has a condition that you may not see; it is replaced by who sees what it looks at.')
  const condition = closed ? before.condition : input.condition && Object.keys(input.condition).length ? input.condition : null
  if (!closed && condition) checkCondition(reading, objectOf(reading.generation.model, 'intakeItem'), condition, `${path}.condition`)
  return {
    id: before?.id ?? uuidv7(), name: input.name.trim().slice(0, 100), active: input.active ?? true, condition, strategy: input.strategy,
    pool: pool.map(({ user, weight, cap }) => ({ user, weight: Math.round(weight), cap: cap == null ? null : Math.round(cap) })),
    atWork: input.atWork ?? true, answerMinutes: minutesOf(input.answerMinutes, path), late: input.late && LATE.includes(input.late) ? input.late : 'next',
  }
}

function minutesOf(minutes: number | null | undefined, path: string): number | null {
  if (minutes == null) return null
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MOST.minutes) throw invalid(`${path}.answerMinutes`, 'max', 'The time to answer is 1–100,000 minutes.')
  return minutes
}

function checkedForm(input: FormInput, before: Form | undefined, path: string): Form {
  if (!input.name.trim()) throw invalid(`${path}.name`, 'required', 'Give the form a name.')
  const origins = (input.origins ?? []).map((text) => {
    const url = URL.parse(text)
    if (!url || !/^https?:$/.test(url.protocol)) throw invalid(`${path}.origins`, 'url', 'An address of a site looks like https://example.com.')
    return url.origin
  })
  const thanks = input.thanks ? URL.parse(input.thanks) : null
  if (input.thanks && (!thanks || !/^https?:$/.test(thanks.protocol))) throw invalid(`${path}.thanks`, 'url', 'The page after sending has an address such as https://example.com/thanks.')
  const name = input.name.trim().slice(0, 100)
  return { key: before?.key ?? randomBytes(18).toString('base64url'), name, active: input.active ?? true, source: (input.source?.trim() || name).slice(0, 120), origins, thanks: thanks?.href ?? null }
}
