import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { query } from '../graphql/client.ts'
import type { ObjectInfo } from '../model/types.ts'
import { useModel } from '../model/useModel.ts'
import { emptyGroup, toFilter } from '../records/filter/filter-model.ts'
import { useLookup } from '../records/filter/useLookup.ts'
import { readListState, withLook, writeListState } from '../records/list/list-state.ts'
import { VIEWS, type SavedView, type ViewContent } from './documents.ts'

export interface Views {
  /** Null until they are there. */
  views: ShallowRef<SavedView[] | null>
  current: ComputedRef<SavedView | null>
  /** The view of the address cannot be applied for this reader: nothing may be listed in its place. */
  blocked: ComputedRef<boolean>
  /** The view of the address is still on its way, and with it what to list. */
  waiting: ComputedRef<boolean>
  /** What the list shows now. */
  content: ComputedRef<ViewContent>
  /** Shows a view; null: the list as it comes. */
  apply(view: SavedView | null): Promise<void>
  load(): Promise<void>
}

/** The saved views of an object, and which of them the list shows. */
export function useViews(object: () => ObjectInfo, layout: 'LIST' | 'BOARD', columns: () => string[]): Views {
  const route = useRoute()
  const router = useRouter()
  const lookup = useLookup()
  const { byName } = useModel()
  const views = shallowRef<SavedView[] | null>(null)
  const state = computed(() => readListState(route.query))
  const current = computed(() => views.value?.find(({ id }) => id === route.query.view) ?? null)

  const content = computed<ViewContent>(() => ({
    columns: columns(), filter: withLook(toFilter(state.value.filter, lookup(object().name)), state.value.look) ?? null,
    orderBy: state.value.sort, groupBy: state.value.group, layout, pipeline: typeof route.query.pipeline === 'string' ? route.query.pipeline : null,
  }))
  const isBare = () => Object.keys(route.query).every(key => key === 'view')

  async function apply(view: SavedView | null): Promise<void> {
    const path = `/${object().plural}${view?.layout === 'BOARD' && object().staged ? '/board' : ''}`
    if (!view?.applicable) {
      await router.replace({ path, query: view ? { view: view.id } : {} })
      return
    }
    const { savedGroup } = await import('./saved-group.ts')
    const filter = await savedGroup(view.filter, lookup(object().name), byName)
    await router.replace({
      path, query: {
        ...writeListState({ search: '', shelf: 'ACTIVE', look: null, filter: view.filter ? filter : emptyGroup(), sort: view.orderBy, group: view.groupBy, view: view.id }),
        ...(view.pipeline ? { pipeline: view.pipeline } : {}),
      },
    })
  }
  async function load(): Promise<void> {
    views.value = (await query<{ savedViews: SavedView[] }>(VIEWS, { object: object().name })).savedViews
  }

  // An address that only names a view shows all that it keeps; one without anything begins with one's default.
  const begun = shallowRef(false)
  watch(() => object().name, () => {
    views.value = null
    const bare = isBare()
    void load().then(async () => {
      const first = current.value ?? (route.query.view ? null : views.value?.find(({ isDefault }) => isDefault))
      if (bare && first?.layout === layout) await apply(first)
    }).catch(() => { views.value = [] }).finally(() => { begun.value = true })
  }, { immediate: true })

  return {
    views, current, content, apply, load,
    blocked: computed(() => current.value?.applicable === false),
    waiting: computed(() => !begun.value && route.query.view !== undefined && isBare()),
  }
}
