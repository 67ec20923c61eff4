export type Strength = 'CRITICAL' | 'STRONG' | 'MEDIUM' | 'WEAK'
export interface Reason { kind: string, label: string, strength: Strength, value: string | null }
export interface Link { object: string, id: string, title: string | null }
export interface Possible { object: string, record: Link | null, owner: string | null, strength: Strength, reasons: Reason[] }
export interface Pair { id: string, object: string, first: Link, second: Link, strength: Strength, reasons: Reason[], canMerge: boolean }
export type Source = 'WINNER' | 'LOSER' | 'BOTH'
export interface MergeField { key: string, label: string, winner: string | null, loser: string | null, same: boolean, source: Source, choosable: boolean }
export interface MergePreview {
  fields: MergeField[]
  lists: { name: string, label: string, winner: string[], added: string[], same: number }[]
  moves: { object: string, label: string, count: number }[]
  winnerVersion: number
  loserVersion: number
}
export interface Merge { id: string, winner: Link, loser: Link | null, at: string, by: string | null, bulk: string | null, undoneAt: string | null, canUndo: boolean }
export interface Undone { winner: string, kept: { message: string }[] }
export interface Settings { kinds: string[], allKinds: { key: string, label: string, strength: Strength }[], ignoreTags: boolean, own: string[], autoMerge: boolean }

const REASONS = 'strength reasons { kind label strength value }'
const PREVIEW = 'fields { key label winner loser same source choosable } lists { name label winner added same } moves { object label count } winnerVersion loserVersion'
const SETTINGS = 'kinds allKinds { key label strength } ignoreTags own autoMerge'

export const POSSIBLE = `query PossibleDuplicates($object: String!, $input: JSON!) { possibleDuplicates(object: $object, input: $input) { object record { object id title } owner ${REASONS} } }`
export const PAIRS = `query DuplicatePairs($object: String!, $strength: DuplicateStrength, $dismissed: Boolean, $import: ID, $after: String) {
  duplicatePairs(object: $object, strength: $strength, dismissed: $dismissed, import: $import, first: 50, after: $after) {
    nodes { id object canMerge first { object id title } second { object id title } ${REASONS} } hasNextPage endCursor } }`
export const PREVIEW_MERGE = `query PreviewMerge($object: String!, $winner: ID!, $loser: ID!) { previewMerge(object: $object, winner: $winner, loser: $loser) { ${PREVIEW} } }`
export const MERGE = `mutation Merge($object: String!, $winner: ID!, $loser: ID!, $take: [String!], $keep: [String!], $winnerVersion: Int, $loserVersion: Int) {
  mergeRecords(object: $object, winner: $winner, loser: $loser, take: $take, keep: $keep, winnerVersion: $winnerVersion, loserVersion: $loserVersion) }`
export const UNDO_MERGE = 'mutation UndoMerge($id: ID!) { undoMerge(id: $id) { winner kept { message } } }'
export const DISMISS = 'mutation DismissDuplicate($pair: ID!) { dismissDuplicate(pair: $pair) }'
export const REOPEN = 'mutation ReopenDuplicate($pair: ID!) { reopenDuplicate(pair: $pair) }'
export const PREVIEW_MANY = `query PreviewMerges($pairs: [ID!]!) { previewMerges(pairs: $pairs) { mark items { pair winner { id title } loser { id title } preview { ${PREVIEW} } } } }`
export interface ManyPreview { mark: string, items: { pair: string, winner: Link, loser: Link, preview: MergePreview }[] }
export const MERGE_MANY = 'mutation MergePairs($pairs: [ID!]!, $mark: String!) { mergePairs(pairs: $pairs, mark: $mark) { bulk results { pair merge error } } }'
export const UNDO_MANY = 'mutation UndoMerges($bulk: ID!) { undoMerges(bulk: $bulk) { winner kept { message } } }'
export const MERGES = 'query Merges($object: String!, $before: ID) { merges(object: $object, first: 50, before: $before) { id winner { object id title } loser { object id title } at by bulk undoneAt canUndo } }'
export const DUPLICATE_SETTINGS = `query DuplicateSettings { duplicateSettings { ${SETTINGS} } duplicateScans { object done finishedAt } }`
export const SAVE_SETTINGS = `mutation SaveDuplicateSettings($input: DuplicateSettingsInput!) { updateDuplicateSettings(input: $input) { ${SETTINGS} } }`
export const SCAN = 'mutation ScanDuplicates($object: String!) { scanDuplicates(object: $object) }'

export const COLORS: Record<Strength, 'error' | 'warning' | 'info' | 'neutral'> = { CRITICAL: 'error', STRONG: 'warning', MEDIUM: 'info', WEAK: 'neutral' }
export const isGrave = (strength: Strength): boolean => strength === 'CRITICAL' || strength === 'STRONG'
