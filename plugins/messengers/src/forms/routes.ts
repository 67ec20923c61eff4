import { createHash } from 'node:crypto'
import { DomainError, type IncomingRequest, type PluginContext, type RecordData, type RouteDefinition, type RouteResponse } from '@kartotek/sdk'
import { isTaken, keyOf } from '../conversations/records.ts'
import { addressOf, allowed, OPEN, signed, unsigned } from '../public-door.ts'
import { readQuestions, type FormField } from './form.object.ts'
import { formPage, noticePage, pageHeaders, thanksPage, TOLD, TRAP, type Filled } from './page.ts'
import { FORM_PAGE_SCRIPT, FORM_SCRIPT } from './scripts.ts'
import { MOST_PLAIN, sentIn } from './sent.ts'

const MOST_BYTES = 20 * 1024 * 1024
const MOST_AN_HOUR = 1_000
/** Longer ones are none, and take long to be looked at. */
const MOST_EMAIL = 254
/** A page may stand open for a day. */
const MOST_AGE_S = 86_400

const script = (text: string): RouteResponse => ({ headers: { ...OPEN, 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=300' }, body: text })

export const formRoutes: RouteDefinition[] = [
  { method: 'GET', path: '/form.js', access: 'public', run: () => script(FORM_SCRIPT) },
  { method: 'GET', path: '/form-page.js', access: 'public', run: () => script(FORM_PAGE_SCRIPT) },
  { method: 'GET', path: '/forms/:key', access: 'public', run: show },
  { method: 'POST', path: '/forms/:key', access: 'public', maxBytes: MOST_BYTES, admit, run: take },
]

/** Before anything of it is read: which form it is, how large it may be, how often somebody came. */
async function admit(request: IncomingRequest, ctx: PluginContext): Promise<RouteResponse | null> {
  const found = await formOf(request, ctx)
  if (!found) return nothing
  const { form, questions } = found
  if (!await allowed(ctx, `form:${form.id}:${addressOf(request.ip)}`, Number(form.perHour ?? 20)) || !await allowed(ctx, `form:${form.id}`, MOST_AN_HOUR)) return page(form, noticePage(form, 'often'), 429)
  const most = questions.some(({ kind }) => kind === 'file') ? MOST_BYTES : MOST_PLAIN
  // Every browser says how much it is going to send.
  const announced = Number(request.headers['content-length'] ?? NaN)
  if (announced <= most) return null
  return page(form, noticePage(form, most === MOST_BYTES ? 'large' : 'long'), Number.isNaN(announced) ? 411 : 413)
}

async function formOf({ params: { key = '' } }: IncomingRequest, ctx: PluginContext): Promise<{ form: RecordData, questions: FormField[] } | null> {
  if (!/^[\w-]{1,40}$/.test(key)) return null
  const { nodes: [form] } = await ctx.records.list('webForm', { filter: { key: { eq: key }, active: { eq: true } }, first: 1 })
  const questions = form && readQuestions(form.questions)
  return form && questions ? { form, questions } : null
}

const page = (form: RecordData, body: string, status = 200): RouteResponse => ({ status, headers: pageHeaders(form), body })
const nothing: RouteResponse = { status: 404, body: 'There is no such form.' }

async function fresh(ctx: PluginContext, form: RecordData, questions: FormField[], filled: Filled, status = 200): Promise<RouteResponse> {
  return page(form, formPage(form, questions, await signed(ctx, `form:${form.id}:${Math.floor(Date.now() / 1000)}`), filled), status)
}

async function show(request: IncomingRequest, ctx: PluginContext): Promise<RouteResponse> {
  const found = await formOf(request, ctx)
  if (!found) return nothing
  const told: Record<string, string> = Object.fromEntries(TOLD.flatMap((name) => (request.query[name] ? [[name, request.query[name].slice(0, 2_000)]] : [])))
  if (!told.referrer && request.headers.referer) told.referrer = request.headers.referer.slice(0, 2_000)
  return fresh(ctx, found.form, found.questions, { values: {}, told, wrong: {}, notice: null })
}

async function take(request: IncomingRequest, ctx: PluginContext): Promise<RouteResponse> {
  const found = await formOf(request, ctx)
  if (!found) return nothing
  const { form, questions } = found
  const sent = await sentIn(request)
  if (!sent) return fresh(ctx, form, questions, { values: {}, told: {}, wrong: {}, notice: 'again' }, 400)
  const { texts, files } = sent
  const told = Object.fromEntries(TOLD.flatMap((name) => (texts[`_${name}`] ? [[name, texts[`_${name}`]!.slice(0, 2_000)]] : [])))
  // A robot is thanked, so that it learns nothing.
  if (texts[TRAP]?.trim()) {
    ctx.log.info({ form: form.id }, 'A robot filled in a form.')
    return thank(form)
  }
  const values: Record<string, string> = Object.fromEntries([...questions.map(({ key }) => key), '_consent'].flatMap((key) => (texts[key]?.trim() ? [[key, texts[key].trim().slice(0, 20_000)]] : [])))
  const wrong = problemsOf(form, questions, values, files)
  if (Object.keys(wrong).length) return fresh(ctx, form, questions, { values, told, wrong, notice: null }, 422)
  if (!await isFromPage(ctx, form, texts)) return fresh(ctx, form, questions, { values, told, wrong: {}, notice: 'again' }, 422)
  await keep(ctx, form, questions, { values, told, files, address: addressOf(request.ip), token: texts._token! })
  return thank(form)
}

function thank(form: RecordData): RouteResponse {
  return form.thanksUrl ? { status: 303, headers: { ...pageHeaders(form), location: String(form.thanksUrl) } } : page(form, thanksPage(form))
}

function problemsOf(form: RecordData, questions: FormField[], values: Record<string, string>, files: { field: string }[]): Filled['wrong'] {
  const wrong: Filled['wrong'] = {}
  for (const { key, kind, required, options = [] } of questions) {
    const value = values[key]
    if (kind === 'file' ? required && !files.some(({ field }) => field === key) : required && !value) wrong[key] = 'required'
    else if (value && ((kind === 'email' && (value.length > MOST_EMAIL || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value))) || (kind === 'phone' && value.replace(/\D/g, '').length < 5) || (kind === 'number' && !Number.isFinite(Number(value.replace(',', '.')))) || (kind === 'select' && !options.includes(value)))) wrong[key] = 'invalid'
  }
  if (form.consentText && !values._consent) wrong._consent = 'required'
  return wrong
}

/** The page was asked for before, not just now, not days ago, and its proof was worked out. */
async function isFromPage(ctx: PluginContext, form: RecordData, { _token: token, _proof: proof }: Record<string, string>): Promise<boolean> {
  const [what, id, at] = (await unsigned(ctx, token))?.split(':') ?? []
  const age = Date.now() / 1000 - Number(at)
  if (what !== 'form' || id !== form.id || !(age >= Number(form.minSeconds ?? 2)) || age > MOST_AGE_S) return false
  if (!form.proofOfWork) return true
  const hash = createHash('sha256').update(`${token}:${String(proof).slice(0, 20)}`).digest()
  // Worked out once, it serves once: otherwise one second of a processor would do for a day of spam.
  return /^\d+$/.test(String(proof)) && hash[0] === 0 && hash[1] === 0 && allowed(ctx, `proof:${token}`, 1, MOST_AGE_S)
}

const UTM: Record<string, string> = { utm_source: 'utmSource', utm_medium: 'utmMedium', utm_campaign: 'utmCampaign', utm_term: 'utmTerm', utm_content: 'utmContent', page: 'page', referrer: 'referer' }

interface Submission { values: Record<string, string>, told: Record<string, string>, files: { field: string, file: File }[], address: string, token: string }

/** A request of the intake. The same once more from the same page is the same, whenever it comes: a second click, a browser that tries again. */
async function keep(ctx: PluginContext, form: RecordData, questions: FormField[], { values, told, files, address, token }: Submission): Promise<void> {
  const first = (kind: FormField['kind']): string | null => { const question = questions.find((one) => one.kind === kind); return (question && values[question.key]) || null }
  const isOwn = new Set<FormField['kind']>(['name', 'phone', 'email', 'company', 'message'])
  const others = questions.filter(({ key, kind }, i) => values[key] && (!isOwn.has(kind) || questions.findIndex((one) => one.kind === kind) !== i))
  const externalId = createHash('sha256').update(JSON.stringify([token, address, values])).digest('base64url')
  let item: string
  try {
    item = (await ctx.records.create('intakeItem', {
      channel: 'form', source: String(form.source || form.name).slice(0, 120), externalId, person: first('name')?.slice(0, 255) ?? null, company: first('company')?.slice(0, 255) ?? null, text: first('message') ?? null,
      points: [['phone', first('phone')], ['email', first('email')]].flatMap(([kind, value]) => (value ? [{ kind, value: value.slice(0, 300) }] : [])),
      values: [
        ...others.map(({ key, label }) => ({ name: label.slice(0, 120), value: values[key]!.slice(0, 5_000) })), ...keyOf(form.kind) === 'support' ? [{ name: 'kind', value: 'support' }] : [],
        ...Object.entries(told).filter(([name]) => !UTM[name]).map(([name, value]) => ({ name, value })),
      ],
      ...Object.fromEntries(Object.entries(told).flatMap(([name, value]) => (UTM[name] ? [[UTM[name], value.slice(0, ['page', 'referrer'].includes(name) ? 2_000 : 255)]] : []))),
      raw: JSON.stringify({ form: form.name, values, told, files: files.map(({ file }) => file.name), ...form.consentText ? { consent: { purpose: form.consentPurpose, version: form.consentVersion, text: form.consentText } } : {} }, null, 2).slice(0, 100_000),
    })).id
  } catch (error) {
    if (isTaken(error)) return
    throw error
  }
  if (form.consentText) {
    await ctx.db.query('insert into form_consent (item, form, purpose, version, text, address) values ($1, $2, $3, $4, $5, $6)', [item, form.id, form.consentPurpose ?? null, form.consentVersion ?? null, form.consentText, address])
  }
  for (const { file } of files) {
    try {
      await ctx.files.attach({ object: 'intakeItem', id: item }, { name: file.name.slice(-200) || 'file', content: Buffer.from(await file.arrayBuffer()) })
    } catch (error) {
      // The request is worth more than its file: who reads it sees its name.
      if (!(error instanceof DomainError)) throw error
      ctx.log.warn({ err: error, item }, 'A file of a form was not kept.')
    }
  }
}
