import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { LOOK_EVERY, standingOf, type RevertStanding } from './revert.ts'

/**
 * How the undoing of a change set stands, asked for while it runs.
 * @param given as it was when the page was loaded
 * @param ended called when a running one is over
 */
export function useRevertStanding(id: () => string, given: () => RevertStanding, ended: () => void): { standing: ShallowRef<RevertStanding>, look(): Promise<void> } {
  const standing = shallowRef(given())
  let timer: ReturnType<typeof setTimeout> | undefined
  let left = false

  async function look(): Promise<void> {
    // What does not answer now is asked again.
    const fresh = await standingOf(id()).catch(() => null)
    if (left) return
    const before = standing.value.state
    if (fresh) standing.value = fresh
    wait()
    if (before === 'RUNNING' && standing.value.state !== 'RUNNING') ended()
  }
  function wait(): void {
    clearTimeout(timer)
    if (standing.value.state === 'RUNNING') timer = setTimeout(() => void look(), LOOK_EVERY)
  }
  watch(given, (value) => {
    standing.value = value
    wait()
  }, { immediate: true })
  onScopeDispose(() => {
    left = true
    clearTimeout(timer)
  })
  return { standing, look }
}
