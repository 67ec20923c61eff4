import type { Localized } from '@kartotek/sdk'
import { createPipeline, updatePipeline, type PipelineInput, type StageInput } from '../pipelines/change.ts'
import type { Gate } from '../pipelines/pipeline.ts'
import { clean, type Item, type Section } from './section.ts'

interface StageItem { key: string, labels: Localized, kind: string, gate?: Gate, [more: string]: unknown }

/** Pipelines with their stages and gates, by object and key. A stage that the file leaves out goes; `moveTo` says where its records go. */
export const pipelines: Section = {
  name: 'pipelines',
  capability: 'pipelines.manage',
  word: 'pipeline',
  async read(workshop) {
    const { engine } = workshop.fresh()
    const references = await workshop.references()
    const all = engine.live.current.pipelines.map((pipeline) => {
      const stages = pipeline.stages.filter((stage) => !stage.archived)
      const keyOf = (id: string): string => stages.find((stage) => stage.id === id)?.key ?? id
      return [`${pipeline.object}/${pipeline.key}`, clean({
        labels: pipeline.name, isDefault: pipeline.isDefault, ...(pipeline.archived ? { archived: true } : {}),
        stages: stages.map(({ key, name, kind, color, probability, normHours, gate: { allowedNext, ...gate } }) => ({
          key, labels: name, kind, color, probability, normHours, ...gateItem(references.named({ ...gate, allowedNext: allowedNext?.map(keyOf) })),
        })),
      }) as Item] as const
    })
    return new Map(all.sort(([a], [b]) => (a < b ? -1 : 1)))
  },
  wanted: (_key, from, { moveTo: _moveTo, stages, ...to }) => ({
    isDefault: from?.isDefault ?? false, ...to,
    stages: Array.isArray(stages) && (stages as StageItem[]).map((stage) => ({ color: 'slate', probability: stage.kind.toLowerCase() === 'won' ? 100 : 0, ...stage, kind: stage.kind.toLowerCase() })),
  }),
  refuses: (_key, _from, to) => (Array.isArray(to.stages) ? null : 'its stages are missing'),
  async apply(workshop, key, from, to) {
    const { engine, caller } = workshop.fresh()
    const references = await workshop.references()
    const [object, name] = key.split('/') as [string, string]
    const pipeline = from ? engine.live.current.pipelines.find((one) => one.object === object && one.key === name) : undefined
    const stages = (to.stages as StageItem[]).map(({ kind, ...stage }): StageInput => ({
      ...stage, kind: kind.toUpperCase() as StageInput['kind'], gate: stage.gate && references.resolved(stage.gate),
      id: pipeline?.stages.find((one) => one.key === stage.key && !one.archived)?.id ?? null,
    }))
    const input = { ...to, object, key: name, stages, archived: to.archived === true } as PipelineInput
    if (pipeline) await updatePipeline(engine, caller, pipeline.id, pipeline.version, input)
    else await createPipeline(engine, caller, input)
  },
}

function gateItem(gate: Gate): { gate?: Gate } {
  const filled = Object.fromEntries(Object.entries(gate).filter(([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)))
  return Object.keys(filled).length > 0 ? { gate: filled } : {}
}
