import type { Labels, StageInfo, StageKind } from '../../model/types.ts'
import { fromFilter } from '../../records/filter/filter-from.ts'
import { toFilter, type Group } from '../../records/filter/filter-model.ts'
import type { FieldInfo } from '../../model/types.ts'
import { filterOf, formulaOf, withFormula } from '../conditions/formula.ts'
import { cleanLabels, keyFrom } from '../labels.ts'

/** A stage while it is edited. New ones have no id yet; `handle` holds them in place on the screen. */
export interface StageForm {
  handle: string
  id: string | null
  key: string
  labels: Labels
  kind: StageKind
  color: string
  probability: number
  /** Hours; empty means that there is no norm. */
  normHours: number | null
  requiredFields: string[]
  allowedNext: string[]
  mayPass: string[]
  /** Null where the condition says more than the builder can show; it is then kept as it is. */
  condition: Group | null
  rawCondition: Record<string, unknown> | null
  /** Beside the condition; null where there is none. */
  formula: string | null
  conditionHint: Labels
}

let made = 0
export function newStage(kind: StageKind = 'OPEN', more: Partial<StageForm> = {}): StageForm {
  return {
    handle: `new-${made++}`, id: null, key: '', labels: {}, kind, color: 'slate', probability: kind === 'WON' ? 100 : 0, normHours: null,
    requiredFields: [], allowedNext: [], mayPass: [], condition: { kind: 'group', join: 'and', items: [] }, rawCondition: null, formula: null, conditionHint: {}, ...more,
  }
}

export function formOfStage(stage: StageInfo, fields: readonly FieldInfo[]): StageForm {
  const { gate } = stage
  return {
    handle: stage.id, id: stage.id, key: stage.key, labels: { ...stage.labels }, kind: stage.kind, color: stage.color ?? 'slate',
    probability: stage.probability ?? 0, normHours: stage.normHours, requiredFields: [...gate.requiredFields], allowedNext: [...gate.allowedNext],
    mayPass: [...gate.mayPass], condition: fromFilter(filterOf(gate.condition), fields), rawCondition: filterOf(gate.condition), formula: formulaOf(gate.condition), conditionHint: { ...gate.conditionHint },
  }
}

/** What a new pipeline begins with; the admin renames and adds. */
export function firstStages(t: (key: string) => string): StageForm[] {
  const named = (key: string): Labels => ({ en: t(key) })
  return [
    newStage('OPEN', { labels: named('settings.stages.first.new'), key: 'new', color: 'sky', probability: 10 }),
    newStage('OPEN', { labels: named('settings.stages.first.work'), key: 'in_work', color: 'amber', probability: 50 }),
    newStage('WON', { labels: named('settings.stages.first.won'), key: 'won', color: 'green' }),
    newStage('LOST', { labels: named('settings.stages.first.lost'), key: 'lost', color: 'red' }),
  ]
}

/** The input of a stage; `fields` turns the condition of the builder into a filter. */
export function stageInput(stage: StageForm, fields: readonly FieldInfo[] = []): Record<string, unknown> {
  const condition = withFormula(stage.condition ? toFilter(stage.condition, fields) : stage.rawCondition, stage.formula)
  return {
    ...(stage.id ? { id: stage.id } : {}),
    key: stage.key || keyFrom(stage.labels.en ?? Object.values(stage.labels).find(Boolean) ?? '') || stage.handle.replace('-', '_'),
    labels: cleanLabels(stage.labels), kind: stage.kind, color: stage.color, probability: stage.probability, normHours: stage.normHours,
    gate: {
      requiredFields: stage.requiredFields, allowedNext: stage.allowedNext, mayPass: stage.mayPass, condition,
      ...(condition ? { conditionHint: cleanLabels(stage.conditionHint) } : {}),
    },
  }
}
