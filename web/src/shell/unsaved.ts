import { onBeforeUnmount, shallowRef } from 'vue'

/** Who shows something that can be typed into, and whether something is typed there that is not saved. */
const places = new Set<() => boolean>()

/** Answers the question that stands on the page: whether to leave. */
export const leaving = shallowRef<((leave: boolean) => void) | null>(null)

/** As long as `has` says so, whoever goes elsewhere in the app or closes the tab is asked first. In `setup`; ends with the component. */
export function useUnsaved(has: () => boolean): void {
  places.add(has)
  onBeforeUnmount(() => places.delete(has))
}

export const hasUnsaved = (): boolean => [...places].some((has) => {
  try {
    return has()
  } catch (error) {
    // One that cannot say must not keep people where they are.
    reportError(error)
    return false
  }
})

/** Whether one may go: at once where all is saved, else as the person answers. */
export function mayLeave(): boolean | Promise<boolean> {
  if (!hasUnsaved()) return true
  // Whoever asks to go twice is asked about the second.
  leaving.value?.(false)
  return new Promise((resolve) => {
    leaving.value = (leave) => {
      leaving.value = null
      resolve(leave)
    }
  })
}
