import { computed, shallowRef } from 'vue'
import { useModel } from '../model/useModel.ts'
import { loadPurposes, type Purpose } from './documents.ts'

const all = shallowRef<Purpose[] | null>(null)
let asking: Promise<void> | null = null

/** For what people are written to and called: asked once, where consents are known at all. */
export function usePurposes() {
  const { byName, label } = useModel()
  if (!all.value && byName('consent')) asking ??= loadPurposes().then((found) => { all.value = found }).catch(() => { /* the keys stand for the names */ }).finally(() => { asking = null })
  return {
    shown: computed(() => all.value?.filter(({ archived }) => !archived) ?? []),
    nameOf: (key: string) => label(all.value?.find(purpose => purpose.key === key)?.labels) || key,
  }
}
