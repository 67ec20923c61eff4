import { toValue, type MaybeRefOrGetter, type Ref } from 'vue'

export interface RowKeysOptions {
  active: Ref<number>
  count: MaybeRefOrGetter<number>
  reveal(index: number): void
  open(index: number): void
  mark(index: number): void
}

/** Arrow keys (and J, K) walk through the rows, Enter opens, the space bar marks. */
export function useRowKeys(options: RowKeysOptions) {
  function go(to: number): void {
    options.active.value = Math.max(0, Math.min(to, toValue(options.count) - 1))
    options.reveal(options.active.value)
  }
  function onKeydown(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey || !toValue(options.count)) return
    const at = options.active.value
    const actions: Record<string, () => void> = {
      ArrowDown: () => go(at + 1), j: () => go(at + 1), ArrowUp: () => go(at - 1), k: () => go(at - 1),
      Home: () => go(0), End: () => go(toValue(options.count) - 1), PageDown: () => go(at + 20), PageUp: () => go(at - 20),
      Enter: () => { if (at >= 0) options.open(at) }, ' ': () => { if (at >= 0) options.mark(at) },
    }
    const action = actions[event.key]
    if (!action) return
    event.preventDefault()
    action()
  }
  return { onKeydown }
}
