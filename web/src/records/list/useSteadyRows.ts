import { toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import type { RecordRow } from './useRecordList.ts'
import type { VirtualRows } from './useVirtualRows.ts'

export interface SteadyRowsOptions {
  rows: MaybeRefOrGetter<RecordRow[]>
  /** What is drawn, a line for each row and each head of a group. */
  lines: MaybeRefOrGetter<{ key: string }[]>
  virtual: Pick<VirtualRows, 'sight' | 'follow'>
  /** Numbers of rows that go with their record; -1 is none. */
  marks: Ref<number>[]
  /** Whether nothing may move even at the very top, where new rows otherwise come into sight. */
  still(): boolean
}

/** Keeps what the reader looks at where it is while rows come, go and move around it. */
export function useSteadyRows({ rows, lines, virtual, marks, still }: SteadyRowsOptions): void {
  watch(() => toValue(rows), (now, before) => {
    for (const mark of marks) {
      const id = before[mark.value]?.id
      if (id === undefined || now[mark.value]?.id === id) continue
      const place = now.findIndex(row => row.id === id)
      mark.value = place === -1 ? Math.min(mark.value, now.length - 1) : place
    }
  })
  watch(() => toValue(lines), (now, before) => {
    const sight = virtual.sight() ?? (still() ? { start: 0, end: 10 } : null)
    if (!sight) return
    const seen = new Map(before.slice(sight.start, sight.end).map((line, index) => [line.key, sight.start + index]))
    const moves = now.flatMap((line, place) => seen.has(line.key) ? [place - seen.get(line.key)!] : [])
    // One row that goes to the other end of the list takes nobody along: most of those in sight decide.
    virtual.follow(moves.sort((a, b) => a - b)[moves.length >> 1] ?? 0)
  }, { flush: 'post' })
}
