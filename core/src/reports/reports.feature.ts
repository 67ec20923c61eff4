import { definePlugin, NotAllowedError, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import type { RequestContext } from '../graphql/context.ts'
import type { Reading } from '../records/reading.ts'
import { completenessReport, completenessRows, type CompletenessArguments } from './completeness.ts'
import { informationFor, STATES, type Information } from './information.ts'
import { reportsSdl } from './reports.sdl.ts'
import { ownerPeriods, ownerTotals } from './owners.ts'
import { loadRequired, saveRequired, type Required } from './required.ts'
import { stageRecords, stageReport, type StageArguments } from './stages.ts'
import { peopleOf, workReport, type WorkArguments } from './work.ts'

/** Reports that are asked by every company: how complete the clients are, who had them when, what everybody did, and how long records stand in their stages. */
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
            const { report, groups, moreGroups, total } = await completenessReport(reading, args)
            return { kinds: report.kinds.map((kind) => shown(kind, report.required)), groups, moreGroups, total, filters: report.kinds.flatMap((kind) => STATES.map((state) => ({ kind: kind.key, state, filter: report.filterOf(kind, state) }))) }
          },
          completenessRows(_: unknown, args: CompletenessArguments & { first: number, after?: string | null }, { reading }: RequestContext) { requireClients(reading); return completenessRows(reading, args) },
          stageReport: (_: unknown, args: StageArguments, { reading }: RequestContext) => stageReport(reading, args),
          stageReportRecords: (_: unknown, args: Parameters<typeof stageRecords>[1], { reading }: RequestContext) => stageRecords(reading, args),
          async ownerReport(_: unknown, args: Parameters<typeof ownerPeriods>[1], { reading }: RequestContext) {
            requireClients(reading)
            return { totals: () => ownerTotals(reading, args), ...await ownerPeriods(reading, args) }
          },
          workPeople: (_: unknown, __: unknown, { reading }: RequestContext) => peopleOf(reading),
          workReport: (_: unknown, args: WorkArguments, { reading }: RequestContext) => workReport(reading, args),
        },
        Mutation: {
          async saveCompletenessRule(_: unknown, { clientKind, kinds }: { clientKind: string, kinds: string[] }, ctx: RequestContext) {
            ctx.access.require('settings.manage')
            requireClients(ctx.reading)
            await saveRequired(ctx, clientKind, kinds)
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
