import { createHash } from 'node:crypto'
import { createContext, Script } from 'node:vm'
import { setTimeout as sleep } from 'node:timers/promises'
import { testCrm } from '@kartotek/core/testing'
import { afterAll, expect, it, vi } from 'vitest'
import { FORM_PAGE_SCRIPT, SHA256_SCRIPT } from './forms/scripts.ts'
import messengers from './index.ts'

const crm = await testCrm({ plugins: [messengers], work: false })
const server = await crm.serve()
afterAll(async () => {
  await crm.close()
})
const admin = await crm.as('administrator')
const QUESTIONS = [{ key: 'who', kind: 'name', label: 'Имя', required: true }, { key: 'mail', kind: 'email', label: 'E-mail', required: true }, { key: 'words', kind: 'message', label: 'Сообщение' }, { key: 'size', kind: 'select', label: 'Размер', options: ['S', 'L'] }, { key: 'plan', kind: 'file', label: 'Чертёж' }]
const make = async (more: object = {}) => (await crm.ask(admin, 'mutation ($input: WebFormCreateInput!) { createWebForm(input: $input) { id key } }', { input: { name: 'Двери', language: 'ru', heading: 'Заявка', questions: JSON.stringify(QUESTIONS), minSeconds: 1, perHour: 100, ...more } })).createWebForm as { id: string, key: string }
const items = async () => (await crm.ask(admin, '{ intakeItems(filter: { channel: { eq: "form" } }, orderBy: [{ field: createdAt }]) { nodes { id source person text page referer utmSource points { kind value } values { name value } raw } } }')).intakeItems.nodes
const open = async (key: string, query = '') => {
  const html = await (await fetch(`${server.url}/plugins/messengers/forms/${key}${query}`)).text()
  const hidden = Object.fromEntries([...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name!, value!.replaceAll('&#38;', '&').replaceAll('&#61;', '=')]))
  return { html, hidden }
}
const post = (key: string, fields: Record<string, string | Blob>, headers: Record<string, string> = {}) => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') form.set(name, value)
    else form.set(name, value, 'план.txt')
  }
  return fetch(`${server.url}/plugins/messengers/forms/${key}`, { method: 'POST', body: form, headers, redirect: 'manual' })
}
const ANSWERS = { who: 'Пётр', mail: 'petr@example.com', words: 'Нужны двери', size: 'L' }

it('is a page that works without a script, and makes one request with all that the site told, and a file', async () => {
  const { key } = await make()
  const { html, hidden } = await open(key, '?page=https%3A%2F%2Fsite.example%2Fdoors&utm_source=ads&gclid=g1')
  expect(html).toContain('<h1>Заявка</h1>')
  await sleep(1_100)
  const answer = await post(key, { ...hidden, ...ANSWERS, plan: new Blob(['план']) })
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('Спасибо')])
  expect((await post(key, { ...hidden, ...ANSWERS })).status, 'a second click').toBe(200)
  const [item, ...others] = await items()
  expect(others).toEqual([])
  expect(item).toMatchObject({ source: 'Двери', person: 'Пётр', text: 'Нужны двери', page: 'https://site.example/doors', utmSource: 'ads', points: [{ kind: 'email', value: 'petr@example.com' }], values: [{ name: 'Размер', value: 'L' }, { name: 'gclid', value: 'g1' }] })
  const files = (await crm.ask(admin, 'query ($id: ID!) { files(filter: { subject: { id: { eq: $id } } }) { nodes { name } } }', { id: item.id })).files.nodes
  expect(files).toEqual([{ name: 'план.txt' }])
})

it('says on its own page, in its language, that what was sent is too large', async () => {
  const before = (await items()).length
  for (const [language, words] of [['ru', 'Файлы слишком большие'], ['fi', 'Tiedostot ovat liian suuria']] as const) {
    const { key } = await make({ language })
    const { hidden } = await open(key)
    const answer = await post(key, { ...hidden, ...ANSWERS, plan: new Blob([new Uint8Array(20 * 1024 * 1024)]) })
    const html = await answer.text()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([413, 'text/html; charset=utf-8'])
    expect(html).toContain(`<html lang="${language}">`)
    expect(html).toContain(`role="alert">${words}`)
  }
  expect((await post('no-such-form', { plan: new Blob([new Uint8Array(20 * 1024 * 1024)]) })).status).toBe(404)
  expect((await items()).length).toBe(before)
})

it('keeps out robots: the trap, the time, made-up tokens, numbers, proof of work', async () => {
  const before = (await items()).length
  const { key } = await make({ perHour: 7, minSeconds: 5 })
  const { hidden } = await open(key)
  expect((await post(key, { ...hidden, ...ANSWERS, website_url: 'http://spam' })).status, 'a robot is thanked').toBe(200)
  expect((await post(key, { ...hidden, ...ANSWERS, words: 'too soon' })).status).toBe(422)
  expect((await post(key, { ...ANSWERS, words: 'no token' })).status).toBe(422)
  await sleep(5_100)
  expect((await post(key, { ...hidden, _token: hidden._token!.replace(/\d(?=\.)/, (digit) => String((Number(digit) + 1) % 10)), ...ANSWERS, words: 'made up' })).status).toBe(422)
  const other = await make()
  expect((await post(other.key, { ...hidden, ...ANSWERS, words: 'of another form' })).status).toBe(422)
  const missing = await post(key, { ...hidden, who: '<b>x</b>', mail: 'no address' })
  expect([missing.status, await missing.text()]).toEqual([422, expect.stringContaining('&#60;b&#62;x')])
  expect((await items()).length).toBe(before)
  for (let i = 0; i < 3; i++) await post(key, { ...hidden, ...ANSWERS, words: `n ${i}` })
  expect((await post(key, { ...hidden, ...ANSWERS, words: 'one too many' })).status).toBe(429)

  const hard = await make({ proofOfWork: true })
  const page = await open(hard.key)
  await sleep(1_100)
  expect((await post(hard.key, { ...page.hidden, ...ANSWERS, _proof: '1', words: 'not worked out' })).status).toBe(422)
  let n = 0
  while (createHash('sha256').update(`${page.hidden._token}:${n}`).digest().readUInt16BE() !== 0) n++
  expect((await post(hard.key, { ...page.hidden, ...ANSWERS, _proof: String(n), words: 'worked out' })).status).toBe(200)
  expect((await fetch(`${server.url}/plugins/messengers/forms/nothing`)).status).toBe(404)
})

it('stores what was agreed to, and puts it to the person who is made of the request', async () => {
  const purpose = await crm.ask(admin, 'mutation { saveConsentPurpose(input: { key: "news", labels: { en: "News" }, needsConsent: true, text: "You may write to me." }) { key textVersion } }')
  expect(purpose).toBeDefined()
  const { key } = await make({ consentPurpose: 'news', consentText: 'You may write to me.', consentVersion: 1, thanksUrl: 'https://site.example/thanks' })
  const { hidden, html } = await open(key)
  expect(html).toContain('You may write to me.')
  await sleep(1_100)
  expect((await post(key, { ...hidden, ...ANSWERS, words: 'without' })).status).toBe(422)
  const answer = await post(key, { ...hidden, ...ANSWERS, words: 'with', _consent: '1' })
  expect([answer.status, answer.headers.get('location')]).toEqual([303, 'https://site.example/thanks'])
  const item = (await items()).at(-1)
  expect(JSON.parse(item.raw).consent).toEqual({ purpose: 'news', version: 1, text: 'You may write to me.' })
  await crm.drain()
  await crm.ask(admin, 'mutation ($id: ID!) { acceptIntake(id: $id, input: { clientValues: { name: "Пётр", kind: "person" } }) { client } }', { id: item.id })
  await crm.drain()
  expect((await crm.ask(admin, '{ consents { nodes { purpose channel { key } state { key } textVersion source } } }')).consents.nodes).toEqual([{ purpose: 'news', channel: { key: 'email' }, state: { key: 'given' }, textVersion: 1, source: 'Двери' }])
})

it('is made only by who may, and shown only on its sites', async () => {
  const manager = await crm.as('manager')
  expect((await crm.query(manager, 'mutation ($input: WebFormCreateInput!) { createWebForm(input: $input) { id } }', { input: { name: 'x', questions: JSON.stringify(QUESTIONS) } })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  expect((await crm.query(admin, 'mutation ($input: WebFormCreateInput!) { createWebForm(input: $input) { id } }', { input: { name: 'x', questions: '[{"key":"a b"}]' } })).errors?.[0]?.extensions.code).toBe('INVALID_INPUT')
  const { key } = await make({ origins: 'https://site.example\nhttps://other.example' })
  const response = await fetch(`${server.url}/plugins/messengers/forms/${key}`)
  expect(response.headers.get('content-security-policy')).toContain(`frame-ancestors 'self' https://site.example https://other.example`)
  const script = await fetch(`${server.url}/plugins/messengers/form.js`)
  expect([script.headers.get('content-type'), script.headers.get('cross-origin-resource-policy')]).toEqual(['text/javascript; charset=utf-8', 'cross-origin'])
  new Script(await script.text())
  new Script(await (await fetch(`${server.url}/plugins/messengers/form-page.js`)).text())
})

it('takes a double click over the full hour as one, and the same words from another page as two', async () => {
  const { key } = await make({ name: 'Hour' })
  const hour = Math.ceil(Date.now() / 3_600_000) * 3_600_000
  vi.useFakeTimers({ toFake: ['Date'], now: hour - 5_000 })
  try {
    const { hidden } = await open(key)
    for (const at of [hour - 1, hour + 1]) {
      vi.setSystemTime(at)
      expect((await post(key, { ...hidden, ...ANSWERS })).status).toBe(200)
    }
    const other = await make({ name: 'Pages' })
    for (const at of [hour + 5_000, hour + 10_000]) {
      vi.setSystemTime(at)
      const { hidden: page } = await open(other.key)
      vi.setSystemTime(at + 2_000)
      expect((await post(other.key, { ...page, ...ANSWERS })).status).toBe(200)
    }
  } finally {
    vi.useRealTimers()
  }
  const sources = (await items()).map(({ source }: { source: string }) => source)
  expect(sources.filter((source: string) => ['Hour', 'Pages'].includes(source)).sort()).toEqual(['Hour', 'Pages', 'Pages'])
})

it('works out its proof also where the browser gives no digests, as on a page without https', async () => {
  const sha256 = new Script(`${SHA256_SCRIPT}sha256`).runInNewContext({ TextEncoder }) as (text: string) => number
  for (const text of ['', 'abc', 'ä€😀', ...Array.from({ length: 140 }, (_, n) => 'x'.repeat(n))]) expect([text, sha256(text)]).toEqual([text, createHash('sha256').update(text).digest().readUInt32BE()])

  for (const own of [undefined, crypto]) {
    let submitted!: (proof: string) => void
    const sent = new Promise<string>((resolve) => { submitted = resolve })
    let submit!: (event: object) => void
    const form = {
      dataset: { proof: 'form:1:2.token' }, elements: { _proof: { value: '' } }, querySelector: () => ({}), addEventListener: (_: string, run: typeof submit) => { submit = run },
      submit() { submitted(form.elements._proof.value) },
    }
    const page: Record<string, unknown> = { TextEncoder, setTimeout, crypto: own, parent: null, location: {}, document: { body: {}, documentElement: {}, querySelector: () => form }, ResizeObserver: class { observe() { /* nothing grows */ } } }
    page.window = page.parent = {}
    new Script(FORM_PAGE_SCRIPT).runInContext(createContext(page))
    submit({ preventDefault() { /* nobody sends */ } })
    expect(createHash('sha256').update(`form:1:2.token:${await sent}`).digest().readUInt16BE()).toBe(0)
  }
})
