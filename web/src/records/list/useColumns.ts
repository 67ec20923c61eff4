import { computed, ref, watch, type ComputedRef } from 'vue'
import { useModel } from '../../model/useModel.ts'
import type { ObjectInfo } from '../../model/types.ts'
import { columnChoices, usualColumns, type Column } from './columns.ts'

export interface Columns {
  /** Columns shown, in order; the title is always first and not among them. */
  shown: ComputedRef<Column[]>
  /** Columns that can be shown. */
  choices: ComputedRef<Column[]>
  isShown(column: Column): boolean
  toggle(column: Column): void
  move(column: Column, by: -1 | 1): void
  reset(): void
  /** Shows those of a saved view, and what is changed then is not remembered; null: one's own again. */
  show(keys: string[] | null): void
}

/** The columns of an object's list, remembered in this browser. */
export function useColumns(object: () => ObjectInfo): Columns {
  const { partsOf } = useModel()
  const storageKey = () => `kartotek-columns-${object().name}`
  const choices = computed(() => columnChoices(object(), partsOf(object().name)))
  const usual = () => usualColumns(object(), choices.value)
  const read = (): string[] => {
    try {
      const stored: unknown = JSON.parse(localStorage.getItem(storageKey()) ?? 'null')
      if (Array.isArray(stored)) return stored.filter(key => typeof key === 'string')
    } catch { /* storage is blocked or holds something else */ }
    return usual()
  }
  const keys = ref(read())
  let ofView = false
  watch(() => object().name, () => { keys.value = read() })
  const shown = computed(() => keys.value.flatMap(key => choices.value.find(column => column.key === key) ?? []))

  function save(next: string[]): void {
    keys.value = next
    if (ofView) return
    try { localStorage.setItem(storageKey(), JSON.stringify(next)) } catch { /* shown now, forgotten later */ }
  }

  return {
    shown, choices,
    isShown: column => keys.value.includes(column.key),
    toggle: column => save(keys.value.includes(column.key) ? keys.value.filter(key => key !== column.key) : [...keys.value, column.key]),
    move(column, by) {
      const visible = shown.value.map(other => other.key)
      const from = visible.indexOf(column.key)
      const to = from + by
      if (from < 0 || to < 0 || to >= visible.length) return
      visible.splice(to, 0, ...visible.splice(from, 1))
      save(visible)
    },
    // Forgotten, not stored: who has not chosen sees what later versions find usual.
    reset() {
      keys.value = usual()
      if (ofView) return
      try { localStorage.removeItem(storageKey()) } catch { /* nothing was kept */ }
    },
    show(next) {
      ofView = next !== null
      keys.value = next ?? read()
    },
  }
}
