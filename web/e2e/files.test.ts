import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page
const shot = async (name: string) => { if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
const pdf = (name: string) => ({ name, mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n1 0 obj\n') })

beforeAll(async () => { page = (await setUp(app)).page })

describe('a field that holds a file', () => {
  it('is made in the settings', async () => {
    await page.goto('/settings/objects/product')
    await page.getByRole('button', { name: 'New field' }).click()
    await page.locator('[data-type="file"]').click()
    await page.getByLabel('Name, English').fill('Data sheet')
    await shot('file-field-settings')
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
    await page.getByText('custom.dataSheet').waitFor()
  })

  it('is filled in the form of a new record, opens from the card, and is changed there', async () => {
    await page.goto('/products/new')
    await page.getByLabel('Name', { exact: true }).fill('Lamp')
    await page.getByRole('button', { name: 'Data sheet: Choose a file' }).waitFor()
    await page.locator('input[type=file]').setInputFiles(pdf('Lamp 2025.pdf'))
    await page.getByRole('button', { name: 'Data sheet: Lamp 2025.pdf' }).waitFor()
    await shot('file-field-form')
    await page.getByRole('button', { name: 'Save' }).click()
    const link = page.locator('dd').getByRole('link', { name: 'Lamp 2025.pdf' })
    await link.waitFor()
    await shot('file-field-card')
    const answer = await page.request.get((await link.getAttribute('href'))!)
    expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'application/pdf'])

    await page.getByRole('button', { name: 'Edit “Data sheet”' }).click()
    await page.locator('dd input[type=file]').setInputFiles(pdf('Lamp 2026.pdf'))
    await page.getByRole('button', { name: 'Data sheet: Lamp 2026.pdf' }).waitFor()
    await page.locator('dd').getByRole('button', { name: 'Save' }).click()
    await page.locator('dd').getByRole('link', { name: 'Lamp 2026.pdf' }).waitFor()
    await page.getByRole('tab', { name: /Files/ }).click()
    await page.getByText('Lamp 2025.pdf').first().waitFor()
    await page.getByText('Lamp 2026.pdf').first().waitFor()
  })

  it('is a line of the timeline that opens it, and cannot be pinned or removed there', async () => {
    await page.getByRole('tab', { name: /Timeline/ }).click()
    // That it was created names it, too.
    const line = page.getByRole('listitem').filter({ has: page.getByText('File', { exact: true }) }).filter({ has: page.getByRole('link', { name: 'Lamp 2026.pdf' }) })
    const answer = await page.request.get((await line.getByRole('link', { name: 'Lamp 2026.pdf' }).getAttribute('href'))!)
    expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'application/pdf'])
    expect(await line.getByRole('button', { name: 'Actions' }).count()).toBe(0)
    await shot('file-in-timeline')
  })

  it('says at once why a program cannot be kept', async () => {
    await page.goto('/products/new')
    await page.getByLabel('Name', { exact: true }).fill('Worm')
    await page.locator('input[type=file]').setInputFiles({ name: 'worm.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ') })
    await page.getByRole('button', { name: 'Data sheet: worm.exe' }).waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Programs and scripts cannot be attached').first().waitFor()
    await shot('file-field-refused')
  })
})

describe('the files of a card', () => {
  const row = (name: string) => page.locator('li').filter({ has: page.getByRole('link', { name, exact: true }) }).last()
  it('are dropped there', async () => {
    await page.goto('/products')
    await page.getByRole('link', { name: 'Lamp', exact: true }).click()
    await page.getByRole('tab', { name: /Files/ }).click()
    const zone = page.getByText('Drop files here or')
    await zone.waitFor()
    const data = await page.evaluateHandle(() => {
      const transfer = new DataTransfer()
      for (const name of ['Front.txt', 'Back.txt']) transfer.items.add(new File([`The ${name}`], name, { type: 'text/plain' }))
      return transfer
    })
    await zone.dispatchEvent('dragover', { dataTransfer: data })
    await shot('files-drop')
    await zone.dispatchEvent('drop', { dataTransfer: data })
    for (const name of ['Front.txt', 'Back.txt']) {
      const address = (await row(name).getByRole('link', { name, exact: true }).getAttribute('href'))!
      expect(await (await page.request.get(address)).text()).toBe(`The ${name}`)
    }
  })

  it('get new versions, of which an older one can be made the newest again', async () => {
    const address = (await row('Front.txt').getByRole('link', { name: 'Front.txt' }).getAttribute('href'))!
    const contents = async () => (await page.request.get(address)).text()
    await row('Front.txt').getByRole('button', { name: 'Actions' }).click()
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('menuitem', { name: 'Upload a new version' }).click()
    await (await chooser).setFiles({ name: 'Front.txt', mimeType: 'text/plain', buffer: Buffer.from('Another front') })
    await row('Front.txt').getByRole('button', { name: '2 versions' }).click()
    expect(await contents()).toBe('Another front')
    expect(await row('Front.txt').getByRole('button', { name: 'Make it the newest' }).count()).toBe(1)
    await shot('files-versions')
    await row('Front.txt').getByRole('button', { name: 'Make it the newest' }).click()
    await row('Front.txt').getByRole('button', { name: '3 versions' }).waitFor()
    expect(await contents()).toBe('The Front.txt')
  })

  it('may be links to documents elsewhere, and go to the trash and back', async () => {
    await page.getByRole('button', { name: 'Link to a document' }).click()
    await page.getByLabel('Address of the document').fill('https://docs.example.com/lamp')
    await page.getByRole('textbox', { name: 'Name' }).fill('The drawing')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    const link = row('The drawing').getByRole('link', { name: 'The drawing' })
    await link.waitFor()
    expect([await link.getAttribute('href'), await link.getAttribute('rel')]).toEqual(['https://docs.example.com/lamp', 'noreferrer noopener'])
    await row('Back.txt').getByRole('button', { name: 'Actions' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('link', { name: 'Back.txt', exact: true }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).first().click()
    await page.reload()
    await page.getByRole('link', { name: 'Back.txt', exact: true }).waitFor()
  })
})
