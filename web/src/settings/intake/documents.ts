import { mutate, query } from '../../graphql/client.ts'
import type { Labels } from '../../model/types.ts'
import type { Group, Lookup } from '../../records/filter/filter-model.ts'
import { inputOfRule } from './rule-form.ts'

export const STRATEGIES = ['turns', 'fewest', 'weights', 'conversion', 'queue'] as const
export type Strategy = (typeof STRATEGIES)[number]
export const LATE = ['next', 'leader', 'queue'] as const
export type Late = (typeof LATE)[number]
export interface Member { user: string, weight: number, cap: number | null }
export interface Rule { id: string, name: string, active: boolean, condition: Record<string, unknown> | null, strategy: Strategy, pool: Member[], atWork: boolean, answerMinutes: number | null, late: Late }
export interface WebForm { key: string | null, name: string, active: boolean, source: string, origins: string[], thanks: string | null }
export interface Known { toResponsible: boolean, answerMinutes: number | null, late: Late }
export interface IntakeSettings { version: string, known: Known, rules: Rule[], forms: WebForm[] }

/** A rule as it is edited. `conditions`: null where the condition says more than the builder can show; it stays then. `formula`: what the condition asks beside them. */
export interface RuleForm extends Omit<Rule, 'id'> { id: string | null, handle: string, conditions: Group | null, formula: string | null }

const FIELDS = 'version known { toResponsible answerMinutes late } rules { id name active condition strategy pool { user weight cap } atWork answerMinutes late } forms { key name active source origins thanks }'
const plain = (settings: IntakeSettings): IntakeSettings => JSON.parse(JSON.stringify(settings, (key, value: unknown) => key === '__typename' ? undefined : value)) as IntakeSettings

/** The ways by which requests come in. */
export const loadChannels = async () => (await query<{ intakeChannels: { key: string, labels: Labels, color: string }[] }>('query IntakeChannels { intakeChannels { key labels color } }')).intakeChannels

export async function loadIntakeSettings(): Promise<IntakeSettings> {
  return plain((await query<{ intakeSettings: IntakeSettings }>(`query IntakeSettings { intakeSettings { ${FIELDS} } }`)).intakeSettings)
}
export async function saveIntakeSettings(version: string, known: Known, rules: RuleForm[], forms: WebForm[], lookup: Lookup): Promise<IntakeSettings> {
  const input = { known, forms, rules: rules.map(rule => inputOfRule(rule, lookup)) }
  return plain((await mutate<{ updateIntakeSettings: IntakeSettings }>(`mutation SaveIntakeSettings($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { ${FIELDS} } }`, { version, input })).data.updateIntakeSettings)
}

/** What a web site puts into its page. The hidden field is for robots, who fill in everything. */
export function snippet(origin: string, form: WebForm, words: { name: string, phone: string, email: string, message: string, send: string }): string {
  const field = (label: string, input: string) => `  <label>${label} ${input}</label>\n`
  return `<form action="${origin}/forms/${form.key}" method="post">\n${
    field(words.name, '<input name="name" autocomplete="name" required>')}${field(words.phone, '<input name="phone" type="tel" autocomplete="tel">')}${
    field(words.email, '<input name="email" type="email" autocomplete="email">')}${field(words.message, '<textarea name="message"></textarea>')
  }  <input name="website_url" tabindex="-1" autocomplete="off" aria-hidden="true" style="position:absolute;left:-9999px">\n  <button>${words.send}</button>\n</form>`
}
