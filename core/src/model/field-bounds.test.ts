import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')

it('of numbers are numbers, given as text', async () => {
  const field = (name: string, rules: string) => crm.query(admin, `mutation { createField(object: "client", input: { name: "${name}", ${rules}, labels: { en: "x" } }) { min max } }`)
  expect((await field('few', 'type: integer, min: "1", max: "9"')).data.createField).toEqual({ min: '1', max: '9' })
  const create = (few: number) => crm.query(admin, `mutation { createClient(input: { name: "x", custom: { few: ${few} } }) { custom { few } } }`)
  expect((await create(9)).data.createClient.custom.few).toBe(9)
  expect((await create(10)).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'custom.few', rule: 'max', params: { max: 9 } }] } }])
  expect((await field('odd', 'type: decimal, min: "many"')).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'min', rule: 'type' }] } }])
})

it('that no field could keep are refused, before they stand in the way of all records', async () => {
  const refused = async (rules: string): Promise<unknown> => (await crm.query(admin, `mutation { createField(object: "client", input: { name: "refused", ${rules}, labels: { en: "x" } }) { key } }`)).errors?.map(({ extensions }) => [extensions.code, (extensions.fields as { field: string }[])[0]?.field])
  for (const [rules, field] of [
    ['type: text, to: ""', 'to'], ['type: text, to: "order"', 'to'], ['type: text, reverse: "texts"', 'reverse'], ['type: user, reverse: "name"', 'reverse'], ['type: user, reverse: "x y"', 'reverse'],
    ['type: text, options: [{ key: "a", labels: { en: [[]] } }]', 'options'], ['type: text, minLength: -1', 'minLength'], ['type: text, minLength: 5, maxLength: 4', 'maxLength'],
  ] as const) expect([rules, await refused(rules)]).toEqual([rules, [['INVALID_INPUT', field]]])
})
