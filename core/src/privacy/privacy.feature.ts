import { sql } from 'kysely'
import { definePlugin, InputError, LimitError, NotAllowedError, textIn, type PluginDefinition, type RecordData, type Resolvers } from '@kartotek/sdk'
import { accessPredicate } from '../access/predicate.ts'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import type { Files } from '../files/files.ts'
import type { RequestContext } from '../graphql/context.ts'
import type { Engine } from '../records/engine.ts'
import { CHANNEL_KEYS } from './channels.ts'
import { consentObject } from './consent-object.ts'
import { erasePerson, planErasure, type Eraser, type Piece } from './erase.ts'
import { asksMayContact, mayContact } from './may-contact.ts'
import { personOf } from './person.ts'
import { privacySdl } from './privacy.sdl.ts'
import { loadPurposes, loadTexts, savePurpose, type ConsentText, type Purpose, type PurposeInput } from './purposes.ts'
import { keepNoLonger, listOutdated, loadRetention, saveRetention, type Retention, type RetentionMode } from './retention.ts'

export interface PrivacyDeps {
  engine(): Engine
  files(): Files
  /** Ids of the plugins that hold personal data beside records. */
  holders(): string[]
  /** Has one of them forget a person. */
  forget(plugin: string, person: { object: string, id: string }, signal: AbortSignal): Promise<void>
  enqueue(trx: Engine['db'], job: string, input: Record<string, unknown>): Promise<unknown>
}

interface LogRow { id: string, kind: string, object: string, record: string, userName: string, at: Date }

/** Consents, «do not contact», what is held on a person, and forgetting him. */
export function privacyFeature(deps: PrivacyDeps): PluginDefinition {
  const eraser = (): Eraser => ({
    engine: deps.engine(),
    async after(trx, contents, person) {
      for (let i = 0; i < contents.length; i += 1_000) await deps.enqueue(trx, 'removeContents', { keys: contents.slice(i, i + 1_000) })
      for (const plugin of deps.holders()) await deps.enqueue(trx, 'forget', { plugin, ...person })
    },
  })
  const manage = (ctx: RequestContext): void => ctx.access.require('privacy.manage')
  const retentionOf = async (ctx: RequestContext, kind: string): Promise<Retention> => {
    const found = (await loadRetention(ctx.engine.db)).find((one) => one.kind === kind)
    if (!found) throw new InputError('There is no such kind.')
    return found
  }
  return definePlugin({
    id: 'privacy',
    version: '1.0.0',
    objects: [consentObject],
    compute: {
      consent: { id: 'moment', run(records) { for (const { values, isNew } of records) if (isNew && !values.at) values.at = new Date().toISOString() } },
    },
    guards: {
      'consent.create': {
        id: 'purpose',
        // It reads by a connection of its own, for which it may have to wait.
        budgetMs: 5_000,
        async run(records) {
          const texts = await loadTexts(deps.engine().db)
          for (const { after } of records) checkConsent(texts, after!)
        },
      },
      'consent.update': { id: 'unchanged', run() { throw kept() } },
      'consent.delete': { id: 'kept', run() { throw kept() } },
    },
    jobs: {
      removeContents: { attempts: 10, async run(input) { await deps.files().removeContents(input.keys as string[]) } },
      forget: { attempts: 20, async run({ plugin, object, id }, ctx) { await deps.forget(String(plugin), { object: String(object), id: String(id) }, ctx.signal) } },
    },
    schedules: [{ id: 'retention', cron: '20 4 * * *', async run() { await keepNoLonger(eraser()) } }],
    graphql: {
      typeDefs: privacySdl,
      resolvers: {
        Query: {
          consentPurposes: (_: unknown, __: unknown, ctx: RequestContext) => loadPurposes(ctx.engine.db),
          async contactPermissions(_: unknown, { object: name, id }: { object: string, id: string }, { reading, engine }: RequestContext) {
            const object = reading.generation.model.objects.get(name)
            if (!object || !asksMayContact(reading.generation.model, reading.access, object)) return []
            const purposes = (await loadPurposes(engine.db)).filter((purpose) => !purpose.archived)
            const asked = purposes.flatMap(({ key }) => CHANNEL_KEYS.map((channel) => ({ purpose: key, channel })))
            return Promise.all(asked.map(async ({ purpose, channel }) => ({ purpose, channel, ...(await mayContact(reading, name, [id], channel, purpose))[0]! })))
          },
          async erasurePlan(_: unknown, { object, id }: { object: string, id: string }, ctx: RequestContext) {
            const person = await personOf(ctx.reading, object, id)
            // It counts with the eyes of the system, what the reader does not see, too.
            await requireDelete(ctx, person.object.name, id)
            const { goes, stays } = await planErasure(ctx.engine, person.object.name, id)
            const named = await visibleTitles(ctx.reading, [...goes, ...stays].flatMap(({ object: of, records }) => (records ?? []).slice(0, 50).map((one): [string, string] => [of, one])))
            const told = (piece: Piece): object => ({ ...piece, records: (piece.records ?? []).flatMap((one) => (named.has(one) ? [{ object: piece.object, id: one, title: named.get(one) }] : [])), label: textIn(ctx.reading.generation.model.objects.get(piece.object)?.labelPlural, ctx.reading.locale) || piece.object })
            return { goes: goes.map(told), stays: stays.map(told) }
          },
          async privacyLog(_: unknown, { first, after }: { first: number, after?: string | null }, ctx: RequestContext) {
            manage(ctx)
            if (first < 1 || first > 200) throw new LimitError('A page holds 1–200 records.', { limit: 200 })
            const { rows } = await sql<LogRow>`select id, kind, object, record_id as record, user_name as "userName", at from core.privacy_log ${after && UUID.test(after) ? sql`where id < ${after}::uuid` : sql``} order by id desc limit ${sql.lit(first + 1)}`.execute(ctx.engine.db)
            const nodes = rows.slice(0, first)
            return { nodes, hasNextPage: rows.length > first, endCursor: nodes.at(-1)?.id ?? null }
          },
          async retention(_: unknown, __: unknown, ctx: RequestContext) { manage(ctx); return loadRetention(ctx.engine.db) },
          async retentionProposals(_: unknown, { kind, first, after }: { kind: string, first: number, after?: string | null }, ctx: RequestContext) { manage(ctx); return listOutdated(ctx.engine, ctx.reading, await retentionOf(ctx, kind), first, after) },
        },
        Mutation: {
          saveConsentPurpose(_: unknown, { input }: { input: PurposeInput }, ctx: RequestContext) { manage(ctx); return savePurpose(ctx, input) },
          saveRetention(_: unknown, { kind, months, mode }: { kind: Retention['kind'], months: number, mode: string }, ctx: RequestContext) { manage(ctx); return saveRetention(ctx, { kind, months, mode: mode.toLowerCase() as RetentionMode }) },
          async erasePerson(_: unknown, { object, id, confirm }: { object: string, id: string, confirm: string }, ctx: RequestContext) {
            const person = await personOf(ctx.reading, object, id)
            await requireDelete(ctx, person.object.name, id)
            if (confirm.trim() !== person.title.trim()) throw new InputError('Write the name exactly as it stands on the card.', [{ field: 'confirm', rule: 'equal', message: 'Write the name exactly as it stands on the card.' }])
            await erasePerson(eraser(), ctx.caller, object, id)
            return true
          },
        },
        ConsentPurpose: { label: (purpose: Purpose, _: unknown, ctx: RequestContext) => textIn(purpose.labels, ctx.reading.locale) || purpose.key },
        Retention: { mode: (one: Retention) => one.mode.toUpperCase() },
      } as unknown as Resolvers,
    },
  })
}

/** Clocks differ a little. */
const AHEAD_MS = 5 * 60_000

/** What is said stands for ever: it may not lie ahead, nor name words that nobody read. */
function checkConsent(texts: readonly ConsentText[], { purpose, at, state, textVersion: version }: RecordData): void {
  const refusal = (field: string, rule: string, message: string): InputError => new InputError(message, [{ field, rule, message }])
  const words = texts.filter((text) => text.purpose === purpose)
  if (!words.length) throw refusal('purpose', 'option', 'There is no such purpose.')
  const moment = new Date(at as string)
  if (moment.getTime() > Date.now() + AHEAD_MS) throw refusal('at', 'max', 'A consent cannot lie in the future.')
  if (version != null && !words.some((text) => text.version === Number(version))) throw refusal('textVersion', 'option', 'The text of this purpose has no such version.')
  // Which words were read before ours were kept here, nobody knows; of ours it must be said.
  if (version == null && state === 'given' && words.some((text) => text.text && text.since <= moment)) throw refusal('textVersion', 'required', 'Say to which version of the text was agreed.')
}

const kept = (): NotAllowedError => new NotAllowedError('A consent stays as it was given; write down the new one beside it.')

/** Who may not even put the person into the trash may not erase him. */
async function requireDelete({ reading }: RequestContext, name: string, id: string): Promise<void> {
  const object = reading.generation.model.objects.get(name)!
  const allowed = accessPredicate(reading.generation.model, reading.access, object, 'delete', 'r')
  const { rows } = await sql`select 1 from core.${sql.id(object.table)} r where r.id = ${id} ${allowed ? sql`and ${allowed}` : sql``}`.execute(reading.db)
  if (!rows.length) throw new NotAllowedError(`You may not change this ${name}.`, { object: name, id })
}
