import { definePlugin, LimitError, textIn, type IntakeChannel, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { Home } from '../facts/phone.ts'
import type { RequestContext } from '../graphql/context.ts'
import { objectOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { readSection, writeSection } from '../settings/section.ts'
import { accept, answer, decline, markSpam, reopen, take, type Acceptance, type Acted } from './actions.ts'
import { answeredBy } from './answered.ts'
import { CHANNELS } from './channels.ts'
import { computeItems, computePoints } from './compute.ts'
import { conversion, type ConversionArguments } from './conversion.ts'
import { keepConsents } from './consents.ts'
import { countIntake } from './counters.ts'
import { readDecisions } from './decisions.ts'
import { distribute, escalate, given } from './distribute.ts'
import { guardEnvelope, guardKept } from './envelope.ts'
import { intakeObjects } from './intake-objects.ts'
import { checkedSettings, intakeSettings, visibleSettings, type IntakeSettingsInput } from './intake-settings.ts'
import { typeDefs } from './intake.sdl.ts'
import { renewOffers } from './offers.ts'
import { propose, requireItem } from './proposal.ts'
import { receive, type Incoming } from './receive.ts'
import { follow } from './told.ts'

export interface IntakeDeps {
  engine(): Engine
  /** Countries of the company: of its phone numbers, and of its holidays. */
  home(): Home
  country(): string
  /** What plugins add. */
  channels(): readonly IntakeChannel[]
}

const MOST_RAW = 100_000
/** What decides on whose timeline an item stands. */
const OUTCOME = new Set(['state', 'client', 'contact', 'order'])

/** What comes in from outside: kept as it came, recognised, given to somebody, and made a client when it is accepted. */
export function intakeFeature(deps: IntakeDeps): PluginDefinition {
  const channels = (): IntakeChannel[] => [...CHANNELS, ...deps.channels()]
  const noted = (ctx: RequestContext, acted: Acted): Acted => {
    if (acted.changeSet) ctx.changeSets.push(acted.changeSet)
    return acted
  }
  const distribution = { get engine() { return deps.engine() }, country: deps.country }
  return definePlugin({
    id: 'intake',
    version: '1.0.0',
    objects: intakeObjects,
    compute: {
      intakeItem: { id: 'heading', run: (items) => computeItems(items, channels()) },
      intakePoint: { id: 'normalise', run: (points) => computePoints(points, deps.home()) },
    },
    guards: {
      'intakeItem.update': { id: 'envelope', run: guardEnvelope },
      'intakeItem.delete': { id: 'kept', run: guardKept },
    },
    on: {
      'intakeItem.created': { id: 'distribute', async run(events) { for (const { recordId } of events) await distribute(distribution, recordId) } },
      'intakeItem.accepted': { id: 'consents', async run(events) { for (const { recordId } of events) await keepConsents(deps.engine(), recordId) } },
      'intakeItem.updated': {
        id: 'tell',
        async run(events) {
          // Distribution and who takes it say when it was assigned; a change that does not was made by hand.
          const byHand = events.filter((event) => event.changed.includes('owner') && !event.changed.includes('assignedAt'))
          const waiting = await waitingAmong(deps.engine(), byHand.map((event) => event.recordId))
          for (const { recordId, at } of byHand) if (waiting.has(recordId)) await given(distribution, recordId, new Date(at))
          await follow(deps.engine(), [...new Set(events.filter((event) => event.changed.some((key) => OUTCOME.has(key))).map((event) => event.recordId))])
        },
      },
      'timelineEntry.created': { id: 'answered', run: (events) => answeredBy(deps.engine(), 'timelineEntry', events.map((event) => event.recordId)) },
      'task.updated': { id: 'called', run: (events) => answeredBy(deps.engine(), 'task', events.filter((event) => event.changed.includes('state')).map((event) => event.recordId)) },
    },
    schedules: [{ id: 'minute', cron: '* * * * *', async run() { await distributeLeft(distribution); await escalate(distribution); await renewOffers(deps.engine()) } }],
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          intakeChannels: (_: unknown, _args: unknown, { reading }: RequestContext) => channels().map((channel) => ({ ...channel, labels: channel.label, label: textIn(channel.label, reading.locale) })),
          intakeCounters: (_: unknown, _args: unknown, ctx: RequestContext) => countIntake(ctx.reading),
          intakeProposal: (_: unknown, { id }: { id: string }, ctx: RequestContext) => propose(ctx, id),
          async intakeRaw(_: unknown, { id }: { id: string }, { reading }: RequestContext) {
            const { raw } = await requireItem(reading, id)
            return reading.access.canRead(objectOf(reading.generation.model, 'intakeItem').byKey.get('raw')!) ? raw : null
          },
          async intakeDecisions(_: unknown, { id }: { id: string }, { reading }: RequestContext) {
            await requireItem(reading, id)
            return readDecisions(reading, id)
          },
          intakeConversion: (_: unknown, args: ConversionArguments, { reading }: RequestContext) => conversion(reading, args),
          intakeSettings: (_: unknown, _args: unknown, ctx: RequestContext) => settingsFor(ctx),
        },
        Mutation: {
          async receiveIntake(_: unknown, { input }: { input: Omit<Incoming, 'raw'> & { phones?: string[] | null, emails?: string[] | null, raw?: unknown } }, ctx: RequestContext) {
            ctx.access.require('intake.receive')
            const { phones, emails, points, raw, ...rest } = input
            const text = raw === undefined || raw === null ? null : typeof raw === 'string' ? raw : JSON.stringify(raw, null, 2)
            if (text && text.length > MOST_RAW) throw new LimitError('What came in may have 100,000 characters.', { limit: MOST_RAW })
            return receive(ctx.engine, ctx.caller, {
              ...rest, raw: text ?? JSON.stringify(input, null, 2).slice(0, MOST_RAW),
              points: [...(phones ?? []).map((value) => ({ kind: 'phone', value })), ...(emails ?? []).map((value) => ({ kind: 'email', value })), ...(points ?? []).map((point) => ({ ...point }))],
            })
          },
          acceptIntake: async (_: unknown, { id, version, input }: { id: string, version?: number | null, input: Acceptance }, ctx: RequestContext) => noted(ctx, await accept(ctx.engine, ctx.caller, id, version ?? null, input)),
          linkIntake: async (_: unknown, { id, version, client, contact, order, addPoints }: Pick<Acceptance, 'client' | 'contact' | 'order' | 'addPoints'> & { id: string, version?: number | null }, ctx: RequestContext) => noted(ctx, await accept(ctx.engine, ctx.caller, id, version ?? null, { client, contact, order, addPoints })),
          declineIntake: async (_: unknown, { id, version, reason, note }: { id: string, version?: number | null, reason: string, note?: string | null }, ctx: RequestContext) => noted(ctx, await decline(ctx.engine, ctx.caller, id, version ?? null, reason, note ?? null)),
          markIntakeSpam: async (_: unknown, { id, version }: { id: string, version?: number | null }, ctx: RequestContext) => noted(ctx, await markSpam(ctx.engine, ctx.caller, id, version ?? null)),
          takeIntake: async (_: unknown, { id }: { id: string }, ctx: RequestContext) => noted(ctx, await take(ctx.engine, ctx.caller, id, deps.country())),
          answerIntake: async (_: unknown, { id }: { id: string }, ctx: RequestContext) => noted(ctx, await answer(ctx.engine, ctx.caller, id)),
          reopenIntake: async (_: unknown, { id }: { id: string }, ctx: RequestContext) => noted(ctx, await reopen(ctx.engine, ctx.caller, id)),
          async updateIntakeSettings(_: unknown, { version, input }: { version: string, input: IntakeSettingsInput }, ctx: RequestContext) {
            ctx.access.require('intake.manage')
            const { value: seen } = await readSection(ctx.engine.db, intakeSettings)
            const next = await checkedSettings(ctx.reading, seen, input)
            await writeSection(ctx.engine.db, intakeSettings, ctx.caller, version, () => next)
            return settingsFor(ctx)
          },
        },
      } as unknown as Resolvers,
    },
  })
}

async function settingsFor(ctx: RequestContext) {
  ctx.access.require('intake.manage')
  const { value, version } = await readSection(ctx.engine.db, intakeSettings)
  return { version, ...visibleSettings(ctx.reading, value) }
}

/** Items that nobody distributed, because the node that should was lost: the event is delivered again, and this is its net. */
async function distributeLeft(deps: Parameters<typeof distribute>[0]): Promise<void> {
  const { rows } = await sql<{ id: string }>`select id from core.intake_item where state = 'new' and distributed_at is null and trashed_at is null and created_at < now() - interval '1 minute' order by created_at limit 200`.execute(deps.engine.db)
  for (const { id } of rows) await distribute(deps, id)
}

/** Hand-overs bring many that were dealt with long ago. */
async function waitingAmong({ db }: Engine, ids: string[]): Promise<Set<string>> {
  if (!ids.length) return new Set()
  const { rows } = await sql<{ id: string }>`select id from core.intake_item where id = any(${ids}::uuid[]) and state = 'new'`.execute(db)
  return new Set(rows.map((row) => row.id))
}
