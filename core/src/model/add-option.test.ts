import { afterAll, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const manager = await crm.as('manager')
const add = (by: Caller, label: string, field = 'tags') => crm.query(by, 'mutation ($field: String!, $label: String!) { addOption(object: "client", field: $field, label: $label) { key label } }', { field, label })
const tags = async () => (await crm.ask(admin, '{ object(name: "client") { fields { key openOptions options { key labels } } } }')).object.fields.find((f: { key: string }) => f.key === 'tags')

it('lets a manager add a tag in a fresh company and put it on his client', async () => {
  const { data, errors } = await add(manager, '  Trade   fair ')
  expect(errors).toBeUndefined()
  expect(data.addOption).toEqual({ key: 'trade_fair', label: 'Trade fair' })
  const { createClient } = await crm.ask(manager, 'mutation { createClient(input: { name: "Acme", tags: ["trade_fair"] }) { tags { key label } } }')
  expect(createClient.tags).toEqual([{ key: 'trade_fair', label: 'Trade fair' }])
})

it('makes one choice of two of the same name, and keeps others when two are added at once', async () => {
  expect((await add(manager, 'trade FAIR')).data.addOption.key).toBe('trade_fair')
  await Promise.all([add(manager, 'Метка'), add(admin, 'Другая'), add(manager, 'VIP')])
  const { options } = await tags()
  expect(options.map((o: { key: string }) => o.key).toSorted()).toEqual(['option', 'option_2', 'trade_fair', 'vip'])
})

it('lets nobody add who may not write the field, and only who manages the model where it is not open', async () => {
  expect((await add(manager, 'Attack', 'lifecycle')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  expect((await add(await crm.as('read_only'), 'Attack')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  const closed = await crm.withRules({ objects: { '*': { read: 'all', create: 'all', update: 'all' } }, fields: { 'client.tags': { write: false } } })
  expect((await add(closed, 'Attack')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  expect((await add(admin, 'Sleeping', 'lifecycle')).data.addOption.key).toBe('sleeping')
  expect((await add(admin, ' ')).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
  const { fields } = (await crm.ask(admin, '{ object(name: "client") { fields { key options { key } } } }')).object
  expect(JSON.stringify(fields)).not.toContain('attack')
})

it('stays open only as long as the administrator wants it', async () => {
  expect((await tags()).openOptions).toBe(true)
  await crm.ask(admin, 'mutation { updateField(object: "client", field: "tags", input: { openOptions: false }) { key } }')
  expect((await add(manager, 'Late')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
})
