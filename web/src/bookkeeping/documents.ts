import { mutate, query } from '../graphql/client.ts'

export interface BookkeepingProblem { kind: 'CONFLICT' | 'REFUSED', field: string | null, fieldLabel: string | null, text: string, ours: string | null, theirs: string | null }
/** How a record stands with one exchange. */
export interface BookkeepingState {
  plugin: string, exchange: string, label: string, known: boolean, externalId: string | null, number: string | null, sentAt: string | null, receivedAt: string | null
  waitsFor: string | null, problems: BookkeepingProblem[], maySend: boolean
}
export interface PluginProblem { plugin: string, message: string }
export interface Exchange { plugin: string, key: string, label: string, ready: boolean, sends: boolean, objects: { name: string, label: string }[] }
export type Outcome = 'SENT' | 'MATCHED' | 'CREATED' | 'CHANGED' | 'CONFLICT' | 'REFUSED'
export interface Run { id: string, startedAt: string, finishedAt: string | null, failure: string | null, counts: { outcome: Outcome, count: number }[] }
export interface Line { outcome: Outcome, record: { object: string, id: string, title: string | null } | null, name: string, fields: string[], text: string | null }

const STATES = `query BookkeepingStates($object: String!, $id: ID!) { bookkeepingStates(object: $object, id: $id) {
  states { plugin exchange label known externalId number sentAt receivedAt waitsFor maySend problems { kind field fieldLabel text ours theirs } } problems { plugin message }
} }`
const SEND = 'mutation SendToBookkeeping($object: String!, $id: ID!, $plugin: ID!, $exchange: ID!) { sendToBookkeeping(object: $object, id: $id, plugin: $plugin, exchange: $exchange) }'
const EXCHANGES = '{ bookkeepingExchanges { exchanges { plugin key label ready sends objects { name label } } problems { plugin message } } }'
const RUNS = 'query BookkeepingRuns($plugin: ID!, $exchange: ID!, $after: String) { bookkeepingRuns(plugin: $plugin, exchange: $exchange, first: 10, after: $after) { runs { id startedAt finishedAt failure counts { outcome count } } next } }'
const LINES = `query BookkeepingLines($plugin: ID!, $exchange: ID!, $run: ID!, $outcomes: [BookkeepingOutcome!], $after: String) {
  bookkeepingLines(plugin: $plugin, exchange: $exchange, run: $run, outcomes: $outcomes, first: 50, after: $after) { lines { outcome record { object id title } name fields text } next }
}`

export interface States { states: BookkeepingState[], problems: PluginProblem[] }
export interface Exchanges { exchanges: Exchange[], problems: PluginProblem[] }

export const loadStates = async (object: string, id: string) => (await query<{ bookkeepingStates: States }>(STATES, { object, id })).bookkeepingStates
export const send = (object: string, id: string, { plugin, exchange }: BookkeepingState) => mutate(SEND, { object, id, plugin, exchange })
export const loadExchanges = async () => (await query<{ bookkeepingExchanges: Exchanges }>(EXCHANGES)).bookkeepingExchanges
export const loadRuns = async ({ plugin, key }: Exchange, after: string | null) => (await query<{ bookkeepingRuns: { runs: Run[], next: string | null } }>(RUNS, { plugin, exchange: key, after })).bookkeepingRuns
export const loadLines = async ({ plugin, key }: Exchange, run: string, outcomes: Outcome[] | null, after: string | null) =>
  (await query<{ bookkeepingLines: { lines: Line[], next: string | null } }>(LINES, { plugin, exchange: key, run, outcomes, after })).bookkeepingLines

export const OUTCOME_COLORS = { SENT: 'info', MATCHED: 'neutral', CREATED: 'success', CHANGED: 'success', CONFLICT: 'warning', REFUSED: 'error' } as const
