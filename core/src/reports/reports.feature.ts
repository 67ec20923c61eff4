import { sql } from 'kysely'
import { definePlugin, InputError, NotAllowedError, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { keepConfiguration } from '../changes/configuration.ts'
import type { RequestContext } from '../graphql/context.ts'
import { readingOf } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { completenessReport, completenessRows, loadRequired, type CompletenessArguments, type Required } from './completeness.ts'
import { informationFor, STATES, type Information } from './information.ts'
import { reportsSdl } from './reports.sdl.ts'
import { peopleOf, workReport, type WorkArguments } from './work.ts'

/** Reports that are asked by every company: how complete the clients are, and what everybody did. */
export function reportsFeature(): PluginDefinition {
  return definePlugin({
    id: 'reports',
    version: '1.0.0',
    graphql: {
      typeDefs: reportsSdl,
      resolvers: {
        Query: {
          async completenessKinds(_: unknown, __: unknown, { reading }: RequestContext) {
            if (!seesClients(reading)) return []
            const required = await loadRequired(reading.db)
            return informationFor(reading).map((kind) => shown(kind, required))
          },
          async completenessReport(_: unknown, args: CompletenessArguments, { reading }: RequestContext) {
            requireClients(reading)
            const { report, groups, total } = await completenessReport(reading, args)
            const required = await loadRequired(reading.db)
            return { kinds: report.kinds.map((kind) => shown(kind, required)), groups, total, filters: report.kinds.flatMap((kind) => STATES.map((state) => ({ kind: kind.key, state, filter: report.filterOf(kind, state) }))) }
          },
          completenessRows(_: unknown, args: CompletenessArguments & { first: number, after?: string | null }, { reading }: RequestContext) { requireClients(reading); return completenessRows(reading, args) },
          workPeople: (_: unknown, __: unknown, { reading }: RequestContext) => peopleOf(reading),
          workReport: (_: unknown, args: WorkArguments, { reading }: RequestContext) => workReport(reading, args),
        },
        Mutation: {
          async saveCompletenessRule(_: unknown, { clientKind, kinds }: { clientKind: string, kinds: string[] }, ctx: RequestContext) {
            ctx.access.require('settings.manage')
            requireClients(ctx.reading)
            const known = informationFor(ctx.reading)
            const client = ctx.reading.generation.model.objects.get('client')!
            const option = client.byKey.get('kind')!.options?.find((one) => one.key === clientKind)
            const missing = kinds.find((key) => !known.some((kind) => kind.key === key))
            if (!option || missing !== undefined || kinds.length > 20) throw new InputError(option ? `There is no column "${missing ?? ''}".` : 'There is no such kind.')
            const all = new Set(informationFor(readingOf(ctx.engine, SYSTEM_CALLER)).map((kind) => kind.key))
            await ctx.engine.db.transaction().execute(async (trx) => {
              await sql`lock table core.completeness_rule in share row exclusive mode`.execute(trx)
              const before = (await loadRequired(trx))[clientKind]
              // What the saver does not see stays as it was.
              const unseen = (before ?? []).filter((key) => all.has(key) && !known.some((kind) => kind.key === key))
              const after = [...new Set([...kinds, ...unseen])]
              await sql`insert into core.completeness_rule (client_kind, kinds) values (${clientKind}, ${after}::text[]) on conflict (client_kind) do update set kinds = excluded.kinds`.execute(trx)
              await keepConfiguration(trx, ctx.caller, { subject: 'report', id: `completeness.${clientKind}`, object: 'client', name: option.label, before: before ? { requiredFields: before } : null, after: { requiredFields: after } })
            })
            return true
          },
        },
      } as unknown as Resolvers,
    },
  })
}

function shown(kind: Information, required: Required): { key: string, label: string, requiredOf: string[] } {
  return { key: kind.key, label: kind.label, requiredOf: Object.entries(required).flatMap(([clientKind, keys]) => (keys.includes(kind.key) ? [clientKind] : [])) }
}

const seesClients = ({ access, generation: { model } }: Reading): boolean => access.scope(model.objects.get('client')!, 'read') !== 'none'

function requireClients(reading: Reading): void {
  if (!seesClients(reading)) throw new NotAllowedError('This report is for who sees clients.')
}
