import { expect, it } from 'vitest'
import { apiOf, runningApp, setUp } from './running-app.ts'

const app = await runningApp()
const { page, context } = await setUp(app)
const api = apiOf(() => page)
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }

it('is narrowed to what one chooses, and says so in the list', async () => {
  await page.goto('/account')
  const panel = page.getByRole('region', { name: 'API tokens' })
  await panel.getByLabel('What it is for').fill('Web shop')
  await panel.getByLabel('Rights').click()
  await page.getByRole('option', { name: 'Only what I choose' }).click()
  expect(await panel.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true)
  await panel.getByLabel('Clients: Read').click()
  await panel.getByLabel('Orders: Create').click()
  expect(await panel.getByLabel('Orders: Read').isChecked()).toBe(true)
  await panel.getByLabel('Export to files').click()
  expect(await panel.getByLabel('People', { exact: true }).count()).toBe(0)
  await panel.scrollIntoViewIfNeeded()
  await shot('token-form-1440')
  await panel.getByRole('button', { name: 'Create' }).click()
  await panel.getByText('Only Clients: read; Orders: read, create; Export to files').waitFor()
  const authorization = `Bearer ${await page.getByLabel('New token').inputValue()}`
  const answer = await fetch(`${app.url}/graphql`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify({ query: '{ me { capabilities } objects { name can { create } } }' }) })
  const { data } = await answer.json() as { data: { me: { capabilities: string[] }, objects: { name: string, can: { create: boolean } }[] } }
  expect(data.objects).toEqual(expect.arrayContaining([{ name: 'client', can: { create: false } }, { name: 'order', can: { create: true } }]))
  expect(data.me.capabilities).toEqual(['export.run'])
  expect(data.objects.map(object => object.name)).not.toContain('contact')
})

it('fits a phone, in the dark', async () => {
  await api('mutation { updateMe(locale: "ru") { id } }')
  const { page: phone, context: other } = await app.visit({ width: 390, colorScheme: 'dark', as: context })
  await phone.goto('/account')
  const panel = phone.getByRole('region', { name: 'Токены API' })
  await panel.getByText('Только: Клиенты: чтение; Заказы: чтение, создание; Выгрузка в файлы').waitFor()
  await panel.getByLabel('Права').click()
  await phone.getByRole('option', { name: 'Только выбранное' }).click()
  await panel.getByLabel(/^Заказы: /).last().scrollIntoViewIfNeeded()
  await shot('token-form-390-dark', phone)
  expect((await panel.boundingBox())!.width).toBeLessThanOrEqual(390)
  await other.close()
})
