export interface NamedUser { id: string, name: string }
export interface Substitution { id: string, absent: NamedUser, substitute: NamedUser, from: string, until: string, note: string | null, active: boolean, canEnd: boolean }
export const SUBSTITUTIONS = 'query Substitutions { substitutions { id absent { id name } substitute { id name } from until note active canEnd } }'
/** A person for whom the caller stands in, with how many tasks wait. */
export interface StandIn { id: string, absent: NamedUser, substitute: NamedUser, until: string, note: string | null, active: boolean, tasks: { open: number, overdue: number, today: number, soon: number } | null }
export const STAND_INS = 'query StandIns($user: ID) { substitutions(user: $user) { id absent { id name } substitute { id name } until note active tasks { open overdue today soon } } }'
export const START_SUBSTITUTION = 'mutation StartSubstitution($input: SubstitutionInput!) { startSubstitution(input: $input) { id } }'
export const END_SUBSTITUTION = 'mutation EndSubstitution($id: ID!) { endSubstitution(id: $id) }'

export interface HandOverObject { object: string, label: string, count: number, open: number | null, isRecord: boolean }
export interface Count { object: string, label: string, user: NamedUser | null, count: number }
export type State = 'PLANNED' | 'CANCELLED' | 'RUNNING' | 'DONE' | 'FAILED' | 'UNDOING' | 'UNDONE'
export interface HandOver {
  id: string, from: NamedUser, by: NamedUser, reason: string | null, state: State, total: number, moved: number, left: number, returned: number, kept: number, error: string | null
  createdAt: string, undoUntil: string | null, startOn: string | null, letter: (Letter & LetterCounts) | null, counts: Count[], problems: { object: string, id: string, title: string | null, message: string }[]
}
export interface Letter { subject: string, text: string }
export interface LetterCounts { waiting: number, sent: number, failed: number, noAddress: number, mustNot: number, withdrawn: number }
/** What a hand-over would do, and whom a letter would reach. */
export interface Preview { counts: Count[], startOn: string | null, letter: { clients: number, sendable: number, noAddress: number, mustNot: number, subject: string | null, text: string | null } | null }
export interface HandOverInput { from: string, objects: { object: string, openOnly: boolean }[], to: string[], conditions: { object: string, filter: unknown, to: string }[], reason?: string, startOn: string | null, letter: Letter | null }

const HAND_OVER = 'id from { id name } by { id name } reason state total moved left returned kept error createdAt undoUntil startOn letter { subject text waiting sent failed noAddress mustNot withdrawn } counts { object label user { id name } count } problems(first: 20) { object id title message }'
export const OBJECTS = 'query HandOverObjects($user: ID!) { handOverObjects(user: $user) { object label count open isRecord } }'
export const PREVIEW = 'query PreviewHandOver($input: HandOverInput!) { previewHandOver(input: $input) { counts { object label user { id name } count } startOn letter { clients sendable noAddress mustNot subject text } } }'
export const LETTERS = 'query HandOverLetters { handOverLetters { available placeholders } }'
export const START = 'mutation StartHandOver($input: HandOverInput!) { startHandOver(input: $input) { id } }'
export const UNDO = 'mutation UndoHandOver($id: ID!) { undoHandOver(id: $id) { id } }'
export const CANCEL = 'mutation CancelHandOver($id: ID!) { cancelHandOver(id: $id) { id } }'
export const HAND_OVERS = `query HandOvers($first: Int!) { handOvers(first: $first) { ${HAND_OVER} } }`
