import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { readGroup, writeGroup, type Group } from '../records/filter/filter-model.ts'

/** The conditions of a page of a plugin; they live in the address bar, as those of lists do. */
export function useFilterInAddress(): WritableComputedRef<Group> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => readGroup(route.query.filter),
    set: group => void router.replace({ query: { ...route.query, filter: writeGroup(group) } }),
  })
}
