import type { FieldInfo } from '../model/types.ts'
import type { Ref } from '../records/draft.ts'

/** What came in, as the inbox shows it. What one may not read is absent. */
export interface Item {
  id: string
  version: number
  heading?: string | null
  state?: { key: string } | null
  channel?: string
  source?: string | null
  receivedAt?: string
  person?: string | null
  company?: string | null
  taxId?: string | null
  text?: string | null
  amount?: { amount: string, currency: string | null } | null
  region?: string | null
  seconds?: number | null
  owner?: Ref | null
  client?: Ref | null
  contact?: Ref | null
  order?: Ref | null
  answerDue?: string | null
  answeredAt?: string | null
  handledAt?: string | null
  handledBy?: Ref | null
  declineReason?: { key: string } | null
  declineNote?: string | null
  utmSource?: string | null
  utmMedium?: string | null
  utmCampaign?: string | null
  utmTerm?: string | null
  utmContent?: string | null
  page?: string | null
  referer?: string | null
  externalId?: string | null
  points?: { kind: string, value: string, key: string | null }[]
  values?: { name: string, value: string | null }[]
  can: { update: boolean } | null
}

const RECORD = '{ id title }'
const SHAPES: Record<string, string> = {
  state: '{ key }', amount: '{ amount currency }', owner: RECORD, client: RECORD, contact: RECORD, order: RECORD, handledBy: RECORD, declineReason: '{ key }',
}
const LINE = ['heading', 'state', 'channel', 'source', 'receivedAt', 'text', 'owner', 'client', 'answerDue', 'answeredAt']
const WHOLE = [...LINE, 'person', 'company', 'taxId', 'amount', 'region', 'seconds', 'contact', 'order', 'handledAt', 'handledBy', 'declineReason', 'declineNote', 'utmSource', 'utmMedium', 'utmCampaign', 'utmTerm', 'utmContent', 'page', 'referer', 'externalId']

/** Only fields that the reader has: for him the others are no fields at all. */
const chosen = (keys: readonly string[], fields: readonly FieldInfo[]): string =>
  ['id', 'version', 'can { update }', ...keys.filter(key => fields.some(field => field.key === key)).map(key => `${key} ${SHAPES[key] ?? ''}`)].join(' ')

export const itemsDocument = (fields: readonly FieldInfo[]) => /* GraphQL */ `
  query InboxItems($filter: IntakeItemFilter, $direction: Direction, $first: Int) {
    intakeItems(filter: $filter, orderBy: [{ field: receivedAt, direction: $direction }], first: $first) { nodes { ${chosen(LINE, fields)} } pageInfo { hasNextPage } }
  }
`
export interface ItemsAnswer { intakeItems: { nodes: Item[], pageInfo: { hasNextPage: boolean } } }

export const itemDocument = (fields: readonly FieldInfo[], parts: Record<string, readonly FieldInfo[]>) => {
  const lists = { points: ['kind', 'value'], values: ['name', 'value'] }
  const part = (list: keyof typeof lists) => {
    const keys = lists[list].filter(key => parts[list]?.some(field => field.key === key))
    // It serves the machinery and is not among the fields; who reads the value reads it.
    if (list === 'points' && keys.includes('value')) keys.push('key')
    return keys.length ? `${list} { ${keys.join(' ')} }` : ''
  }
  return `query InboxItem($id: ID!) { intakeItem(id: $id) { ${chosen(WHOLE, fields)} ${part('points')} ${part('values')} } ${DETAILS} }`
}
const DETAILS = `intakeRaw(id: $id)
  intakeDecisions(id: $id) { id at code text }
  intakeProposal(id: $id) { candidates { client { id title } contact { id title } order { id title } strong reasons { code text } } elsewhere client clientValues contact contactValues order orderValues }`

export interface Decision { id: string, at: string, code: string, text: string }
export interface Candidate { client: Ref | null, contact: Ref | null, order: Ref | null, strong: boolean, reasons: { code: string, text: string }[] }
export interface Proposal {
  candidates: Candidate[]
  elsewhere: string[]
  client: string | null
  clientValues: Record<string, unknown> | null
  contact: string | null
  contactValues: Record<string, unknown> | null
  order: string | null
  orderValues: Record<string, unknown> | null
}
export interface ItemAnswer { intakeItem: Item | null, intakeRaw: string | null, intakeDecisions: Decision[], intakeProposal: Proposal }

export interface Channel { key: string, labels: Record<string, string>, icon: string, color: string }
export const CHANNELS = 'query IntakeChannels { intakeChannels { key labels icon color } }'
export const ITEMS_CHANGED = 'subscription IntakeItemsChanged { intakeItemChanged { kind id } }'

export const ACTIONS = {
  accept: 'mutation AcceptIntake($id: ID!, $version: Int, $input: IntakeAcceptance!) { done: acceptIntake(id: $id, version: $version, input: $input) { id client order pointsLeft { value reason client { title } contact { title } } } }',
  link: 'mutation LinkIntake($id: ID!, $version: Int, $client: ID, $contact: ID, $order: ID) { done: linkIntake(id: $id, version: $version, client: $client, contact: $contact, order: $order) { id client order pointsLeft { value reason client { title } contact { title } } } }',
  decline: 'mutation DeclineIntake($id: ID!, $version: Int, $reason: String!, $note: String) { done: declineIntake(id: $id, version: $version, reason: $reason, note: $note) { id client order } }',
  spam: 'mutation MarkIntakeSpam($id: ID!, $version: Int) { done: markIntakeSpam(id: $id, version: $version) { id client order } }',
  take: 'mutation TakeIntake($id: ID!) { done: takeIntake(id: $id) { id client order } }',
  reopen: 'mutation ReopenIntake($id: ID!) { done: reopenIntake(id: $id) { id client order } }',
  answer: 'mutation AnswerIntake($id: ID!) { done: answerIntake(id: $id) { id client order } }',
} as const
export type Action = keyof typeof ACTIONS
/** A number or address of the sender that was not added to the client. */
export interface PointLeft { value: string, reason: 'elsewhere' | 'rights', client: { title: string } | null, contact: { title: string } | null }
export interface ActionAnswer { done: { client: string | null, order: string | null, pointsLeft?: PointLeft[] } }
