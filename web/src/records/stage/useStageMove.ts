import { shallowRef, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { mutate } from '../../graphql/client.ts'
import { asProblem, type Problem } from '../../graphql/problem.ts'
import { nest, operationsOf } from '../../model/naming.ts'
import { useModel } from '../../model/useModel.ts'
import type { FieldInfo, ObjectInfo, StageInfo } from '../../model/types.ts'
import { partFields } from '../card/part-rows.ts'
import { boardSelection, partSelection, type PartList } from '../documents.ts'
import { useRecordActions } from '../useRecordActions.ts'

export interface MovingRecord extends Record<string, unknown> { id: string, version: number, title: string | null }

/** What was filled in for a stage. */
export interface Answers { fields: [FieldInfo, unknown][], lists: [PartList, Record<string, unknown>[]][] }

/** The answers as an update of the record takes them. */
export function answersInput({ fields, lists }: Answers): Record<string, unknown> {
  return { ...nest(fields), ...Object.fromEntries(lists.map(([{ list }, rows]) => [list, rows])) }
}

/** A move that needs an answer first: a reason, or fields and lists that the gate wants filled. */
export interface PendingMove {
  record: MovingRecord
  stage: StageInfo
  /** Fields to fill here and now. */
  fields: FieldInfo[]
  /** Empty lists of the record to fill here and now. */
  lists: PartList[]
  /** What else keeps the stage closed, in words. */
  messages: string[]
  problem: Problem | null
}

export interface StageMove {
  pending: ShallowRef<PendingMove | null>
  busy: ShallowRef<boolean>
  /** Moves a record. Resolves to whether it is there now; where it needs an answer, `pending` says which. */
  move(record: MovingRecord, stage: StageInfo): Promise<boolean>
  /** The same move with the answers. */
  confirm(answers: Answers): Promise<boolean>
  cancel(): void
}

/** Moves records between stages; a closed gate and a loss end in a short form instead of an error. */
export function useStageMove(object: () => ObjectInfo): StageMove {
  const { t } = useI18n()
  const { label, partsOf } = useModel()
  const { saved, failed } = useRecordActions(object)
  const pending = shallowRef<PendingMove | null>(null)
  const busy = shallowRef(false)

  const fieldOf = (key: string) => object().fields.find(field => field.key === key || field.key.replace('.', '_') === key)
  const lossReason = () => fieldOf('lossReason')

  const listOf = (key: string) => partsOf(object().name).find(part => part.list === key && partFields(part).some(field => field.writable))

  function document(lists: readonly PartList[]): string {
    const { type, update } = operationsOf(object())
    return `mutation ${type}Move($id: ID!, $version: Int, $input: ${type}UpdateInput!) {
  ${update}(id: $id, version: $version, input: $input) { id version title stageEnteredAt pipeline { id } stage { id key label kind color probability } ${boardSelection(object(), object().fields)} ${lists.map(partSelection).join(' ')} }
}`
  }

  async function send(record: MovingRecord, stage: StageInfo, answers: Answers = { fields: [], lists: [] }): Promise<boolean> {
    busy.value = true
    try {
      const { changeSets } = await mutate(document(answers.lists.map(([part]) => part)), { id: record.id, version: record.version, input: { stage: stage.id, ...answersInput(answers) } })
      pending.value = null
      saved(t('stage.moved', { title: record.title ?? '', stage: label(stage.labels) }), changeSets)
      return true
    } catch (error) {
      explain(asProblem(error), record, stage)
      return false
    } finally {
      busy.value = false
    }
  }

  function explain(problem: Problem, record: MovingRecord, stage: StageInfo): void {
    if (problem.code !== 'GATE_CLOSED' && !(pending.value && problem.code === 'INVALID_INPUT')) return failed(problem)
    const fields = new Set(pending.value?.fields)
    const lists = new Map(pending.value?.lists.map(part => [part.list, part]))
    const messages: string[] = []
    for (const missing of problem.missing) {
      const field = missing.field ? fieldOf(missing.field) : undefined
      const list = missing.field && !field ? listOf(missing.field) : undefined
      if (field?.writable && missing.rule === 'required') fields.add(field)
      else if (list && missing.rule === 'required') lists.set(list.list, list)
      else messages.push(missing.message)
    }
    pending.value = { record, stage, fields: [...fields], lists: [...lists.values()], messages: messages.length || fields.size || lists.size ? messages : [problem.message], problem }
  }

  return {
    pending, busy,
    async move(record, stage) {
      const reason = lossReason()
      if (stage.kind === 'LOST' && reason?.writable) {
        pending.value = { record, stage, fields: [{ ...reason, required: true }], lists: [], messages: [], problem: null }
        return false
      }
      return send(record, stage)
    },
    confirm: answers => pending.value ? send(pending.value.record, pending.value.stage, answers) : Promise.resolve(false),
    cancel() { pending.value = null },
  }
}
