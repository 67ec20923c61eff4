import { mutate, query } from '../../graphql/client.ts'
import type { Total } from '../../records/list/useRecordList.ts'
import type { Action, Trigger } from './rule-form.ts'

export interface Rule { id: string, name: string, object: string, active: boolean, trigger: Trigger, condition: Record<string, unknown> | null, actions: Action[], version: number, problem: string | null }
export interface RuleLine extends Rule { runs: { done: number, failed: number, stopped: number, last: string | null } }
export interface RuleInput { name: string, object: string, active: boolean, trigger: Trigger, condition: Record<string, unknown> | null, actions: Action[] }
export interface Recipe { key: string, name: string, help: string, rule: Omit<RuleInput, 'active'> }
export interface Step { do: Action['do'], [detail: string]: unknown }
export interface Run { id: string, object: string, record: string, title: string | null, state: 'DONE' | 'FAILED' | 'STOPPED' | 'RUNNING', attempts: number, steps: Step[], error: string | null, changeSet: string | null, at: string }
export interface Rehearsal { record: string, title: string | null, meets: boolean, steps: Step[], error: string | null }
/** `input`: the JSON Schema of what the rule gives. */
export interface Offer { key: string, label: string, object: string | null, input: { properties?: Record<string, object>, required?: string[] } | null }

const RULE = 'id name object active trigger condition actions version problem'

export const loadRules = () => query<{ automationRules: RuleLine[], automationRecipes: Recipe[] }>(`query AutomationRules { automationRules { ${RULE} runs { done failed stopped last } } automationRecipes { key name help rule } }`)
export const loadRule = async (id: string) => (await query<{ automationRule: Rule | null }>(`query AutomationRule($id: ID!) { automationRule(id: $id) { ${RULE} } }`, { id })).automationRule
export const loadOffers = async () => (await query<{ automationOffers: Offer[] }>('query AutomationOffers { automationOffers { key label object input } }')).automationOffers
export const loadStaff = async () => (await query<{ users: { nodes: { id: string, name: string | null }[] } }>('query Staff { users(first: 200, orderBy: [{ field: name }]) { nodes { id name } } }')).users.nodes
export const loadRuns = async (rule: string, after: string | null) => (await query<{ automationRuns: { nodes: Run[], hasNextPage: boolean, endCursor: string | null } }>(
  'query AutomationRuns($rule: ID!, $after: String) { automationRuns(rule: $rule, first: 30, after: $after) { nodes { id object record title state attempts steps error changeSet at } hasNextPage endCursor } }', { rule, after })).automationRuns
/** What a rule would do, page by page: only records that meet its condition. `byTrigger`: and for which its trigger came in the last days. */
export interface Rehearsals { nodes: Rehearsal[], byTrigger: boolean, total: Total, pageInfo: { hasNextPage: boolean, endCursor: string | null } }
export const rehearse = async (input: RuleInput, days: number, after: string | null) => (await query<{ rehearseAutomation: Rehearsals }>(
  'query Rehearse($input: AutomationRuleInput!, $days: Int!, $after: String) { rehearseAutomation(input: $input, days: $days, first: 20, after: $after) { nodes { record title meets steps error } byTrigger total { value exact } pageInfo { hasNextPage endCursor } } }', { input, days, after })).rehearseAutomation

export async function saveRule(input: RuleInput, saved: Pick<Rule, 'id' | 'version'> | null): Promise<Rule> {
  if (!saved) return (await mutate<{ createAutomationRule: Rule }>(`mutation CreateRule($input: AutomationRuleInput!) { createAutomationRule(input: $input) { ${RULE} } }`, { input })).data.createAutomationRule
  return (await mutate<{ updateAutomationRule: Rule }>(`mutation UpdateRule($id: ID!, $version: Int!, $input: AutomationRuleInput!) { updateAutomationRule(id: $id, version: $version, input: $input) { ${RULE} } }`, { id: saved.id, version: saved.version, input })).data.updateAutomationRule
}
export const deleteRule = (id: string) => mutate('mutation DeleteRule($id: ID!) { deleteAutomationRule(id: $id) }', { id })
export const restoreRule = (id: string) => mutate('mutation RestoreRule($id: ID!) { restoreAutomationRule(id: $id) { id } }', { id })
export const retryRun = (id: string) => mutate('mutation RetryRun($id: ID!) { retryAutomationRun(id: $id) }', { id })
