import { randomUUID } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { testEngine } from '../testing/engine.ts'
import { testDatabase } from '../testing/index.ts'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'
import { createField } from './change.ts'
import { objectOf } from './model.ts'

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void
const db = await testDatabase()

/** Heap that is held, in MB, after everything that can go is gone. */
async function held(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage().heapUsed / 1024 / 1024
}

it('lets old generations go: fifty more of them hold no more memory', async () => {
  const engine = await testEngine(db)
  // each generation is used, as by a request, so that whatever it keeps is there
  const swap = async (i: number): Promise<void> => {
    await createField(engine, SYSTEM_CALLER, 'client', { name: `heap${i}`, type: 'text', labels: { en: 'Heap' } })
    await write(engine, SYSTEM_CALLER, {}, (w) => writeRecords(w, objectOf(w.generation.model, 'client'), [{ op: 'create', input: { name: randomUUID(), custom: { [`heap${i}`]: 'x' } } }]))
  }
  for (let i = 0; i < 10; i++) await swap(i)
  const before = await held()
  const first = engine.live.current.shape
  for (let i = 10; i < 60; i++) await swap(i)
  const after = await held()
  expect(engine.live.current.shape).toBe(first + 50)
  // one generation takes some 0.3 MB; fifty held ones would be more than 15
  expect(after - before).toBeLessThan(6)
}, 60_000)
