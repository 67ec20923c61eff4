import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { client, mutate, problemIn } from '../../graphql/client.ts'
import { asProblem, type Problem } from '../../graphql/problem.ts'
import { useLive } from '../../graphql/useLive.ts'
import type { ObjectInfo } from '../../model/types.ts'
import { cardDocument, changedDocument, writeDocument, type PartList } from '../documents.ts'

export interface CardRecord extends Record<string, unknown> {
  id: string
  version: number
  title: string | null
  archivedAt: string | null
  trashedAt: string | null
  can: { update: boolean, archive: boolean, delete: boolean, share: boolean } | null
}

/** A save that met somebody else's: what we wanted, and what is there now. */
export interface Conflict { input: Record<string, unknown>, current: CardRecord }

export interface RecordCard {
  record: ComputedRef<CardRecord | null>
  loading: ShallowRef<boolean>
  problem: ShallowRef<Problem | null>
  conflict: ShallowRef<Conflict | null>
  /**
   * Saves some fields. `version` is the one that the editor saw when the edit began. Resolves to the change sets of the
   * save, or to null where it ended in a conflict.
   * @throws Problem
   */
  save(input: Record<string, unknown>, version: number): Promise<string[] | null>
  /** Ends a conflict: our values once more over the present ones, or not. */
  resolve(mine: boolean): Promise<string[] | null>
  reload(): Promise<void>
}

/** One record with its parts, kept fresh: by the cache, and by what the server tells of other people's changes. */
export function useRecordCard(object: ObjectInfo, id: string, parts: () => PartList[]): RecordCard {
  const data = shallowRef<CardRecord | null>(null)
  const loading = shallowRef(true)
  const problem = shallowRef<Problem | null>(null)
  const conflict = shallowRef<Conflict | null>(null)
  let stop = () => {}

  watch(() => cardDocument(object, parts()), (document) => {
    stop()
    loading.value = true
    stop = client.query<Record<string, CardRecord | null>>(document, { id }, { requestPolicy: 'cache-and-network' }).subscribe((result) => {
      problem.value = problemIn(result)
      if (result.data) data.value = result.data[object.name] ?? null
      if (!result.stale) loading.value = false
    }).unsubscribe
  }, { immediate: true })

  // The cache takes what arrives; the query above then has it.
  useLive(changedDocument(object, object.fields), undefined, { id })
  onScopeDispose(() => stop())

  async function reload(): Promise<void> {
    await client.query(cardDocument(object, parts()), { id }, { requestPolicy: 'network-only' }).toPromise()
  }

  async function save(input: Record<string, unknown>, version: number): Promise<string[] | null> {
    try {
      const { changeSets } = await mutate(writeDocument(object, parts(), 'update'), { id, version, input })
      return changeSets
    } catch (error) {
      const found = asProblem(error)
      if (found.code !== 'CONFLICT') throw found
      await reload()
      if (!data.value) throw found
      conflict.value = { input, current: data.value }
      return null
    }
  }

  async function resolve(mine: boolean): Promise<string[] | null> {
    const { value } = conflict
    conflict.value = null
    return mine && value ? save(value.input, data.value?.version ?? value.current.version) : null
  }

  return { record: computed(() => data.value), loading, problem, conflict, save, resolve, reload }
}
