import { shallowRef, type ShallowRef } from 'vue'
import { query } from '../graphql/client.ts'
import { SEGMENTS, type Segment } from './documents.ts'

const all = shallowRef<Segment[] | null>(null)
let asking: Promise<void> | null = null

export function loadSegments(): Promise<void> {
  asking ??= query<{ segments: Segment[] }>(SEGMENTS).then((answer) => { all.value = answer.segments }).finally(() => { asking = null })
  return asking
}

/** The segments that one may use, of all objects; null until they are there. */
export function useSegments(): ShallowRef<Segment[] | null> {
  if (!all.value) void loadSegments().catch(() => { /* whoever needs them asks again */ })
  return all
}
