import { computed, onScopeDispose, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue'

export interface VirtualRowsOptions {
  scroller: Ref<HTMLElement | null>
  count: MaybeRefOrGetter<number>
  /** Height of every row in pixels. */
  rowHeight: MaybeRefOrGetter<number>
  /** Rows kept beyond each edge. @default 10 */
  overscan?: number
  /** How many rows before the last ones a reader who scrolls is near the end. @default overscan */
  ahead?: number
  /** Called when the last rows come near. */
  onNearEnd(): void
}

export interface VirtualRows {
  /** First row to draw, and the one after the last. */
  range: ComputedRef<{ start: number, end: number }>
  /** Empty space above and below the drawn rows, in pixels. */
  padding: ComputedRef<{ before: number, after: number }>
  /** Scrolls a row into view. */
  reveal(index: number): void
  /** Which rows are in sight: the first, and the one after the last; null at the very top. */
  sight(): { start: number, end: number } | null
  /** Scrolls by so many rows that came or went above, so that those in sight stay where they are. */
  follow(rows: number): void
}

/** Draws only the rows in sight: rows of one height need no more than the scroll position. */
export function useVirtualRows(options: VirtualRowsOptions): VirtualRows {
  const top = shallowRef(0)
  const height = shallowRef(800)
  const overscan = options.overscan ?? 10
  let observer: ResizeObserver | null = null

  function measure(): void {
    const element = options.scroller.value
    if (!element) return
    top.value = element.scrollTop
    height.value = element.clientHeight || 800
  }

  watch(options.scroller, (element, before) => {
    before?.removeEventListener('scroll', measure)
    observer?.disconnect()
    if (!element) return
    element.addEventListener('scroll', measure, { passive: true })
    observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
  }, { immediate: true, flush: 'post' })
  onScopeDispose(() => {
    options.scroller.value?.removeEventListener('scroll', measure)
    observer?.disconnect()
  })

  const range = computed(() => {
    const size = toValue(options.rowHeight)
    const count = toValue(options.count)
    const start = Math.max(0, Math.min(Math.floor(top.value / size) - overscan, count))
    return { start, end: Math.min(count, Math.ceil((top.value + height.value) / size) + overscan) }
  })
  // Who scrolls has the next rows before he comes to them; who only looks at the first ones asks for no more.
  const ahead = computed(() => top.value > 0 ? options.ahead ?? overscan : overscan)
  watch(() => range.value.end >= toValue(options.count) - ahead.value && toValue(options.count) > 0 ? toValue(options.count) : 0, (near) => {
    if (near) options.onNearEnd()
  })

  return {
    range,
    padding: computed(() => {
      const size = toValue(options.rowHeight)
      return { before: range.value.start * size, after: (toValue(options.count) - range.value.end) * size }
    }),
    sight() {
      const size = toValue(options.rowHeight)
      return top.value > 0 ? { start: Math.floor(top.value / size), end: Math.ceil((top.value + height.value) / size) } : null
    },
    follow(rows) {
      const element = options.scroller.value
      if (!element || !rows) return
      element.scrollTop = top.value + rows * toValue(options.rowHeight)
      measure()
    },
    reveal(index) {
      const element = options.scroller.value
      if (!element) return
      const size = toValue(options.rowHeight)
      const header = size
      if (index * size < element.scrollTop) element.scrollTop = index * size
      else if ((index + 1) * size + header > element.scrollTop + element.clientHeight) element.scrollTop = (index + 1) * size + header - element.clientHeight
    },
  }
}
