import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { testDatabase } from '../testing/index.ts'
import { testEngine, testUser } from '../testing/engine.ts'
import { objectOf } from '../model/model.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'
import { emptyTrash } from './trash.feature.ts'

const db = await testDatabase()
const engine = await testEngine(db)
const admin = await testUser(engine, 'administrator')

it('removes what lay in the trash for thirty days, with its parts, and nothing younger', async () => {
  const client = objectOf(engine.live.current.model, 'client')
  const { result } = await write(engine, admin, {}, (w) => writeRecords(w, client, ['old', 'new', 'kept'].map((name) => ({
    op: 'create', input: { name, contactPoints: [{ kind: 'email', value: `${name}@example.com` }] },
  }))))
  const ids = result.map((r) => r.id!)
  await write(engine, admin, {}, (w) => writeRecords(w, client, ids.slice(0, 2).map((id) => ({ op: 'trash', id }))))
  await engine.db.updateTable('core.client').set({ trashed_at: new Date(Date.now() - 31 * 86_400_000) }).where('id', '=', ids[0]!).execute()
  expect(await emptyTrash(engine)).toBe(1)
  const left = await engine.db.selectFrom('core.client').select('name').orderBy('name').execute()
  expect(left.map((r) => r.name)).toEqual(['kept', 'new'])
  const points = await engine.db.selectFrom('core.contact_point').select('key').execute()
  expect(points).toHaveLength(2)
})

it('keeps a record that others still refer to', async () => {
  const { model } = engine.live.current
  const { result: [client] } = await write(engine, admin, {}, (w) => writeRecords(w, objectOf(model, 'client'), [{ op: 'create', input: { name: 'With orders' } }]))
  await write(engine, admin, {}, (w) => writeRecords(w, objectOf(model, 'order'), [{ op: 'create', input: { client: client!.id } }]))
  await write(engine, admin, {}, (w) => writeRecords(w, objectOf(model, 'client'), [{ op: 'trash', id: client!.id! }]))
  await engine.db.updateTable('core.client').set({ trashed_at: new Date(Date.now() - 31 * 86_400_000) }).where('id', '=', client!.id!).execute()
  expect(await emptyTrash(engine)).toBe(0)

  // What is hidden now comes back one day.
  await sql`update core.object set hidden_at = now() where name = 'order'`.execute(engine.db)
  await sql`update core.revision set shape = shape + 1`.execute(engine.db)
  await engine.live.refresh()
  expect(engine.live.current.model.objects.has('order')).toBe(false)
  expect(await emptyTrash(engine)).toBe(0)
})
