import type { ObjectDirective } from 'vue'
import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine'
import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter'

/** A row that can be dragged to another place of its list. */
export interface ReorderPlace {
  /** Tells lists on one page apart. */
  list: string
  index: number
  move(from: number, to: number): void
}

const rows = new WeakMap<HTMLElement, { place: ReorderPlace, stop(): void }>()

/** Where a row ends up that is dropped before or after another one. */
export function placeAfterDrop(from: number, over: number, after: boolean): number {
  const gap = over + (after ? 1 : 0)
  return gap > from ? gap - 1 : gap
}

/** The items with one of them at another place. */
export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const copy = [...items]
  copy.splice(to, 0, ...copy.splice(from, 1))
  return copy
}

function isBelowMiddle(element: HTMLElement, y: number): boolean {
  const { top, height } = element.getBoundingClientRect()
  return y > top + height / 2
}

/**
 * `v-reorder="{ list, index, move }"` on a row: it is dragged by the handle inside it that is marked `data-grip`, and a line
 * shows where it would land. For keyboard and touch the row has buttons as well.
 */
export const vReorder: ObjectDirective<HTMLElement, ReorderPlace> = {
  mounted(element, { value }) {
    const row = { place: value, stop: () => {} }
    const mark = (where: 'before' | 'after' | null) => where ? element.setAttribute('data-drop', where) : element.removeAttribute('data-drop')
    row.stop = combine(
      draggable({
        element, dragHandle: element.querySelector('[data-grip]') ?? element,
        getInitialData: () => ({ list: row.place.list, index: row.place.index }),
        onDragStart: () => element.setAttribute('data-dragged', ''),
        onDrop: () => element.removeAttribute('data-dragged'),
      }),
      dropTargetForElements({
        element,
        canDrop: ({ source }) => source.data.list === row.place.list && source.element !== element,
        onDrag: ({ location }) => mark(isBelowMiddle(element, location.current.input.clientY) ? 'after' : 'before'),
        onDragLeave: () => mark(null),
        onDrop({ source, location }) {
          mark(null)
          const from = source.data.index as number
          const to = placeAfterDrop(from, row.place.index, isBelowMiddle(element, location.current.input.clientY))
          if (to !== from) row.place.move(from, to)
        },
      }),
    )
    rows.set(element, row)
  },
  updated(element, { value }) {
    const row = rows.get(element)
    if (row) row.place = value
  },
  unmounted: element => rows.get(element)?.stop(),
}
