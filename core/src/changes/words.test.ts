import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator', { locale: 'ru' })
const run = async (source: string) => {
  const answer = await crm.query(admin, source)
  expect(answer.errors).toBeUndefined()
  return answer.data
}
/** As people see it: the narrow spaces of numbers are spaces. */
const plain = (text: string | null): string => String(text).replace(/\s/g, ' ')

for (const [name, type] of [['since', 'date'], ['seen', 'dateTime'], ['share', 'decimal'], ['vip', 'boolean'], ['debt', 'money']]) await run(`mutation { createField(object: "client", input: { name: "${name}", type: ${type}, labels: { en: "${name}" } }) { key } }`)
const values = 'custom: { since: "2026-05-01", seen: "2026-05-01T09:30:00Z", share: "1234.5", vip: true, debt: { amount: "1500.00", currency: "RUB" } }'
const WORDS = { 'custom.since': '1 мая 2026 г.', 'custom.seen': '1 мая 2026 г., 12:30', 'custom.share': '1 234,5', 'custom.vip': 'Да', 'custom.debt': '1 500,00 ₽', 'kind': 'Организация' }
await run('mutation { updateCompany(input: { timeZone: "Europe/Moscow" }) { timeZone } }')

it('histories tell values in words, moments in the time zone of the company', async () => {
  const { createClient: { id } } = await run(`mutation { createClient(input: { name: "Ромашка", kind: "organisation", ${values} }) { id } }`)
  const { changeSets } = await run(`{ changeSets(object: "client", record: "${id}") { nodes { changes(first: 1) { fields { key afterText } } } } }`)
  const told = Object.fromEntries((changeSets.nodes[0].changes[0].fields as { key: string, afterText: string }[]).map((field) => [field.key, plain(field.afterText)]))
  expect(told).toMatchObject(WORDS)
})

it('and so does the preview of a merge', async () => {
  const ids = []
  for (const more of [values, '']) ids.push((await run(`mutation { createClient(input: { name: "Лютик", kind: "organisation", ${more} }) { id } }`)).createClient.id)
  const { previewMerge } = await run(`{ previewMerge(object: "client", winner: "${ids[0]}", loser: "${ids[1]}") { fields { key winner loser } } }`)
  const told = Object.fromEntries((previewMerge.fields as { key: string, winner: string }[]).map((field) => [field.key, plain(field.winner)]))
  expect(told).toMatchObject(WORDS)
})
