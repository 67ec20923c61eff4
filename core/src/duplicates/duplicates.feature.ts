import { sql } from 'kysely'
import { definePlugin, DomainError, InputError, NotAllowedError, NotFoundError, textIn, type PluginDefinition, type RecordEvent, type Resolvers } from '@kartotek/sdk'
import { visibleTitles, type ChangeSetRow } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import { accessPredicate } from '../access/predicate.ts'
import type { RequestContext } from '../graphql/context.ts'
import { itemError } from '../graphql/errors.ts'
import { translate } from '../messages/translate.ts'
import type { Engine } from '../records/engine.ts'
import { emptyPlan } from '../records/plan.ts'
import { readByIds } from '../records/rows.ts'
import { rightsOn } from '../records/write/load.ts'
import type { Settings } from '../settings/index.ts'
import { mergeAlike } from './automatic.ts'
import { factsOfInput } from './facts.ts'
import { isMatched, KINDS, MATCHED, shownKind, strengthOf, STRENGTHS, type KeyKind, type Matched, type Reason, type Strength } from './kinds.ts'
import type { MatchRules } from './keys.ts'
import { mergeRecords, type MergeInput } from './merge.ts'
import { decidePair, listPairs, mergePairs, planPairs, type PairQuery, type Planned } from './pairs.ts'
import { matchesOf, type Match } from './possible.ts'
import { previewMerge } from './preview.ts'
import { refreshRecords, scan, startScan } from './queue.ts'
import { matchRules, settingsSchema, type DuplicateSettings } from './rules.ts'
import { MERGE_FIELDS, UNDO_DAYS, undoMerge, type MergeRow } from './undo.ts'

const typeDefs = `
"""How much a match says. Critical and strong ones ask for a decision, medium and weak ones are a hint."""
enum DuplicateStrength { ${STRENGTHS.map((s) => s.toUpperCase()).join(' ')} }
type DuplicateReason {
  "${Object.keys(KINDS).join(', ')}."
  kind: String!
  label: String!
  strength: DuplicateStrength!
  "What both have, in normal form; null for the name of a person."
  value: String
}
"""A record that may be the same as one that is being entered."""
type PossibleDuplicate {
  object: String!
  "Null where there is one that the caller may not see: told to who has \`duplicates.see\`, of strong matches only."
  record: RecordLink
  "Whose the hidden record is."
  owner: String
  strength: DuplicateStrength!
  reasons: [DuplicateReason!]!
}
type DuplicatePair {
  id: ID!
  object: String!
  first: RecordLink!
  second: RecordLink!
  strength: DuplicateStrength!
  reasons: [DuplicateReason!]!
  foundAt: DateTime!
  "The caller may change and delete both."
  canMerge: Boolean!
}
type DuplicatePairConnection { nodes: [DuplicatePair!]! hasNextPage: Boolean! endCursor: String }
enum MergeSource { WINNER LOSER BOTH }
type MergeField {
  key: String!
  label: String!
  winner: String
  loser: String
  same: Boolean!
  "Where the value comes from if nobody chooses."
  source: MergeSource!
  choosable: Boolean!
}
type MergeList {
  name: String!
  label: String!
  winner: [String!]!
  "What the winner gets from the loser."
  added: [String!]!
  "How many of the loser's the winner has already."
  same: Int!
}
type MergeMove { object: String! label: String! count: Int! }
"""What a merge would do, as far as the caller sees it."""
type MergePreview {
  fields: [MergeField!]!
  lists: [MergeList!]!
  "Records that point at the loser and would point at the winner."
  moves: [MergeMove!]!
  winnerVersion: Int!
  loserVersion: Int!
}
type PlannedMerge { pair: ID! winner: RecordLink! loser: RecordLink! preview: MergePreview! }
type BulkMergePreview { "To be given to mergePairs: that this was looked at." mark: String! items: [PlannedMerge!]! }
type BulkMergeResult { "Undoes all of them: undoMerges." bulk: ID! results: [BulkMergeItem!]! }
type BulkMergeItem { pair: ID! merge: ID error: String }
type Merge {
  id: ID!
  object: String!
  winner: RecordLink!
  "The title that the loser has, where the caller may see it."
  loser: RecordLink
  at: DateTime!
  by: String
  "What undoMerges takes, where the caller merged several at once."
  bulk: ID
  undoneAt: DateTime
  "The caller may undo it now."
  canUndo: Boolean!
}
type MergeUndone { winner: ID! loser: ID! changeSet: ID reverted: Int! kept: [KeptChange!]! }
type DuplicateScan { object: String! done: Int! startedAt: DateTime! finishedAt: DateTime }
type DuplicateKind { key: String! label: String! strength: DuplicateStrength! }
type DuplicateSettings {
  "What records are compared by."
  kinds: [String!]!
  allKinds: [DuplicateKind!]!
  "a+tag@x.fi counts as a@x.fi, and Gmail has no dots."
  ignoreTags: Boolean!
  "Phones, e-mails and sites of our own; those of the people who work here count as such anyway."
  own: [String!]!
  "Merge by itself where all filled fields agree and the owner is the same."
  autoMerge: Boolean!
}
input DuplicateSettingsInput { kinds: [String!] ignoreTags: Boolean own: [String!] autoMerge: Boolean }
extend type ChangeSet {
  "Records that were there already when this created one that may be the same."
  despite: [RecordLink!]!
}
extend type Query {
  "Records that may be the same as what is being entered: \`input\` as that of createClient or createContact. \`id\`: the record itself, where it is there already."
  possibleDuplicates(object: String!, input: JSON!, id: ID): [PossibleDuplicate!]!
  "\`import\`: only pairs with a record that this import made."
  duplicatePairs(object: String!, strength: DuplicateStrength, dismissed: Boolean = false, record: ID, import: ID, first: Int = 50, after: String): DuplicatePairConnection!
  previewMerge(object: String!, winner: ID!, loser: ID!): MergePreview!
  "At most 100 pairs; those that the caller may not merge are left out."
  previewMerges(pairs: [ID!]!): BulkMergePreview!
  "Newest first, of records that the caller sees; \`before\`: those that came before this one."
  merges(object: String!, record: ID, first: Int = 50, before: ID): [Merge!]!
  duplicateScans: [DuplicateScan!]!
  duplicateSettings: DuplicateSettings!
}
extend type Mutation {
  "Makes two records one. Fields come from the winner, where it has none from the loser; \`take\` names those that come from the loser, \`keep\` those that stay empty or not united."
  mergeRecords(object: String!, winner: ID!, loser: ID!, take: [String!] = [], keep: [String!] = [], winnerVersion: Int, loserVersion: Int): ID!
  "For ${UNDO_DAYS} days. What was changed since stays and is listed."
  undoMerge(id: ID!): MergeUndone!
  mergePairs(pairs: [ID!]!, mark: String!): BulkMergeResult!
  undoMerges(bulk: ID!): [MergeUndone!]!
  "These are not the same, and are not shown again."
  dismissDuplicate(pair: ID!): Boolean!
  reopenDuplicate(pair: ID!): Boolean!
  "Looks through all records anew, in the background."
  scanDuplicates(object: String!): Boolean!
  updateDuplicateSettings(input: DuplicateSettingsInput!): DuplicateSettings!
}
`

/** One run of a scan; the next minute goes on. */
const SCAN_MS = 15_000
const MANY = 20

export interface DuplicatesDeps { engine(): Engine, settings: Settings, home(): { country: string, areaCode?: string | null } }

/** The rules by which records are compared, as of now. */
export const rulesOf = (deps: DuplicatesDeps, db = deps.engine().db): Promise<MatchRules> => matchRules(db, deps.settings.plugin('duplicates') as DuplicateSettings, deps.home())

/** Records that may be the same: at entry, in the background, and made one. */
export function duplicatesFeature(deps: DuplicatesDeps): PluginDefinition {
  const settings = (): DuplicateSettings => deps.settings.plugin('duplicates') as DuplicateSettings
  const found = async (pairs: string[]): Promise<void> => { if (settings().autoMerge && pairs.length) await mergeAlike(deps.engine(), pairs) }
  const onChange = (object: Matched) => async (events: RecordEvent[]): Promise<void> => {
    const ids = [...new Set(events.map((event) => event.recordId))]
    const rules = await rulesOf(deps)
    // Of many at once only the keys: names that are alike take their time, and a scan looks for them.
    await found(await refreshRecords(deps.engine(), object, ids, rules, { depth: ids.length > MANY ? 'keys' : 'similar' }))
  }
  const scanAll = async (): Promise<void> => {
    const rules = await rulesOf(deps)
    for (const object of MATCHED) await scan(deps.engine(), object, rules, SCAN_MS, found)
  }
  const shownSettings = (ctx: RequestContext) => ({
    kinds: Object.keys(KINDS), ignoreTags: false, own: [], autoMerge: false, ...settings(),
    allKinds: (Object.keys(KINDS) as KeyKind[]).map((kind) => shownKind(kind, ctx.reading.locale)),
  })
  const undone = async (ctx: RequestContext, id: string) => {
    const report = await undoMerge(ctx.engine, ctx.caller, id)
    if (report.changeSet) ctx.changeSets.push(report.changeSet)
    return { ...report, kept: report.kept.map((k) => ({ ...k, message: translate(k.message, ctx.reading.locale) })) }
  }
  const upper = (one: { strength: Strength }): string => one.strength.toUpperCase()

  return definePlugin({
    id: 'duplicates',
    version: '1.0.0',
    settings: settingsSchema,
    on: Object.fromEntries(MATCHED.map((object) => [`${object}.*`, { id: `${object}-keys`, run: onChange(object) }])),
    schedules: [{ id: 'scan', cron: '* * * * *', run: scanAll }],
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          async possibleDuplicates(_: unknown, { object, input, id }: { object: string, input: Record<string, unknown>, id?: string | null }, ctx: RequestContext): Promise<Match[]> {
            const of = known(ctx, object)
            if (input === null || typeof input !== 'object' || Array.isArray(input)) throw new InputError('Use { name: … } as input.')
            return (await matchesOf(ctx.reading, [factsOfInput(of, cut(input))], await rulesOf(deps), true, id && UUID.test(id) ? id : null))[0]!
          },
          duplicatePairs: (_: unknown, query: PairQuery, ctx: RequestContext) => listPairs(ctx.reading, { ...query, strength: query.strength?.toLowerCase() as Strength | undefined }),
          previewMerge: (_: unknown, args: { object: string, winner: string, loser: string }, ctx: RequestContext) => previewMerge(ctx.reading, args),
          previewMerges: (_: unknown, { pairs }: { pairs: string[] }, ctx: RequestContext) => planPairs(ctx.reading, pairs),
          merges: listMerges,
          async duplicateScans(_: unknown, __: unknown, ctx: RequestContext) {
            const { rows } = await sql<{ object: string, done: number, startedAt: Date, finishedAt: Date | null }>`select object, done, started_at as "startedAt", finished_at as "finishedAt" from core.duplicate_scan order by object`.execute(ctx.engine.db)
            // How many there are is told to who sees them all.
            return rows.filter((row) => { const object = ctx.reading.generation.model.objects.get(row.object); return object && ctx.access.scope(object, 'read') === 'all' })
          },
          duplicateSettings(_: unknown, __: unknown, ctx: RequestContext) {
            ctx.access.require('settings.manage')
            return shownSettings(ctx)
          },
        },
        Mutation: {
          async mergeRecords(_: unknown, args: MergeInput, ctx: RequestContext) {
            const merged = await mergeRecords(ctx.engine, ctx.caller, args)
            ctx.changeSets.push(merged.changeSet)
            return merged.id
          },
          undoMerge: (_: unknown, { id }: { id: string }, ctx: RequestContext) => undone(ctx, id),
          async mergePairs(_: unknown, { pairs, mark }: { pairs: string[], mark: string }, ctx: RequestContext) {
            const { bulk, results } = await mergePairs(ctx.engine, ctx.caller, pairs, mark)
            ctx.changeSets.push(...results.flatMap((r) => r.changeSet ?? []))
            return { bulk, results: results.map((r) => ({ ...r, error: r.error && itemError(r.error, ctx.log, ctx.reading.locale).message })) }
          },
          async undoMerges(_: unknown, { bulk }: { bulk: string }, ctx: RequestContext) {
            const { rows } = UUID.test(bulk) ? await sql<{ id: string, object: string, winner: string, loser: string }>`select id, object, winner_id as winner, loser_id as loser from core.merge where bulk_id = ${bulk} and by_id is not distinct from ${ctx.actor.userId}::uuid and undone_at is null order by id desc`.execute(ctx.engine.db) : { rows: [] }
            if (!rows.length) throw new NotFoundError('There is no such merge.', { id: bulk })
            const reports = []
            const refused: Error[] = []
            for (const { id, object, winner, loser } of rows) {
              try {
                reports.push(await undone(ctx, id))
              } catch (error) {
                if (!(error instanceof DomainError)) throw error
                // One that stays, as it was merged further since, keeps none of the others.
                refused.push(error)
                reports.push({ winner, loser, changeSet: null, reverted: 0, kept: [{ object, record: winner, reason: error instanceof NotAllowedError ? 'forbidden' : 'changed', fields: [], message: translate(error.message, ctx.reading.locale) }] })
              }
            }
            if (refused.length === rows.length) throw refused[0]!
            return reports
          },
          async dismissDuplicate(_: unknown, { pair }: { pair: string }, ctx: RequestContext) {
            await decidePair(ctx.reading, pair, 'dismissed')
            return true
          },
          async reopenDuplicate(_: unknown, { pair }: { pair: string }, ctx: RequestContext) {
            await decidePair(ctx.reading, pair, 'open')
            return true
          },
          async scanDuplicates(_: unknown, { object }: { object: string }, ctx: RequestContext) {
            ctx.access.require('settings.manage')
            await startScan(ctx.engine.db, known(ctx, object))
            return true
          },
          async updateDuplicateSettings(_: unknown, { input }: { input: DuplicateSettings }, ctx: RequestContext) {
            ctx.access.require('settings.manage')
            await deps.settings.updatePlugin('duplicates', { ...input }, ctx.caller)
            return shownSettings(ctx)
          },
        },
        ChangeSet: {
          async despite(s: ChangeSetRow, _: unknown, ctx: RequestContext) {
            const links = (s.flags.despite ?? []).flatMap((one) => one.duplicates).slice(0, 100)
            const titles = await visibleTitles(ctx.reading, links.map(({ object, id }) => [object, id]))
            return links.filter(({ id }) => titles.has(id)).map((link) => ({ ...link, title: titles.get(link.id) ?? null }))
          },
        },
        DuplicateReason: {
          label: (r: Reason, _: unknown, ctx: RequestContext) => textIn(KINDS[r.kind].label, ctx.reading.locale),
          strength: (r: Reason) => (strengthOf(r) ?? 'weak').toUpperCase(),
          value: (r: Reason) => (PRIVATE.includes(r.kind) ? null : r.kind === 'messenger' ? r.key.replace(':', ' ') : r.key),
        },
        PossibleDuplicate: { strength: upper },
        DuplicatePair: { strength: upper },
        PlannedMerge: { preview: (item: Planned, _: unknown, ctx: RequestContext) => previewMerge(ctx.reading, { object: item.winner.object, winner: item.winner.id, loser: item.loser.id }) },
      } as unknown as Resolvers,
    },
  })
}

/** Their keys hold ids of clients. */
const PRIVATE: KeyKind[] = ['personName', 'initials']

function known(ctx: RequestContext, object: string): Matched {
  const model = isMatched(object) ? ctx.reading.generation.model.objects.get(object) : undefined
  if (!model || ctx.access.scope(model, 'read') === 'none') throw new NotFoundError('There is no such object.', { object })
  return object as Matched
}

/** A form has no more than this; a query that has is no form. */
function cut(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, Array.isArray(value) ? value.slice(0, 50) : typeof value === 'string' ? value.slice(0, 500) : value]))
}

async function listMerges(_: unknown, { object: name, record, first, before }: { object: string, record?: string | null, first: number, before?: string | null }, ctx: RequestContext) {
  const object = ctx.reading.generation.model.objects.get(known(ctx, name))!
  const allowed = accessPredicate(ctx.reading.generation.model, ctx.access, object, 'read', 'r')
  const { rows } = await sql<MergeRow>`select ${MERGE_FIELDS} from core.merge m join core.${sql.id(object.table)} r on r.id = m.winner_id where m.object = ${object.name} ${allowed ? sql`and ${allowed}` : sql``}
    ${record ? (UUID.test(record) ? sql`and m.winner_id = ${record}` : sql`and false`) : sql``} ${before && UUID.test(before) ? sql`and m.id < ${before}` : sql``} order by m.id desc limit ${Math.min(Math.max(first, 1), 200)}`.execute(ctx.engine.db)
  const seen = new Set((await readByIds(ctx.reading, emptyPlan(object), rows.map((row) => row.winner))).map((node) => node.id))
  const titles = await visibleTitles(ctx.reading, rows.flatMap((row): [string, string][] => [[object.name, row.winner], [object.name, row.loser], ...(row.by ? [['user', row.by] as [string, string]] : [])]))
  const rights = await rightsOn(ctx.reading, object, rows.flatMap((row) => [row.winner, row.loser]))
  const may = (id: string): boolean => Boolean(rights.get(id)?.update && rights.get(id)?.delete)
  const link = (id: string) => (titles.has(id) ? { object: object.name, id, title: titles.get(id) ?? null } : null)
  return rows.filter((row) => seen.has(row.winner)).map((row) => ({
    ...row, winner: link(row.winner), loser: link(row.loser), by: row.by ? titles.get(row.by) ?? '…' : null, bulk: row.by === ctx.actor.userId ? row.bulk : null,
    canUndo: !row.undoneAt && row.at > new Date(Date.now() - UNDO_DAYS * 86_400_000) && may(row.winner) && may(row.loser),
  }))
}
