import { computed, ref, watch, type ComputedRef } from 'vue'
import type { FieldInfo, ObjectInfo } from '../../model/types.ts'

export interface Columns {
  /** Fields shown, in order; the title is always first and not among them. */
  shown: ComputedRef<FieldInfo[]>
  /** Fields that can be shown. */
  choices: ComputedRef<FieldInfo[]>
  isShown(field: FieldInfo): boolean
  toggle(field: FieldInfo): void
  move(field: FieldInfo, by: -1 | 1): void
  reset(): void
}

/** Types that say little in a table cell and stay out unless they are asked for. */
const QUIET = new Set<FieldInfo['type']>(['longText', 'address', 'url'])
const USUAL_COUNT = 5
const USUAL_REFERENCES = 1

/** What a list shows before anybody has chosen: the stage, the first fields, the amount, the owner. */
export function defaultColumns(object: ObjectInfo): string[] {
  const fields = object.fields.filter(field => !field.hidden && field.key !== object.title)
  const named = (name: string) => fields.filter(field => field.name === name && field.group === '')
  const usual = fields.filter(field => !QUIET.has(field.type) && field.section !== 'system' && field.section !== 'totals' && !['owner', 'team', 'stage', 'pipeline', 'lossReason'].includes(field.name))
  const few = usual.filter(field => field.type !== 'reference' || usual.filter(other => other.type === 'reference').indexOf(field) < USUAL_REFERENCES)
  const chosen = [...named('stage'), ...few.slice(0, USUAL_COUNT), ...named('total'), ...named('owner')]
  return [...new Set(chosen.map(field => field.key))]
}

/** The columns of an object's list, remembered in this browser. */
export function useColumns(object: () => ObjectInfo): Columns {
  const storageKey = () => `kartotek-columns-${object().name}`
  const read = (): string[] => {
    try {
      const stored: unknown = JSON.parse(localStorage.getItem(storageKey()) ?? 'null')
      if (Array.isArray(stored)) return stored.filter(key => typeof key === 'string')
    } catch { /* storage is blocked or holds something else */ }
    return defaultColumns(object())
  }
  const keys = ref(read())
  watch(() => object().name, () => { keys.value = read() })

  const choices = computed(() => object().fields.filter(field => !field.hidden && field.key !== object().title))
  const shown = computed(() => keys.value.flatMap(key => choices.value.find(field => field.key === key) ?? []))

  function save(next: string[]): void {
    keys.value = next
    try { localStorage.setItem(storageKey(), JSON.stringify(next)) } catch { /* shown now, forgotten later */ }
  }

  return {
    shown, choices,
    isShown: field => keys.value.includes(field.key),
    toggle: field => save(keys.value.includes(field.key) ? keys.value.filter(key => key !== field.key) : [...keys.value, field.key]),
    move(field, by) {
      const visible = shown.value.map(other => other.key)
      const from = visible.indexOf(field.key)
      const to = from + by
      if (from < 0 || to < 0 || to >= visible.length) return
      visible.splice(to, 0, ...visible.splice(from, 1))
      save(visible)
    },
    reset: () => save(defaultColumns(object())),
  }
}
