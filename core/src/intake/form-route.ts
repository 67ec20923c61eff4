import { createHash } from 'node:crypto'
import express, { type Request, type Response, type Router } from 'express'
import multer, { type StorageEngine } from 'multer'
import { DomainError, LOCALES, NotFoundError, textIn, type Locale, type Localized } from '@kartotek/sdk'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { addressKey, clientAddress, type TrustProxy } from '../accounts/address.ts'
import type { LimitName } from '../accounts/limits.ts'
import { translate } from '../messages/translate.ts'
import type { Engine } from '../records/engine.ts'
import { readSection } from '../settings/section.ts'
import { incomingOf, TRAP } from './form-fields.ts'
import { intakeSettings, type Form } from './intake-settings.ts'
import { receive } from './receive.ts'

export interface FormsDeps {
  engine: Engine
  limits: { take(name: LimitName, key: string, locale: Locale): Promise<void> }
  trustProxy?: TrustProxy
}

const MOST_BYTES = 64 * 1024
/** With the files, which are read and thrown away; in all, whatever length was announced. */
const MOST_WITH_FILES = 100 * 1024 * 1024
const MOST_FIELDS = 100
const MOST_FILES = 20

/** A form whose visitor adds a file is a request all the same; of the file its name is kept. */
const thrownAway: StorageEngine = {
  _handleFile(_request, { stream }, done) { stream.on('end', () => done(null, {})).resume() },
  _removeFile(_request, _file, done) { done(null) },
}

/** Ends a form with files that goes on and on: a length need not be announced, and each of them may be small enough. Other kinds are counted by who reads them. */
function bounded(request: Request, response: Response, next: express.NextFunction): void {
  if (!request.is('multipart')) { next(); return }
  let bytes = 0
  request.on('data', function count(chunk: Buffer) {
    bytes += chunk.length
    if (bytes <= MOST_WITH_FILES) return
    request.off('data', count)
    if (!response.headersSent) tooLarge(request, response)
    // What is still to come is read by nobody.
    response.once('finish', () => request.destroy())
  })
  // Who reads the form attaches himself first; until then nothing is to flow.
  request.pause()
  next()
}

const mostOf = (request: Request): number => (request.is('multipart') ? MOST_WITH_FILES : MOST_BYTES)

const THANKS: Localized = { ru: 'Спасибо! Мы получили вашу заявку и скоро ответим.', uk: 'Дякуємо! Ми отримали вашу заявку й скоро відповімо.', fi: 'Kiitos! Saimme viestisi ja vastaamme pian.', en: 'Thank you! We have your request and will answer soon.' }

/**
 * `POST /forms/<key>`: what visitors of a web site send in, as a plain form, by a script (`FormData`, JSON) or from another
 * server. The key stands in the page, so it proves nothing: whatever comes is limited by number and size, and is a request
 * that waits for a person.
 */
export function formsRouter({ engine, limits, trustProxy }: FormsDeps): Router {
  const router = express.Router()
  const parsers = [
    express.urlencoded({ extended: false, limit: MOST_BYTES, parameterLimit: MOST_FIELDS }), express.json({ limit: MOST_BYTES }),
    multer({ storage: thrownAway, defParamCharset: 'utf8', limits: { fieldSize: MOST_BYTES, files: MOST_FILES, parts: MOST_FIELDS, fileSize: MOST_WITH_FILES } }).any(),
  ]

  router.use('/:key', async (request: Request, response: Response, next) => {
    const { value } = await readSection(engine.db, intakeSettings)
    const form = value.forms.find((one) => one.key === request.params.key && one.active)
    if (!form) throw new NotFoundError('There is no such form.')
    response.locals.form = form
    allowOrigin(form, request, response)
    // Refused before a byte is read, but after the answer may be read by the site.
    if (Number(request.headers['content-length'] ?? 0) > mostOf(request)) { tooLarge(request, response); return }
    if (request.method === 'OPTIONS') { response.status(204).end(); return }
    const address = addressKey(clientAddress(request, trustProxy) ?? '')
    const { locale } = engine.live.current.company
    await limits.take('form', `${form.key}:${address}`, locale)
    await limits.take('formTotal', form.key, locale)
    next()
  })
  router.post('/:key', bounded, ...parsers, async (request: Request, response: Response) => {
    const form = response.locals.form as Form
    const fields = textsOf(request.body)
    const files = Array.isArray(request.files) ? request.files.map((file) => ({ name: file.fieldname, value: file.originalname })) : []
    const sent = { ...fields }
    for (const { name, value } of files) sent[name] = sent[name] ? `${sent[name]}, ${value}` : value
    if (Buffer.byteLength(Object.values(sent).join('')) > MOST_BYTES) { tooLarge(request, response); return }
    const incoming = incomingOf(fields, { page: request.headers.referer, currency: engine.live.current.company.currency })
    // The same text from the same place within the hour is a second click, not a second request.
    const hour = new Date().toISOString().slice(0, 13)
    const externalId = incoming.externalId ?? createHash('sha256').update(JSON.stringify([hour, addressKey(clientAddress(request, trustProxy) ?? ''), sent])).digest('base64url')
    await receive(engine, { ...SYSTEM_CALLER, actor: { ...SYSTEM_CALLER.actor, name: form.name } }, {
      ...incoming, channel: 'form', source: form.source, externalId, values: [...incoming.values ?? [], ...files.map(({ name, value }) => ({ name: name.slice(0, 120) || '?', value: value.slice(0, 300) }))],
      raw: JSON.stringify(sent, null, 2),
    }, Boolean(fields[TRAP]?.trim()))
    thank(form, engine.live.current.company.locale, request, response)
  })
  router.use('/:key', (error: Error, request: Request, response: Response, next: express.NextFunction) => {
    // Answered already: the form was cut off where it became too long.
    if (response.headersSent) return
    if (error instanceof multer.MulterError || ('status' in error && error.status === 413)) tooLarge(request, response)
    else next(error)
  })
  return router
}

function tooLarge(request: Request, response: Response): void {
  const message = `A form may send ${MOST_BYTES / 1024} kB, and with files ${MOST_WITH_FILES / 1024 / 1024} MB.`
  response.status(413).json({ error: { code: 'LIMIT_EXCEEDED', message: translate(message, languageOf(request)), limit: mostOf(request) } })
}

/** The language of the visitor, or that of the company. */
const languageOf = (request: Request, fallback: Locale = 'en'): Locale => (request.acceptsLanguages([...new Set([fallback, ...LOCALES])]) || fallback) as Locale

/** Scripts of the sites named may send and read the answer; of any site, where none is named. A browser sends no cookies along. */
function allowOrigin(form: Form, request: Request, response: Response): void {
  const { origin } = request.headers
  response.set({ 'vary': 'origin', 'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'no-store' })
  if (!origin) return
  if (form.origins.length && !form.origins.includes(origin)) throw new DomainError('FORBIDDEN', 'This form is not meant for this site.')
  response.set({ 'access-control-allow-origin': origin, 'access-control-allow-methods': 'POST', 'access-control-allow-headers': 'content-type', 'access-control-max-age': '3600' })
}

/** A flat list of texts, however it was sent; what is nested is kept as JSON. */
function textsOf(body: unknown): Record<string, string> {
  if (!body || typeof body !== 'object') return {}
  const text = (value: unknown): string => (Array.isArray(value) ? value.map(text).join(', ') : value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value ?? ''))
  return Object.fromEntries(Object.entries(body).slice(0, MOST_FIELDS).map(([name, value]) => [name, text(value)]))
}

function thank(form: Form, fallback: Locale, request: Request, response: Response): void {
  if (request.accepts(['json', 'html']) !== 'html') response.json({ ok: true })
  else if (form.thanks) response.redirect(303, form.thanks)
  else {
    const locale = languageOf(request, fallback)
    response.type('html').send(`<!doctype html><html lang="${locale}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>✓</title><p style="font:1.1rem system-ui;margin:15vh auto;max-width:30rem;padding:1rem;text-align:center">${textIn(THANKS, locale)}</p></html>`)
  }
}
