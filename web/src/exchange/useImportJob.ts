import { onScopeDispose, shallowRef } from 'vue'
import { query } from '../graphql/client.ts'
import { asProblem, type Problem } from '../graphql/problem.ts'
import { IMPORT, type ImportAlike, type ImportJob, type ImportProblem } from './documents.ts'
import type { RevertStanding } from '../records/history/revert.ts'
import { isOver } from './states.ts'

export type FollowedJob = ImportJob & { problems?: ImportProblem[], alikeRows?: number, alike?: ImportAlike[], revert?: RevertStanding | null }

/** An import as it goes on: asked for until it is over. */
export function useImportJob() {
  const job = shallowRef<FollowedJob | null>(null)
  const problem = shallowRef<Problem | null>(null)
  /** There is none, or none that one may see. */
  const missing = shallowRef(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let following = ''

  async function look(id: string): Promise<void> {
    try {
      const answer = await query<{ import: FollowedJob | null }>(IMPORT, { id })
      if (following !== id) return
      job.value = answer.import
      missing.value = answer.import === null
      problem.value = null
    } catch (error) {
      problem.value = asProblem(error)
    }
    if (following === id && !missing.value && !(job.value && isOver(job.value))) timer = setTimeout(() => void look(id), 700)
  }
  function stop(): void {
    following = ''
    clearTimeout(timer)
  }
  onScopeDispose(stop)
  return {
    job, problem, missing, stop,
    /** Asks once more, after something was done with it. */
    again: () => look(following),
    follow(id: string): void {
      stop()
      job.value = null
      missing.value = false
      following = id
      void look(id)
    },
  }
}
