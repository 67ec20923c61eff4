import { sql } from 'kysely'
import { definePlugin, NotFoundError, textIn, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import type { SendMail } from '../accounts/deps.ts'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import type { RequestContext } from '../graphql/context.ts'
import { translate } from '../messages/translate.ts'
import { invalid } from '../model/change.ts'
import type { Engine } from '../records/engine.ts'
import { askUndo, cancelHandOver, listHandOvers, ownHandOver, runHandOver, startHandOver, takeUpHandOvers, UNDO_DAYS, type Enqueue, type HandOver } from './hand-over.ts'
import { maySendLetters } from './addresses.ts'
import { BELONGINGS, belongingsOf } from './belongings.ts'
import { typeDefs } from './handover.sdl.ts'
import { PLACEHOLDERS } from './letter-text.ts'
import { countLetters, previewLetter, sendLetters } from './letters.ts'
import { handedOver, isOpen } from './objects.ts'
import { belongs, planHandOver, type HandOverInput } from './plan.ts'
import { endSubstitution, listSubstitutions, startSubstitution, type Substitution, type SubstitutionInput } from './substitutions.ts'

export interface HandoverDeps {
  engine(): Engine
  enqueue: Enqueue
  sendMail(): SendMail | null
  companyName(): string
  /** Has letters to clients sent, now or after so many seconds. */
  sendLetters(afterSeconds?: number): Promise<void>
}

/** Work that goes from one person to others: for good, or while somebody is away. */
export function handoverFeature(deps: HandoverDeps): PluginDefinition {
  const named = async (ctx: RequestContext, id: string): Promise<{ id: string, name: string }> => {
    if (id === ctx.actor.userId) return { id, name: ctx.actor.name }
    return { id, name: (await visibleTitles(ctx.reading, [['user', id]])).get(id) ?? '…' }
  }
  const label = (ctx: RequestContext, name: string): string => textIn(BELONGINGS.get(name)?.label ?? ctx.reading.generation.model.objects.get(name)?.labelPlural, ctx.reading.locale) || name
  const counts = (ctx: RequestContext, rows: { object: string, to: string | null, n: number }[]) =>
    Promise.all(rows.map(async ({ object, to, n }) => ({ object, label: label(ctx, object), user: to && await named(ctx, to), count: n })))

  return definePlugin({
    id: 'handover',
    version: '1.0.0',
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          substitutions: (_: unknown, { user }: { user?: string | null }, ctx: RequestContext) => listSubstitutions(ctx, user),
          async handOverObjects(_: unknown, { user }: { user: string }, ctx: RequestContext) {
            ctx.access.require('handover.run')
            if (!UUID.test(user) || !(await visibleTitles(ctx.reading, [['user', user]])).has(user)) throw new NotFoundError('There is no such user.', { id: user })
            const objects = handedOver(ctx.reading.generation.model, ctx.access)
            const records = await Promise.all(objects.map(async (object) => {
              const open = isOpen(object, 'r')
              const { rows } = await sql<{ count: number, open: number | null }>`select count(*)::int as count, ${open ? sql`(count(*) filter (where ${open}))::int` : sql`null::int`} as open
                from core.${sql.id(object.table)} r where ${belongs(ctx.reading, object, user, false)}`.execute(ctx.engine.db)
              return { object: object.name, label: label(ctx, object.name), ...rows[0]!, isRecord: true }
            }))
            const others = await Promise.all([...BELONGINGS].filter(([, kind]) => kind.may(ctx.access)).map(async ([object]) =>
              ({ object, label: label(ctx, object), count: (await belongingsOf(ctx.reading, object, user)).length, open: null, isRecord: false })))
            return [...records, ...others]
          },
          async previewHandOver(_: unknown, { input }: { input: HandOverInput }, ctx: RequestContext) {
            ctx.access.require('handover.run')
            const steps = await planHandOver(ctx.reading, input)
            const found = new Map<string, { object: string, to: string | null, n: number }>()
            for (const { object, to } of steps) {
              const key = `${object} ${to}`
              const entry = found.get(key) ?? { object, to, n: 0 }
              entry.n++
              found.set(key, entry)
            }
            return { counts: await counts(ctx, [...found.values()]), startOn: input.startOn, letter: input.letter ? await previewLetter(deps, ctx.reading, input, steps) : null }
          },
          handOverLetters(_: unknown, _args: unknown, ctx: RequestContext) {
            ctx.access.require('handover.run')
            return { available: deps.sendMail() !== null && maySendLetters(ctx.reading), placeholders: PLACEHOLDERS }
          },
          handOvers(_: unknown, { first }: { first: number }, ctx: RequestContext) {
            ctx.access.require('handover.run')
            return listHandOvers(ctx, Math.min(Math.max(first, 1), 200))
          },
          handOver: (_: unknown, { id }: { id: string }, ctx: RequestContext) => ownHandOver(ctx, id).catch((error: Error) => {
            if (error instanceof NotFoundError) return null
            throw error
          }),
        },
        Mutation: {
          startSubstitution: (_: unknown, { input }: { input: SubstitutionInput }, ctx: RequestContext) => startSubstitution(ctx, input),
          endSubstitution: (_: unknown, { id }: { id: string }, ctx: RequestContext) => endSubstitution(ctx, id),
          startHandOver(_: unknown, { input }: { input: HandOverInput }, ctx: RequestContext) {
            if (input.letter && !deps.sendMail()) throw invalid('letter', 'unavailable', 'No mail server is set up, so clients cannot be written to.')
            return startHandOver(ctx, input, deps.enqueue)
          },
          cancelHandOver: (_: unknown, { id }: { id: string }, ctx: RequestContext) => cancelHandOver(ctx, id),
          undoHandOver: (_: unknown, { id }: { id: string }, ctx: RequestContext) => askUndo(ctx, id, deps.enqueue),
        },
        Substitution: {
          absent: (s: Substitution, _: unknown, ctx: RequestContext) => named(ctx, s.absent),
          substitute: (s: Substitution, _: unknown, ctx: RequestContext) => named(ctx, s.substitute),
          active: (s: Substitution) => s.from <= new Date() && s.until > new Date(),
          canEnd: (s: Substitution, _: unknown, ctx: RequestContext) => s.until > new Date() && (s.absent === ctx.actor.userId || ctx.access.capability('users.manage')),
        },
        HandOver: {
          from: (h: HandOver, _: unknown, ctx: RequestContext) => named(ctx, h.from),
          by: (h: HandOver, _: unknown, ctx: RequestContext) => named(ctx, h.createdBy),
          state: (h: HandOver) => h.state.toUpperCase(),
          error: (h: HandOver, _: unknown, ctx: RequestContext) => h.error && translate(h.error, ctx.reading.locale),
          undoUntil: (h: HandOver) => {
            const until = new Date(h.begunAt.getTime() + UNDO_DAYS * 86_400_000)
            return ['running', 'done', 'failed'].includes(h.state) && until > new Date() ? until : null
          },
          letter: async (h: HandOver, _: unknown, ctx: RequestContext) => h.letter && { ...h.letter, ...await countLetters(ctx.engine.db, h.id) },
          moved: (h: HandOver, _: unknown, ctx: RequestContext) => countOf(ctx, h, 'moved'),
          left: (h: HandOver, _: unknown, ctx: RequestContext) => countOf(ctx, h, 'left'),
          returned: (h: HandOver, _: unknown, ctx: RequestContext) => countOf(ctx, h, 'returned'),
          kept: (h: HandOver, _: unknown, ctx: RequestContext) => countOf(ctx, h, 'kept'),
          async counts(h: HandOver, _: unknown, ctx: RequestContext) {
            const { rows } = await sql<{ object: string, to: string, n: number }>`select object, to_id as "to", count(*)::int as n from core.hand_over_item where hand_over_id = ${h.id} group by 1, 2 order by min(position)`.execute(ctx.engine.db)
            return counts(ctx, rows)
          },
          async problems(h: HandOver, { first }: { first: number }, ctx: RequestContext) {
            const { rows } = await sql<{ object: string, id: string, message: string | null }>`select object, record_id as id, message from core.hand_over_item
              where hand_over_id = ${h.id} and state in ('left', 'kept') order by position limit ${Math.min(Math.max(first, 1), 500)}`.execute(ctx.engine.db)
            const titles = await visibleTitles(ctx.reading, rows.filter((r) => !BELONGINGS.has(r.object)).map((r) => [r.object, r.id]))
            for (const [name, kind] of BELONGINGS) for (const [id, title] of await kind.names(ctx.reading, rows.flatMap((r) => (r.object === name ? r.id : [])))) titles.set(id, title)
            return rows.map((r) => ({ ...r, title: titles.get(r.id) ?? null, message: translate(r.message ?? 'Somebody changed it meanwhile.', ctx.reading.locale) }))
          },
          async changeSets(h: HandOver, _: unknown, ctx: RequestContext) {
            const { rows } = await sql<{ id: string }>`select distinct change_set_id as id from core.hand_over_item where hand_over_id = ${h.id} and change_set_id is not null order by 1 limit 1000`.execute(ctx.engine.db)
            return rows.map((r) => r.id)
          },
        },
      } as unknown as Resolvers,
    },
    schedules: [{ id: 'minute', cron: '* * * * *', async run() { await takeUpHandOvers(deps.engine(), deps.enqueue); await deps.sendLetters() } }],
    jobs: {
      run: {
        input: { type: 'object', required: ['id'], properties: { id: { type: 'string' } }, additionalProperties: false },
        attempts: 5,
        timeoutSeconds: 3_600,
        async run(input, ctx) {
          await runHandOver(deps.engine(), String(input.id), ctx.signal)
          await deps.sendLetters()
        },
      },
      letters: {
        timeoutSeconds: 600,
        async run(_, ctx) {
          const again = await sendLetters({ ...deps, engine: deps.engine() }, ctx.signal)
          if (again !== null) await deps.sendLetters(again)
        },
      },
    },
  })
}

async function countOf(ctx: RequestContext, { id }: HandOver, state: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from core.hand_over_item where hand_over_id = ${id} and state = ${state}`.execute(ctx.engine.db)
  return rows[0]!.n
}
