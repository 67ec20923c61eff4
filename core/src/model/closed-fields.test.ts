import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
const builder = await crm.withRules({ objects: { '*': all }, fields: { 'client.custom.secret': { read: false }, 'client.creditLimit': { read: false } }, capabilities: ['model.manage'] })
await crm.query(admin, 'mutation { createField(object: "client", input: { name: "secret", type: integer, labels: { en: "Secret" } }) { key } }')
await crm.query(admin, 'mutation { createClient(input: { name: "Rich", creditLimit: { amount: "7777" }, custom: { secret: 42 } }) { id } }')

it('are no fields for who manages the model without reading them: their rules would tell their values', async () => {
  const bare = (answer: unknown): string => JSON.stringify(answer).replaceAll('Zz', '')
  const refused = async (template: (field: string) => string, field: string) => {
    const answer = await crm.query(builder, `mutation { ${template(field)} }`)
    expect(answer.errors, template(field)).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    expect(bare(answer.errors)).toBe(bare((await crm.query(builder, `mutation { ${template(`${field}Zz`)} }`)).errors))
  }
  await refused((f) => `planFieldChange(object: "client", field: "${f}", input: { min: "100" }) { failing }`, 'custom.secret')
  await refused((f) => `planFieldChange(object: "client", field: "${f}", input: { max: "1000" }) { failing }`, 'creditLimit')
  await refused((f) => `updateField(object: "client", field: "${f}", input: { required: true }) { label }`, 'custom.secret')
  await refused((f) => `hideField(object: "client", field: "${f}") { label }`, 'custom.secret')
  await refused((f) => `restoreField(object: "client", field: "${f}") { label }`, 'custom.secret')
  const { data } = await crm.query(admin, 'mutation { planFieldChange(object: "client", field: "custom.secret", input: { min: "100" }) { failing } }')
  expect(data.planFieldChange.failing).toBe(1)
})

it('stay unseen by him when they are hidden', async () => {
  const hidden = async (caller: typeof admin) => ((await crm.query(caller, '{ object(name: "client") { fields(hidden: true) { key hidden } } }')).data.object.fields as { key: string, hidden: boolean }[]).filter((f) => f.hidden).map((f) => f.key)
  await crm.query(builder, 'mutation { createField(object: "client", input: { name: "plain", type: text, labels: { en: "Plain" } }) { key } }')
  for (const field of ['custom.secret', 'custom.plain']) await crm.query(admin, `mutation { hideField(object: "client", field: "${field}") { key } }`)
  expect(await hidden(admin)).toEqual(['custom.secret', 'custom.plain'])
  expect(await hidden(builder)).toEqual(['custom.plain'])
  expect((await crm.query(builder, 'mutation { restoreField(object: "client", field: "custom.plain") { key } }')).errors).toBeUndefined()
  expect(await hidden(await crm.as('manager'))).toEqual([])
})
