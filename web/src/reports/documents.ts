import { mutate, query } from '../graphql/client.ts'

export interface Kind { key: string, label: string, requiredOf: string[] }
export type State = 'filled' | 'stale' | 'invalid' | 'empty'
export interface Cell { kind: string, filled: number, stale: number, invalid: number, empty: number }
export interface Group { key: string | null, label: string | null, clients: number, complete: number, mean: number, cells: Cell[] }
export interface Completeness { kinds: Kind[], groups: Group[], moreGroups: number, total: Group, filters: { kind: string, state: State, filter: object }[] }
export interface Row { id: string, title: string, owner: string | null, share: number | null, states: { kind: string, state: State }[] }
export interface Sum { amount: string, currency: string }
export interface WorkDay {
  person: string, name: string, day: string, calls: number, letters: number, messages: number, meetings: number, notes: number, tasksDone: number, tasksOverdue: number, tasksCreated: number, requests: number
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
  `query Work($from: Date!, $to: Date!, $people: [ID!]) { workReport(from: $from, to: $to, people: $people) { person name day calls letters messages meetings notes tasksDone tasksOverdue tasksCreated requests clients orders moves
    won wonSums { amount currency } lost lostSums { amount currency } } }`, { from, to, people: people.length ? people : null })).workReport

export interface StageTimes { count: number, mean: number | null, median: number | null, p90: number | null }
export interface StageRow { stage: { id: string, label: string | null, color: string | null }, finished: StageTimes, present: StageTimes, oldest: number | null, stuck: number }
export interface StageReport { rows: StageRow[], cycle: StageTimes | null }
export interface StageRecord { id: string, title: string, owner: string | null, stage: { id: string, label: string | null, color: string | null }, seconds: number, stuck: boolean }
export interface StageArguments { object: string, pipeline: string | undefined, from: string | null, to: string | null, workingTime: boolean, filter?: object }
const TIMES = '{ count mean median p90 }'
export const loadStages = async (args: StageArguments) => (await query<{ stageReport: StageReport }>(
  `query Stages($object: String!, $pipeline: ID, $from: Date, $to: Date, $workingTime: Boolean, $filter: JSON) { stageReport(object: $object, pipeline: $pipeline, from: $from, to: $to, workingTime: $workingTime, filter: $filter) {
    rows { stage { id label color } finished ${TIMES} present ${TIMES} oldest stuck } cycle ${TIMES} } }`, { ...args })).stageReport
export const loadStageRecords = async (args: { object: string, stage: string, workingTime: boolean, filter?: object }, after: string | null) => (await query<{ stageReportRecords: { nodes: StageRecord[], hasNextPage: boolean, endCursor: string | null } }>(
  `query StageRecords($object: String!, $stage: ID, $workingTime: Boolean, $filter: JSON, $after: String) { stageReportRecords(object: $object, stage: $stage, workingTime: $workingTime, filter: $filter, after: $after) {
    nodes { id title owner stage { id label color } seconds stuck } hasNextPage endCursor } }`, { ...args, after })).stageReportRecords

interface Link { id: string, title: string | null }
export interface OwnersPage {
  totals: { owner: Link | null, clients: number, days: number }[]
  nodes: { client: Link, owner: Link | null, from: string, to: string | null, days: number }[]
  hasNextPage: boolean
  endCursor: string | null
}
export const loadOwners = async (args: { from: string, to: string, people: string[], after: string | null }) => (await query<{ ownerReport: OwnersPage }>(
  `query Owners($from: Date!, $to: Date!, $people: [ID!], $after: String) { ownerReport(from: $from, to: $to, people: $people, after: $after) {
    totals { owner { id title } clients days } nodes { client { id title } owner { id title } from to days } hasNextPage endCursor } }`, { ...args, people: args.people.length ? args.people : null })).ownerReport

export interface Conversion {
  channel: string | null, source: string | null, owner: { id: string, title: string } | null, received: number, waiting: number, accepted: number, linked: number, declined: number
  won: number | null, answeredInTime: number | null, answeredLate: number | null
}
export const loadConversion = async (args: { from: string, to: string, groupBy: 'SOURCE' | 'OWNER' }) => query<{ intakeConversion: Conversion[], intakeChannels: { key: string, label: string }[] }>(
  `query Conversion($from: DateTime!, $to: DateTime!, $groupBy: IntakeConversionGrouping) { intakeChannels { key label }
    intakeConversion(from: $from, to: $to, groupBy: $groupBy) { channel source owner { id title } received waiting accepted linked declined won answeredInTime answeredLate } }`, args)
export interface CallsPage {
  nodes: { id: string, happenedAt: string, heading: string | null, text: string | null, seconds: number | null, direction: { key: string } | null, owner: { id: string, title: string | null } | null, subject: { object: string, id: string, title: string | null } | null }[]
  pageInfo: { hasNextPage: boolean, endCursor: string | null }
}
export const loadCalls = async (args: { filter: object, search?: string, after?: string | null }) => (await query<{ timelineEntries: CallsPage }>(
  `query Calls($filter: TimelineEntryFilter, $search: String, $after: String) { timelineEntries(filter: $filter, search: $search, orderBy: [{ field: happenedAt, direction: DESC }], first: 50, after: $after) {
    nodes { id happenedAt heading text seconds direction { key } owner { id title } subject { object id title } } pageInfo { hasNextPage endCursor } } }`, { ...args })).timelineEntries
