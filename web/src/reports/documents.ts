import { mutate, query } from '../graphql/client.ts'

export interface Kind { key: string, label: string, requiredOf: string[] }
export type State = 'filled' | 'stale' | 'invalid' | 'empty'
export interface Cell { kind: string, filled: number, stale: number, invalid: number, empty: number }
export interface Group { key: string | null, label: string | null, clients: number, complete: number, mean: number, cells: Cell[] }
export interface Completeness { kinds: Kind[], groups: Group[], moreGroups: number, total: Group, filters: { kind: string, state: State, filter: object }[] }
export interface Row { id: string, title: string, owner: string | null, share: number | null, states: { kind: string, state: State }[] }
export interface Sum { amount: string, currency: string }
export interface WorkDay {
  person: string, name: string, day: string, calls: number, letters: number, messages: number, meetings: number, notes: number, tasksDone: number, tasksOverdue: number, tasksCreated: number
  clients: number, orders: number, moves: number, won: number, wonSums: Sum[], lost: number, lostSums: Sum[]
}
export const GROUPINGS = ['OWNER', 'TEAM', 'SEGMENT'] as const
export type Grouping = (typeof GROUPINGS)[number]
export interface CompletenessArguments { filter?: object, kinds?: string[], groupBy?: Grouping, staleDays?: number | null }

const GROUP = 'key label clients complete mean cells { kind filled stale invalid empty }'
export const loadKinds = async () => (await query<{ completenessKinds: Kind[] }>('query CompletenessKinds { completenessKinds { key label requiredOf } }')).completenessKinds
export const loadCompleteness = async (args: CompletenessArguments) => (await query<{ completenessReport: Completeness }>(
  `query Completeness($filter: JSON, $kinds: [String!], $groupBy: CompletenessGrouping, $staleDays: Int) { completenessReport(filter: $filter, kinds: $kinds, groupBy: $groupBy, staleDays: $staleDays) {
    kinds { key label requiredOf } groups { ${GROUP} } moreGroups total { ${GROUP} } filters { kind state filter } } }`, { ...args })).completenessReport
export const loadRows = async (args: CompletenessArguments, after: string | null) => (await query<{ completenessRows: { nodes: Row[], hasNextPage: boolean, endCursor: string | null } }>(
  `query CompletenessRows($filter: JSON, $kinds: [String!], $staleDays: Int, $after: String) { completenessRows(filter: $filter, kinds: $kinds, staleDays: $staleDays, after: $after, first: 50) {
    nodes { id title owner share states { kind state } } hasNextPage endCursor } }`, { ...args, after })).completenessRows
export const saveRule = (clientKind: string, kinds: string[]) => mutate('mutation SaveRule($clientKind: String!, $kinds: [String!]!) { saveCompletenessRule(clientKind: $clientKind, kinds: $kinds) }', { clientKind, kinds })
export const loadPeople = async () => (await query<{ workPeople: { id: string, name: string }[] }>('query WorkPeople { workPeople { id name } }')).workPeople
export const loadWork = async (from: string, to: string, people: string[]) => (await query<{ workReport: WorkDay[] }>(
  `query Work($from: Date!, $to: Date!, $people: [ID!]) { workReport(from: $from, to: $to, people: $people) { person name day calls letters messages meetings notes tasksDone tasksOverdue tasksCreated clients orders moves
    won wonSums { amount currency } lost lostSums { amount currency } } }`, { from, to, people: people.length ? people : null })).workReport
