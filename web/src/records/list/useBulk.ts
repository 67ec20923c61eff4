import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { mutate, query } from '../../graphql/client.ts'
import { Problem } from '../../graphql/problem.ts'
import { operationsOf } from '../../model/naming.ts'
import type { ObjectInfo } from '../../model/types.ts'
import { bulkActionDocument, type RecordAction } from '../documents.ts'
import { useRecordActions } from '../useRecordActions.ts'
import type { Shelf } from './list-state.ts'

/** Which records a list has: arguments of its query. */
export interface ListCondition { filter?: Record<string, unknown>, search?: string, archived: Shelf }
/** What is done to them: an action, new values, or a task made about each. */
export type Change = { action: RecordAction } | { input: Record<string, unknown> } | { tasks: Record<string, unknown> }

interface Answer { changeSet: string | null, results: { index: number, id: string | null, ok: boolean, error: { code: string, message: string } | null }[] }

export interface Bulk {
  running: ShallowRef<{ done: number, total: number } | null>
  percent: ComputedRef<number>
  /** Changes these records, or all that the condition finds; what was done can be taken back. Resolves to the ids that were refused. */
  run(target: string[] | ListCondition, change: Change): Promise<string[]>
  /** Ends after the records in hand. */
  stop(): void
}

const PAGE = 200
/** More at once are a matter of an import. */
export const MOST = 20_000

const TASKS_ABOUT = 'mutation CreateTasksAbout($object: String!, $ids: [ID!]!, $input: TaskAboutInput!, $changeSet: ID) { createTasksAbout(object: $object, ids: $ids, input: $input, changeSet: $changeSet) { changeSet results { index id ok error { code message } } } }'

/** Changes of many records, some at a time, with progress. */
export function useBulk(object: () => ObjectInfo): Bulk {
  const { t } = useI18n()
  const actions = useRecordActions(object)
  const running = shallowRef<{ done: number, total: number } | null>(null)
  let stopped = false

  function documentOf(change: Change): string {
    const { type, updateMany } = operationsOf(object())
    if ('tasks' in change) return TASKS_ABOUT
    return 'action' in change ? bulkActionDocument(object(), change.action)
      : `mutation ${updateMany}($ids: [ID!]!, $input: ${type}UpdateInput!, $changeSet: ID) { ${updateMany}(ids: $ids, input: $input, changeSet: $changeSet) { succeeded failed results { index id ok error { code message } } } }`
  }
  /** The ids as they are when it begins: what is changed may leave the condition meanwhile. */
  async function idsOf(condition: ListCondition): Promise<string[]> {
    const { type } = operationsOf(object())
    const document = `query ${type}Ids($filter: ${type}Filter, $search: String, $archived: Archived, $after: String) { ${object().plural}(filter: $filter, search: $search, archived: $archived, first: ${PAGE}, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }`
    const ids: string[] = []
    for (let after: string | null = null; ids.length < MOST && !stopped;) {
      const answer: Record<string, { nodes: { id: string }[], pageInfo: { hasNextPage: boolean, endCursor: string } }> = await query(document, { ...condition, after })
      const page = answer[object().plural]!
      ids.push(...page.nodes.map(({ id }) => id))
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
    }
    return ids.slice(0, MOST)
  }

  async function run(target: string[] | ListCondition, change: Change): Promise<string[]> {
    stopped = false
    running.value = { done: 0, total: Array.isArray(target) ? target.length : 0 }
    let changeSet: string | undefined
    const refused: { id: string | null, message: string }[] = []
    let done = 0
    try {
      const ids = Array.isArray(target) ? target : await idsOf(target)
      for (let i = 0; i < ids.length && !stopped; i += PAGE) {
        const part = ids.slice(i, i + PAGE)
        const more = 'tasks' in change ? { object: object().name, input: change.tasks } : 'input' in change ? { input: change.input } : {}
        // It is one change from the first record to the last, undone as one.
        const { data, changeSets: made } = await mutate<Record<string, Answer>>(documentOf(change), { ids: part, ...more, changeSet })
        const results = Object.values(data)[0]?.results ?? []
        changeSet ??= made[0]
        refused.push(...results.filter(result => !result.ok).map(({ index, error }) => ({ id: part[index] ?? null, message: error?.message ?? '' })))
        done += part.length
        running.value = { done, total: ids.length }
      }
    } catch (error) {
      actions.failed(error)
    } finally {
      running.value = null
    }
    const changed = done - refused.length
    if (changed > 0) actions.saved(t('action' in change ? `action.${change.action}d` : 'tasks' in change ? 'bulk.tasks.made' : 'bulk.changed', { n: changed }, changed), changeSet ? [changeSet] : [])
    if (refused.length) actions.failed(new Problem('INVALID_INPUT', t('action.refused', { n: refused.length, reason: refused[0]!.message }, refused.length)))
    return refused.flatMap(({ id }) => id ?? [])
  }

  return {
    running, run, stop: () => { stopped = true },
    percent: computed(() => running.value?.total ? Math.round(100 * running.value.done / running.value.total) : 0),
  }
}
