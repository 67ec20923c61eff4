import type { Labels } from '../model/types.ts'
import { mutate, query } from '../graphql/client.ts'

export const CHANNELS = ['phone', 'email', 'sms', 'messenger', 'post'] as const
export type Channel = (typeof CHANNELS)[number]
export interface Purpose { key: string, label: string, labels: Labels, needsConsent: boolean, text: string, textVersion: number, archived: boolean }
export interface Permission { purpose: string, channel: Channel, may: boolean, reason: string | null }
export interface Consent { id: string, purpose: string, channel: { key: Channel }, state: { key: 'given' | 'withdrawn' }, at: string, source: string, textVersion: number | null }
export interface Piece { what: string, object: string, label: string, count: number, why: string | null, records: { object: string, id: string, title: string | null }[] }
export interface Retention { kind: 'contact' | 'client' | 'intakeItem', months: number, mode: 'OFF' | 'PROPOSE' | 'ERASE' }
export interface LogEntry { id: string, kind: 'export' | 'erasure', object: string, record: string, userName: string, at: string }

const run = async <Data>(document: string, variables = {}): Promise<Data> => (await mutate<Data>(document, variables)).data

const PURPOSES = 'consentPurposes { key label labels needsConsent text textVersion archived }'
export const loadPurposes = async () => (await query<{ consentPurposes: Purpose[] }>(`query Purposes { ${PURPOSES} }`)).consentPurposes
export const PERMISSIONS = 'query ContactPermissions($object: String!, $id: ID!) { contactPermissions(object: $object, id: $id) { purpose channel may reason } }'
export const loadPerson = (object: string, id: string) => query<{ consentPurposes: Purpose[], contactPermissions: Permission[], consents: { nodes: Consent[] } }>(
  /* GraphQL */ `query Person($object: String!, $id: ID!) { ${PURPOSES} contactPermissions(object: $object, id: $id) { purpose channel may reason }
    consents(filter: { subject: { id: { eq: $id } } }, orderBy: [{ field: at, direction: DESC }], first: 100) { nodes { id purpose channel { key } state { key } at source textVersion } } }`, { object, id })
export const createConsent = (input: object) => run('mutation CreateConsent($input: ConsentCreateInput!) { createConsent(input: $input) { id } }', { input })
export const loadErasurePlan = async (object: string, id: string) => (await query<{ erasurePlan: { goes: Piece[], stays: Piece[] } }>(
  'query ErasurePlan($object: String!, $id: ID!) { erasurePlan(object: $object, id: $id) { goes { ...Piece } stays { ...Piece } } } fragment Piece on ErasurePiece { what object label count why records { object id title } }', { object, id })).erasurePlan
export const erasePerson = (object: string, id: string, confirm: string) => run('mutation ErasePerson($object: String!, $id: ID!, $confirm: String!) { erasePerson(object: $object, id: $id, confirm: $confirm) }', { object, id, confirm })
export const savePurpose = (input: object) => run('mutation SavePurpose($input: ConsentPurposeInput!) { saveConsentPurpose(input: $input) { key } }', { input })
export interface Page<Node> { nodes: Node[], hasNextPage: boolean, endCursor: string | null }
const LOG = 'privacyLog(first: 50, after: $after) { nodes { id kind object record userName at } hasNextPage endCursor }'
export const loadSettings = () => query<{ consentPurposes: Purpose[], retention: Retention[], privacyLog: Page<LogEntry> }>(
  `query PrivacySettings($after: String) { ${PURPOSES} retention { kind months mode } ${LOG} }`)
export const loadLog = async (after: string | null) => (await query<{ privacyLog: Page<LogEntry> }>(`query PrivacyLog($after: String) { ${LOG} }`, { after })).privacyLog
export const saveRetention = (retention: Retention) => run('mutation SaveRetention($kind: String!, $months: Int!, $mode: RetentionMode!) { saveRetention(kind: $kind, months: $months, mode: $mode) { mode } }', { ...retention })
export interface Outdated { id: string, title: string }
export const loadProposals = async (kind: string, after: string | null) => (await query<{ retentionProposals: Page<Outdated> }>(
  'query RetentionProposals($kind: String!, $after: String) { retentionProposals(kind: $kind, first: 100, after: $after) { nodes { id title } hasNextPage endCursor } }', { kind, after })).retentionProposals
