import { expect, it } from 'vitest'
import { LimitError } from '@kartotek/sdk'
import { testEngine, testUser } from '../testing/engine.ts'
import { testDatabase } from '../testing/index.ts'
import { recordsFor } from './records.ts'

const engine = await testEngine(await testDatabase())
const records = recordsFor(engine, (await testUser(engine, 'administrator')).actor)

it('takes what cannot be an id for a record that does not exist', async () => {
  for (const id of ['', 'x', `' or 1=1 --`, '\u0000', '__proto__', '00000000-0000-7000-8000-000000000000']) {
    expect(await records.get('client', id)).toBeNull()
    await expect(records.update('client', id, { name: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await records.trash('client', [id])).toMatchObject([{ ok: false, error: { code: 'NOT_FOUND' } }])
  }
})

it('writes as many records in one call as the API does, and no more', async () => {
  const inputs = Array.from({ length: 1_001 }, (_, i) => ({ name: `Client ${i}` }))
  await expect(records.createMany('client', inputs)).rejects.toThrow(LimitError)
  await expect(records.trash('client', inputs.map((_, i) => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', data: { limit: 1_000 } })
  expect(await records.count('client')).toBe(0)
  expect((await records.createMany('client', inputs.slice(1))).every((r) => r.ok)).toBe(true)
  expect(await records.count('client')).toBe(1_000)
})

it('changes many in one go, each on its own', async () => {
  const [one, two] = await Promise.all(['One', 'Two'].map((name) => records.create('client', { name })))
  await records.update('client', two!.id, { name: 'Second' })
  const results = await records.updateMany('client', [{ id: one!.id, input: { name: 'First' }, version: one!.version }, { id: two!.id, input: { name: 'Late' }, version: two!.version }, { id: '00000000-0000-7000-8000-000000000000', input: { name: 'Nobody' } }])
  expect(results).toMatchObject([{ ok: true, id: one!.id, version: 2 }, { ok: false, error: { code: 'CONFLICT' } }, { ok: false, error: { code: 'NOT_FOUND' } }])
  expect(await Promise.all([one!, two!].map(async ({ id }) => (await records.get('client', id, ['name']))!.name))).toEqual(['First', 'Second'])
})
