import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { clearDeleted } from './field-deletion.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine, db } = crm.kartotek
const admin = await crm.as('administrator')
const ask = (source: string) => crm.ask(admin, source)
const run = (source: string) => crm.query(admin, source)
const make = (name: string, type = 'text', more = '') => ask(`mutation { createField(object: "product", input: { name: "${name}", type: ${type}, labels: { en: "${name}" } ${more} }) { key } }`)
const hide = (name: string) => ask(`mutation { hideField(object: "product", field: "custom.${name}") { key } }`)
const remove = (name: string, confirm = name) => run(`mutation { deleteField(object: "product", field: "custom.${name}", confirm: "${confirm}") { key label hidden pending } }`)
const columns = async () => (await db.pool.query(`select attname as name from pg_attribute where attrelid = 'core.product'::regclass and attnum > 0 and not attisdropped and (attname like 'x\\_%' or attname like '\\_spare%') order by 1`)).rows.map((row) => row.name as string)
const aDayLater = async () => {
  await db.pool.query(`update core.deleted_field set deleted_at = now() - interval '25 hours'`)
  await clearDeleted(engine)
}

it('only what is hidden is deleted, and who deletes it writes its name', async () => {
  await make('shade')
  expect((await remove('shade')).errors).toMatchObject([{ message: 'Hide the field first: what is in use is not deleted.', extensions: { code: 'CONFLICT' } }])
  await hide('shade')
  expect((await remove('shade', 'Shade')).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'confirm' }] } }])
  expect((await run('mutation { deleteField(object: "product", field: "name", confirm: "name") { key } }')).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
  await expect(crm.ask(await crm.as('manager'), 'mutation { deleteField(object: "product", field: "custom.shade", confirm: "shade") { key } }')).rejects.toThrow('model.manage')
  expect((await remove('shade')).data.deleteField).toEqual({ key: 'custom.shade', label: 'shade', hidden: true, pending: false })
  expect((await ask('{ object(name: "product") { fields(hidden: true) { key } } }')).object.fields).not.toContainEqual({ key: 'custom.shade' })
  expect((await ask('{ changeSets(first: 1) { nodes { summary configuration { action subjectId } } } }')).changeSets.nodes).toMatchObject([{ configuration: { action: 'delete', subjectId: 'product.custom.shade' } }])
})

it('its values are cleared a day later, and the next field takes the column', async () => {
  await make('grade', 'text', ', unique: true, history: true')
  await crm.drain()
  const { createProduct: { id } } = await ask('mutation { createProduct(input: { name: "P", custom: { grade: "secret" } }) { id } }')
  await hide('grade')
  await remove('grade')
  expect((await db.pool.query(`select 1 from core.field_period where field = 'custom.grade'`)).rows).toEqual([])
  // Another one of the same name has nothing of the former: neither its values, nor those of changes that are undone.
  await make('grade', 'integer', ', history: true')
  expect((await ask(`{ product(id: "${id}") { custom { grade } } }`)).product.custom.grade).toBeNull()
  expect((await ask(`mutation { updateProduct(id: "${id}", input: { custom: { grade: 5 } }) { custom { grade } } }`)).updateProduct.custom.grade).toBe(5)
  await clearDeleted(engine)
  expect(await columns()).toContain('x_grade')
  await aDayLater()
  const now = await columns()
  expect(now).not.toContain('x_grade')
  const spare = now.filter((name) => name.startsWith('_spare'))
  expect(spare).toHaveLength(2)
  for (const name of spare) expect((await db.pool.query(`select 1 from core.product where ${name} is not null`)).rows).toEqual([])
  expect((await ask(`{ product(id: "${id}") { custom { grade } } }`)).product.custom.grade).toBe(5)
  await make('aisle')
  expect((await columns()).filter((name) => name.startsWith('_spare'))).toHaveLength(1)
  expect((await ask(`{ product(id: "${id}") { custom { aisle } } }`)).product.custom.aisle).toBeNull()
})

it('what changes tell of it goes with the person', async () => {
  await ask('mutation { createField(object: "contact", input: { name: "badge", type: text, labels: { en: "Badge" } }) { key } }')
  const { createContact: { id } } = await ask('mutation { createContact(input: { lastName: "Ek", custom: { badge: "S-17" } }) { id } }')
  await ask('mutation { hideField(object: "contact", field: "custom.badge") { key } }')
  await ask('mutation { deleteField(object: "contact", field: "custom.badge", confirm: "badge") { key } }')
  const told = async () => (await db.pool.query('select 1 from core.change where record_id = $1 and after::text like $2', [id, '%S-17%'])).rows.length
  expect(await told()).toBe(1)
  await ask(`mutation { erasePerson(object: "contact", id: "${id}", confirm: "Ek") }`)
  expect(await told()).toBe(0)
  expect((await db.pool.query('select x_badge from core.contact where id = $1', [id])).rows).toEqual([{ x_badge: null }])
})

it('what was deleted counts no longer', { timeout: 60_000 }, async () => {
  const { rows: [{ n }] } = await db.pool.query(`select count(*)::int as n from core.field where object = 'product' and field_group = 'custom'`)
  await db.pool.query(`insert into core.field (id, object, field_group, name, kind, columns, definition, hidden_at) select gen_random_uuid(), 'product', 'custom', 'old' || i, 'custom', '[]', jsonb_build_object('name', 'old' || i, 'type', 'text', 'label', '{"en":"Old"}'::jsonb), now()
    from generate_series(1, ${300 - n}) i`)
  await db.pool.query('update core.revision set shape = shape + 1')
  await engine.live.refresh()
  await expect(make('last')).rejects.toThrow('at most 300 own fields')
  await remove('old1')
  await make('last')
})
