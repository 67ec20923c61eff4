import { useEventListener } from '@vueuse/core'

/**
 * Keeps a dialog open at a click beside it once somebody typed in it: what was typed would be gone. Escape and the cross close it all the same.
 * @returns props of the content of all dialogs
 */
export function useTypedDialogs() {
  const typed = new WeakSet<Element>()
  // Only what has a body: who types in the search palette has nothing to lose.
  useEventListener(document, 'input', ({ target }) => {
    const dialog = target instanceof Element ? target.closest('[role="dialog"]:has([data-slot="body"])') : null
    if (dialog) typed.add(dialog)
  })
  const onPointerDownOutside = (event: Event) => {
    const dialog = [...document.querySelectorAll('[role="dialog"]')].at(-1)
    if (dialog && typed.has(dialog)) event.preventDefault()
  }
  return { onPointerDownOutside }
}
