import { computed, getCurrentScope, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { useIntervalFn } from '@vueuse/core'
import { useI18n } from 'vue-i18n'
import { useLive } from '../graphql/useLive.ts'
import { mutate, query } from '../graphql/client.ts'
import { paced } from '../graphql/paced.ts'
import { asProblem, type Problem } from '../graphql/problem.ts'
import { useModel } from '../model/useModel.ts'
import { useRecordActions } from '../records/useRecordActions.ts'
import { CHANGE_TASK, COUNTERS, TASKS, TASKS_CHANGED, type CountersAnswer, type Task, type TasksAnswer } from './documents.ts'

export interface OpenTasks {
  /** Open ones, and those that were finished here and may still get their result. */
  tasks: ComputedRef<Task[]>
  more: ShallowRef<boolean>
  loading: ShallowRef<boolean>
  problem: ShallowRef<Problem | null>
  /** Moves on with the clock, so that what is overdue is shown so. */
  now: Ref<Date>
  isDone(task: Task): boolean
  finish(task: Task): Promise<void>
  /** Writes down what came of a finished task. */
  tell(task: Task, result: string): Promise<boolean>
  reload(): void
}

const MOST = 200

/** Open tasks by a filter, by due date; others' changes appear by themselves. */
export function useTasks(filter: () => Record<string, unknown>): OpenTasks {
  const { t } = useI18n()
  const { byName } = useModel()
  const actions = useRecordActions(() => byName('task')!)
  const open = shallowRef<Task[]>([])
  const finished = shallowRef<Task[]>([])
  const more = shallowRef(false)
  const loading = shallowRef(true)
  const problem = shallowRef<Problem | null>(null)
  const now = ref(new Date())
  let round = 0

  async function load(): Promise<void> {
    const mine = ++round
    try {
      const { tasks } = await query<TasksAnswer>(TASKS, { filter: { ...filter(), state: { eq: 'open' } }, first: MOST })
      if (mine !== round) return
      open.value = tasks.nodes
      more.value = tasks.pageInfo.hasNextPage
      // What was opened again is open, and no longer finished here.
      finished.value = finished.value.filter(task => !tasks.nodes.some(({ id }) => id === task.id))
      problem.value = null
    } catch (error) {
      if (mine === round) problem.value = asProblem(error)
    } finally {
      if (mine === round) loading.value = false
    }
  }
  async function finish(task: Task): Promise<void> {
    try {
      const { changeSets } = await mutate(CHANGE_TASK, { id: task.id, input: { state: 'done' } })
      finished.value = [...finished.value, task]
      open.value = open.value.filter(({ id }) => id !== task.id)
      actions.saved(t('tasks.finished', { task: task.title }), changeSets)
    } catch (error) { actions.failed(error) }
  }
  async function tell(task: Task, result: string): Promise<boolean> {
    try {
      await mutate(CHANGE_TASK, { id: task.id, input: { result } })
      finished.value = finished.value.filter(({ id }) => id !== task.id)
      return true
    } catch (error) {
      actions.failed(error)
      return false
    }
  }

  watch(() => JSON.stringify(filter()), () => { finished.value = []; void load() }, { immediate: true })
  useLive(TASKS_CHANGED, paced(() => void load()))
  useIntervalFn(() => { now.value = new Date() }, 30_000)
  const byDue = (a: Task, b: Task) => (a.due ?? '9').localeCompare(b.due ?? '9')
  return {
    tasks: computed(() => [...open.value, ...finished.value].sort(byDue)), more, loading, problem, now,
    isDone: task => finished.value.some(({ id }) => id === task.id), finish, tell, reload: () => void load(),
  }
}

/** How many tasks wait for oneself, for the side bar; null where there are none to see. */
export function useTaskCounters(): ShallowRef<CountersAnswer['taskCounters']> {
  const counters = shallowRef<CountersAnswer['taskCounters']>(null)
  const { byName } = useModel()
  const scope = getCurrentScope()
  async function load(): Promise<void> {
    if (document.hidden || !byName('task')) return
    try {
      counters.value = (await query<CountersAnswer>(COUNTERS)).taskCounters
    } catch { /* the numbers wait for the next round */ }
  }
  const soon = paced(load)
  // The side bar is there before the model, which says whether there are tasks at all.
  watch(() => Boolean(byName('task')), (there) => {
    if (!there) return
    void load()
    scope?.run(() => useLive(TASKS_CHANGED, soon))
  }, { immediate: true })
  useIntervalFn(load, 60_000)
  return counters
}
