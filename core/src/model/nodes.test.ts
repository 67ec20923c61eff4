import { sql } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import { objectOf } from './model.ts'
import { createField, createObject } from './change.ts'
import { updateField } from './field-plan.ts'
import { updatePipeline } from '../pipelines/change.ts'
import { testDatabase } from '../testing/index.ts'
import { testEngine, testUser } from '../testing/engine.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'

const db = await testDatabase({ maxConnections: 20 })
const [here, there] = [await testEngine(db), await testEngine(db)]
const admin = await testUser(here, 'administrator')
afterAll(async () => { await here.live.close(); await there.live.close() })
const text = (name: string) => ({ name, type: 'text' as const, labels: { en: name } })

describe('two nodes over one database', () => {
  it('both know a field within a second, one of them by notification', async () => {
    await there.live.watch(db)
    await createField(here, admin, 'client', text('nodes'))
    expect(here.live.current.model.objects.get('client')!.byKey.has('custom.nodes')).toBe(true)
    await expect.poll(() => there.live.current.model.objects.get('client')!.byKey.has('custom.nodes'), { timeout: 1_500, interval: 20 }).toBe(true)
    await there.live.close()
  })

  it('a node that is behind reloads before it writes, so nobody writes by old rules', async () => {
    await createField(here, admin, 'client', { ...text('late'), default: 'x' })
    expect(there.live.current.model.objects.get('client')!.byKey.has('custom.late')).toBe(false)
    const { result } = await write(there, admin, {}, (w) => writeRecords(w, objectOf(w.generation.model, 'client'), [{ op: 'create', input: { name: 'Late' } }]))
    const { rows } = await sql<{ x_late: string }>`select x_late from core.client where id = ${result[0]!.id!}`.execute(db.kysely)
    expect(rows[0]!.x_late).toBe('x')
  })

  it('take two fields of two administrators at once, and the same field only once', async () => {
    await Promise.all([createField(here, admin, 'client', text('first')), createField(there, admin, 'client', text('second'))])
    await here.live.refresh()
    expect([...here.live.current.model.objects.get('client')!.byKey.keys()]).toEqual(expect.arrayContaining(['custom.first', 'custom.second']))
    const same = await Promise.allSettled([createField(here, admin, 'client', text('same')), createField(there, admin, 'client', text('same'))])
    expect(same.map((s) => s.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((same.find((s) => s.status === 'rejected') as PromiseRejectedResult).reason).toMatchObject({ code: 'CONFLICT' })
  })

  it('tell the second of two editors of a pipeline that it changed', async () => {
    await there.live.refresh()
    await here.live.refresh()
    const pipeline = here.live.current.pipelines[0]!
    const input = { object: 'order', key: pipeline.key, labels: pipeline.name, stages: pipeline.stages.map((s) => ({ id: s.id, key: s.key, labels: s.name, kind: s.kind.toUpperCase() as 'OPEN', normHours: s.normHours, probability: s.probability })) }
    const both = await Promise.allSettled([updatePipeline(here, admin, pipeline.id, pipeline.version, input), updatePipeline(there, admin, pipeline.id, pipeline.version, input)])
    expect(both.map((s) => s.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((both.find((s) => s.status === 'rejected') as PromiseRejectedResult).reason).toMatchObject({ code: 'CONFLICT' })
  })
})

describe('a change of the model', () => {
  it('waits for a reader without making others wait behind it', async () => {
    const reader = await db.pool.connect()
    await reader.query('begin; select 1 from core.client limit 1')
    const change = createField(here, admin, 'client', text('patient'))
    await new Promise((resolve) => setTimeout(resolve, 300))
    const began = performance.now()
    await sql`select count(*) from core.client`.execute(db.kysely)
    expect(performance.now() - began).toBeLessThan(1_000)
    await reader.query('commit')
    reader.release()
    await change
    expect(here.live.current.model.objects.get('client')!.byKey.has('custom.patient')).toBe(true)
  })

  it('keeps the entities of the same shape and leaves old generations to the garbage collector', async () => {
    const before = here.live.current
    await updateField(here, admin, 'client', 'custom.first', { labels: { en: 'First of all' } })
    expect(here.live.current.orm).toBe(before.orm)
    await createObject(here, admin, { name: 'shape', plural: 'shapes', labels: { en: 'Shape' }, labelsPlural: { en: 'Shapes' } })
    expect(here.live.current.orm).not.toBe(before.orm)
    expect(before.model.objects.has('xShape')).toBe(false)
  })

  it('refuses names that the API or the system needs', async () => {
    for (const name of ['id', 'Title', 'owner', 'a b', '__proto__', 'имя']) {
      await expect(createField(here, admin, 'client', text(name))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
  })
})
