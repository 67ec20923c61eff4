import { shallowRef, type ShallowRef } from 'vue'
import { asProblem, type Problem } from '../graphql/problem.ts'

export interface AuthForm {
  busy: ShallowRef<boolean>
  problem: ShallowRef<Problem | null>
  /** Runs the action once; its failure ends up in `problem`. Resolves to whether it succeeded. */
  submit(action: () => Promise<unknown>): Promise<boolean>
}

/** State of one small form: busy while it is sent, the problem that came back. */
export function useAuthForm(): AuthForm {
  const busy = shallowRef(false)
  const problem = shallowRef<Problem | null>(null)
  async function submit(action: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    problem.value = null
    try {
      await action()
      return true
    } catch (error) {
      problem.value = asProblem(error)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, submit }
}
