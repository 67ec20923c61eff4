import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { query } from '../graphql/client.ts'
import type { ObjectInfo } from '../model/types.ts'
import { emptyGroup, toFilter, wholeFilter } from '../records/filter/filter-model.ts'
import { useLookup } from '../records/filter/useLookup.ts'
import { readListState, withLook, writeListState } from '../records/list/list-state.ts'
import { VIEWS, type SavedView, type ViewContent } from './documents.ts'
import { useReferenceTitles } from './reference-titles.ts'

export interface Views {
  /** Null until they are there. */
  views: ShallowRef<SavedView[] | null>
  current: ComputedRef<SavedView | null>
  /** The view of the address cannot be applied for this reader: nothing may be listed in its place. */
  blocked: ComputedRef<boolean>
  /** The view of the address is still on its way, and with it what to list. */
  waiting: ComputedRef<boolean>
  /** What the list shows now differs from what the view keeps. */
  changed: ComputedRef<boolean>
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
  const named = useReferenceTitles()
  const views = shallowRef<SavedView[] | null>(null)
  const state = computed(() => readListState(route.query))
  const current = computed(() => views.value?.find(({ id }) => id === route.query.view) ?? null)

  const content = computed<ViewContent>(() => ({
    columns: columns(), filter: withLook(toFilter(state.value.filter, lookup(object().name)), state.value.look) ?? null,
    orderBy: state.value.sort ? [state.value.sort] : [], groupBy: state.value.group, layout, pipeline: typeof route.query.pipeline === 'string' ? route.query.pipeline : null,
  }))
  /** In one order, so that equal ones are written alike. */
  const written = ({ columns: shown, filter, orderBy, groupBy, layout: kind, pipeline }: ViewContent) => {
    const same = toFilter(wholeFilter(filter, lookup(object().name)), lookup(object().name)) ?? null
    return JSON.stringify([kind === 'LIST' ? shown : [], same, orderBy.map(({ field, direction }) => [field, direction]), groupBy, kind, pipeline])
  }
  const isBare = () => Object.keys(route.query).every(key => key === 'view')

  async function apply(view: SavedView | null): Promise<void> {
    const path = `/${object().plural}${view?.layout === 'BOARD' && object().staged ? '/board' : ''}`
    if (!view?.applicable) {
      await router.replace({ path, query: view ? { view: view.id } : {} })
      return
    }
    const filter = await named(wholeFilter(view.filter, lookup(object().name)), lookup(object().name))
    await router.replace({
      path, query: {
        ...writeListState({ search: '', shelf: 'ACTIVE', look: null, filter: view.filter ? filter : emptyGroup(), sort: view.orderBy[0] ?? null, group: view.groupBy, view: view.id }),
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
    changed: computed(() => current.value !== null && current.value.applicable && written(content.value) !== written(current.value)),
  }
}
