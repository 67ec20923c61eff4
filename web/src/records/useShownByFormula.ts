import { shallowRef } from 'vue'
import { watchDebounced } from '@vueuse/core'
import { query } from '../graphql/client.ts'
import { nest } from '../model/naming.ts'
import type { FieldInfo, ObjectInfo } from '../model/types.ts'

const SHOWN = 'query ($object: String!, $values: JSON!) { shownByFormula(object: $object, values: $values) }'
/** Who types is not asked after at every letter. */
const PAUSE_MS = 250

/**
 * Which fields a form asks for by a formula. The server works it out, as it does all formulas, each time a value changed; where
 * it does not answer, nothing is kept from who fills in the form.
 * @param value of a field, as an input has it
 */
export function useShownByFormula(object: () => ObjectInfo, value: (field: FieldInfo) => unknown): (field: FieldInfo) => boolean {
  const shown = shallowRef<ReadonlySet<string>>(new Set())
  const conditioned = () => object().fields.filter(({ shownWhen }) => shownWhen && 'formula' in shownWhen)
  const values = () => conditioned().length ? JSON.stringify(nest(object().fields.filter(({ hidden }) => !hidden).map(field => [field, value(field)]))) : null
  let latest = 0
  watchDebounced(values, async (now) => {
    if (now === null) return
    const mine = ++latest
    const keys = await query<{ shownByFormula: string[] }>(SHOWN, { object: object().name, values: JSON.parse(now) as unknown })
      .then(({ shownByFormula }) => shownByFormula, () => conditioned().map(({ key }) => key))
    if (mine === latest) shown.value = new Set(keys)
  }, { debounce: PAUSE_MS, immediate: true })
  return ({ key }) => shown.value.has(key)
}
