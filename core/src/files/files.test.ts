import { createServer } from 'node:http'
import { existsSync, readdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import express from 'express'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { errorAnswer } from '../http/error-answer.ts'
import { uploadsRouter } from '../import/index.ts'
import { testCrm } from '../testing/crm.ts'
import { testLog } from '../testing/index.ts'
import { filesRouter } from './routes.ts'
import { DISK } from './storages.ts'

const crm = await testCrm()
const { kartotek } = crm
let caller: Caller | null = null
const app = express()
app.use('/uploads', uploadsRouter({ engine: kartotek.engine, uploads: kartotek.uploads, authenticate: async () => caller, sameOrigin: () => true, maxFileBytes: () => 3_000_000 }))
app.use('/contents', filesRouter({ engine: kartotek.engine, files: kartotek.files, authenticate: async () => caller }))
app.use(errorAnswer(testLog as never))
const server = createServer(app).listen(0, '127.0.0.1')
const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
afterAll(async () => {
  server.close()
  await crm.close()
})

let anna: Caller, boris: Caller, client: string
const one = crm.ask
async function upload(who: Caller, name: string, body: Buffer | string): Promise<{ status: number, id: string }> {
  caller = who
  const form = new FormData()
  form.append('file', new Blob([body as never]), name)
  const answer = await fetch(`${base()}/uploads`, { method: 'POST', body: form })
  return { status: answer.status, id: ((await answer.json()) as { id: string }).id }
}
const ATTACH = 'mutation ($subject: RecordLinkInput!, $upload: ID!, $name: String) { attachFile(subject: $subject, upload: $upload, name: $name) { file version } }'
const attach = async (who: Caller, name: string, body: Buffer | string): Promise<string> =>
  (await one(who, ATTACH, { subject: { object: 'client', id: client }, upload: (await upload(who, name, body)).id })).attachFile.file
const get = (who: Caller | null, path: string, headers: Record<string, string> = {}) => { caller = who; return fetch(base() + path, { headers }) }
const FILE = 'query ($id: ID!) { file(id: $id) { name href preview subject { id } versions { number name bytes mime width by url } } }'
const file = async (who: Caller, id: string) => (await one(who, FILE, { id })).file

beforeAll(async () => {
  anna = await crm.as('manager')
  boris = await crm.as('manager')
  client = (await one(anna, 'mutation { createClient(input: { name: "Ромашка" }) { id } }')).createClient.id
})

describe('a file', () => {
  it('comes with its type by contents, a preview without what cameras write, and is given to who sees its record only', async () => {
    const photo = await sharp({ create: { width: 1200, height: 800, channels: 3, background: '#c33' } }).jpeg().withExif({ IFD0: { Artist: 'Kuvaaja' } }).toBuffer()
    const id = await attach(anna, 'Фото склада.png', photo)
    expect(await file(anna, id)).toMatchObject({
      name: 'Фото склада.png', href: `/contents/${id}`, preview: `/contents/${id}/preview`, subject: { id: client },
      versions: [{ number: 1, mime: 'image/jpeg', bytes: photo.length, width: 1200, by: anna.actor.name, url: `/contents/${id}/1` }],
    })
    const answer = await get(anna, `/contents/${id}`)
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(photo)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/jpeg', 'x-content-type-options': 'nosniff', 'cache-control': 'private, no-cache', 'content-disposition': `inline; filename*=UTF-8''${encodeURIComponent('Фото склада.png')}`,
    })
    expect(answer.headers.get('content-security-policy')).toContain('sandbox')
    const preview = Buffer.from(await (await get(anna, `/contents/${id}/preview`)).arrayBuffer())
    expect(await sharp(preview).metadata()).toMatchObject({ format: 'webp', width: 640, height: 427 })
    expect((await sharp(preview).metadata()).exif).toBeUndefined()
    expect((await get(anna, `/contents/${id}`, { 'if-none-match': answer.headers.get('etag')! })).status).toBe(304)

    for (const path of [`/contents/${id}`, `/contents/${id}/1`, `/contents/${id}/preview`]) expect((await get(boris, path)).status).toBe(404)
    expect((await get(null, `/contents/${id}`)).status).toBe(401)
    expect(await file(boris, id)).toBeNull()
  })

  it('is not kept for who loses the right while its contents are looked at', async () => {
    const find = kartotek.uploads.find.bind(kartotek.uploads)
    for (const version of [false, true]) {
      const clara = await crm.as('manager')
      const own = (await one(clara, 'mutation { createClient(input: { name: "Астра" }) { id } }')).createClient.id as string
      const subject = { object: 'client', id: own }
      const first = (await one(clara, ATTACH, { subject, upload: (await upload(clara, 'a.txt', 'a')).id })).attachFile.file as string
      const { id } = await upload(clara, 'b.txt', 'b')
      const slow = vi.spyOn(kartotek.uploads, 'find').mockImplementation(async (...args) => {
        await kartotek.db.pool.query('delete from core.user_role where user_id = $1', [clara.actor.userId])
        return find(...args)
      })
      const { errors } = version ? await crm.query(clara, 'mutation ($file: ID!, $upload: ID!) { addFileVersion(file: $file, upload: $upload) { version } }', { file: first, upload: id }) : await crm.query(clara, ATTACH, { subject, upload: id })
      slow.mockRestore()
      expect(errors?.[0]?.extensions.code).toBe(version ? 'NOT_FOUND' : 'FORBIDDEN')
      const { rows } = await kartotek.db.pool.query('select v.id from core.file_version v join core.file f on f.id = v.file_id where f.subject_id = $1', [own])
      expect(rows).toHaveLength(1)
    }
  })

  it('that a browser could run is saved, never shown', async () => {
    for (const [name, body] of [['page.html', '<script>alert(1)</script>'], ['picture.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'], ['прайс.csv', 'a;b\n1;2']] as const) {
      const answer = await get(anna, `/contents/${await attach(anna, name, body)}`)
      const type = answer.headers.get('content-type')!
      if (answer.headers.get('content-disposition')!.startsWith('inline')) expect(type).toBe('text/plain; charset=utf-8')
      else expect(type).toBe('application/octet-stream')
    }
  })

  it('has versions; a new one comes over the old one, which stays', async () => {
    const id = await attach(anna, 'договор.txt', 'первый')
    await one(anna, 'mutation ($file: ID!, $upload: ID!) { addFileVersion(file: $file, upload: $upload) { version } }', { file: id, upload: (await upload(anna, 'договор-2.txt', 'второй')).id })
    expect((await file(anna, id)).versions.map((v: { number: number, name: string }) => [v.number, v.name])).toEqual([[2, 'договор-2.txt'], [1, 'договор.txt']])
    expect(await (await get(anna, `/contents/${id}`)).text()).toBe('второй')
    expect(await (await get(anna, `/contents/${id}/1`)).text()).toBe('первый')
    // It stands in the history, and the first one can be the newest again.
    const { changeSets } = await one(anna, 'query ($id: ID!) { changeSets(object: "file", record: $id) { nodes { changes { fields { key after } } } } }', { id })
    expect(changeSets.nodes[0].changes[0].fields).toContainEqual({ key: 'contentVersion', after: 2 })
    expect((await one(anna, 'mutation ($file: ID!) { restoreFileVersion(file: $file, version: 1) { version changeSet } }', { file: id })).restoreFileVersion).toMatchObject({ version: 3, changeSet: expect.any(String) })
    expect(await (await get(anna, `/contents/${id}`)).text()).toBe('первый')
    for (const [who, version, code] of [[anna, 7, 'NOT_FOUND'], [boris, 1, 'NOT_FOUND']] as const) expect((await crm.query(who, 'mutation ($file: ID!, $version: Int!) { restoreFileVersion(file: $file, version: $version) { version } }', { file: id, version })).errors![0]!.extensions.code).toBe(code)
    const { errors } = await crm.query(boris, 'mutation ($file: ID!, $upload: ID!) { addFileVersion(file: $file, upload: $upload) { version } }', { file: id, upload: (await upload(boris, 'x.txt', 'x')).id })
    expect(errors![0]!.extensions.code).toBe('NOT_FOUND')
  })

  it('gets no version from who may not change it any more when the version is there', async () => {
    const admin = await crm.as('administrator')
    const id = await attach(admin, 'смета.txt', 'первая')
    const { id: late } = await upload(anna, 'смета.txt', 'поздно')
    const { uploads } = kartotek
    const give = (owner: Caller) => one(admin, 'mutation ($id: ID!, $owner: ID!) { updateClient(id: $id, input: { owner: $owner }) { id } }', { id: client, owner: owner.actor.userId })
    // The contents are looked at for a while; meanwhile the client goes to somebody else.
    const find = uploads.find.bind(uploads)
    const slow = vi.spyOn(uploads, 'find').mockImplementation(async (...args) => { await give(boris); return find(...args) })
    const { errors } = await crm.query(anna, 'mutation ($file: ID!, $upload: ID!) { addFileVersion(file: $file, upload: $upload) { version } }', { file: id, upload: late })
    slow.mockRestore()
    expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    expect((await file(admin, id)).versions).toHaveLength(1)
    await give(anna)
  })

  it('may be a link to a document elsewhere, but not nothing', async () => {
    const input = { subject: { object: 'client', id: client }, name: 'Смета', url: 'https://docs.example.com/1' }
    const { createFile } = await one(anna, 'mutation ($input: FileCreateInput!) { createFile(input: $input) { id url href versions { number } } }', { input })
    expect(createFile).toMatchObject({ url: 'https://docs.example.com/1', href: null, versions: [] })
    const { errors } = await crm.query(anna, 'mutation ($input: FileCreateInput!) { createFile(input: $input) { id } }', { input: { subject: input.subject, name: 'Пусто' } })
    expect(errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'url', rule: 'required' }] })
  })

  it('stands in the timeline of its record, and is found there by name', async () => {
    const { timeline } = await one(anna, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["file"], search: "договор") { nodes { id kind heading href version author { name } } } }', { id: client })
    // It is no entry that could be changed, and is opened from there.
    expect(timeline.nodes).toEqual([{ id: expect.any(String), kind: 'file', heading: 'договор.txt', href: `/contents/${timeline.nodes[0].id}`, version: null, author: { name: anna.actor.name } }])
    const link = await one(anna, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["file"], search: "смета") { nodes { href } } }', { id: client })
    expect(link.timeline.nodes).toContainEqual({ href: 'https://docs.example.com/1' })
    const blind = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'file.url': { read: false } } })
    expect(JSON.stringify(await one(blind, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["file"]) { nodes { href } } }', { id: client }))).not.toContain('example.com')
  })

  it.each<[string, string, string | Buffer<ArrayBuffer>, string]>([
    ['a program by its name', 'счёт.pdf.exe', 'x', 'INVALID_INPUT'],
    ...['run.bat ', 'invoice.js.', 'a.exe . .', 'link.url', 'a.PY'].map((name) => [`«${name}»`, name, 'x', 'INVALID_INPUT'] as [string, string, string, string]),
    ['a program by its contents', 'счёт.pdf', Buffer.from('7f454c4602010100000000000000000003003e0001000000', 'hex'), 'INVALID_INPUT'],
    ['an empty file', 'пусто.txt', '', 'INVALID_INPUT'],
  ])('refuses %s and leaves nothing in the storage', async (_what, name, body, code) => {
    const stored = () => readdirSync(new URL(`file://${kartotek.uploads.pathOf('01900000-0000-7000-8000-000000000000')}/../stored/`), { recursive: true }).length
    const before = stored()
    const { id } = await upload(anna, name, body)
    const { errors } = await crm.query(anna, ATTACH, { subject: { object: 'client', id: client }, upload: id })
    expect(errors![0]!.extensions.code).toBe(code)
    expect(stored()).toBe(before)
  })

  it('is of the types that the administrator takes, by its name and by its first bytes', async () => {
    const admin = await crm.as('administrator')
    const { pluginSettings: { values } } = await one(admin, '{ pluginSettings(plugin: "files") { values } }')
    const set = (onlyTypes: string) => one(admin, 'mutation ($values: JSON!) { updatePluginSettings(plugin: "files", values: $values) { values } }', { values: { ...values, onlyTypes } })
    const picture = async (format: 'png' | 'jpeg') => sharp({ create: { width: 8, height: 8, channels: 3, background: '#3c3' } }).toFormat(format).toBuffer()
    await set('.pdf, JPEG docx;txt')
    try {
      const told = async (name: string, body: Buffer | string) => {
        const { errors } = await crm.query(anna, ATTACH, { subject: { object: 'client', id: client }, upload: (await upload(anna, name, body)).id })
        return errors ? [errors[0]!.message, errors[0]!.extensions.fields] : 'taken'
      }
      const message = 'Only files of these types are taken: pdf, jpg, docx, txt.'
      expect(await told('photo.png', await picture('png'))).toEqual([message, [{ field: 'upload', rule: 'fileType', message }]])
      // Another type under a name that is taken is none.
      expect(await told('photo.jpg', await picture('png'))).toEqual([message, expect.anything()])
      expect(await told('photo', await picture('jpeg'))).toEqual([message, expect.anything()])
      expect(await told('page.pdf', '<script>alert(1)</script>')).toEqual([message, expect.anything()])
      expect(await told('photo.jpg', await picture('jpeg'))).toBe('taken')
      expect(await told('photo.JPEG', await picture('jpeg'))).toBe('taken')
      // An archive as office programs make it, of which more is not known.
      expect(await told('letter.docx', Buffer.from('504b0506000000000000000000000000000000000000', 'hex'))).toBe('taken')
      expect(await told('note.txt', 'Hei')).toBe('taken')
      // A word that is no ending of any file takes none.
      await set('tx*')
      expect(await told('note.txt', 'Hei')).toEqual([expect.stringContaining('tx*'), expect.anything()])
      await set('*.*')
      expect(await told('photo.png', await picture('png'))).toBe('taken')
    } finally {
      await set('')
    }
    await attach(anna, 'photo.png', await picture('png'))
  })

  it('is not made of what is too large, of an upload of somebody else, or at a record that one may not change', async () => {
    expect((await upload(anna, 'большой.bin', Buffer.alloc(3_100_000))).status).toBe(413)
    const { id } = await upload(anna, 'моё.txt', 'моё')
    expect((await crm.query(boris, ATTACH, { subject: { object: 'client', id: client }, upload: id })).errors![0]!.extensions.code).toMatch(/NOT_FOUND/)
    const own = await upload(boris, 'x.txt', 'x')
    expect((await crm.query(boris, ATTACH, { subject: { object: 'client', id: client }, upload: own.id })).errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'subject', rule: 'reference' }] })
    // nothing was lost: the upload can be used once more
    expect(existsSync(kartotek.uploads.pathOf(own.id))).toBe(true)
  })

  it('is not lost with what could not be committed, and what nothing names is swept away', async () => {
    const own = await upload(anna, 'важно.txt', 'важно')
    const { pool } = kartotek.db
    await pool.query(`create function core.refuse_version() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$;
      create constraint trigger refuse_version after insert on core.file_version deferrable initially deferred for each row execute function core.refuse_version()`)
    expect((await crm.query(anna, ATTACH, { subject: { object: 'client', id: client }, upload: own.id })).errors![0]!.extensions.code).toBe('INTERNAL')
    await pool.query('drop trigger refuse_version on core.file_version; drop function core.refuse_version()')
    const { attachFile } = await one(anna, ATTACH, { subject: { object: 'client', id: client }, upload: own.id })
    expect(await (await get(anna, `/contents/${attachFile.file}`)).text()).toBe('важно')
    const keys = async (moment: Date): Promise<string[]> => { const all: string[] = []; for await (const key of kartotek.files.storages.of(DISK).keysBefore(moment)) all.push(key); return all }
    const soon = new Date(Date.now() + 60_000)
    const before = await keys(soon)
    vi.useFakeTimers({ now: Date.now() + 2 * 86_400_000, toFake: ['Date'] })
    expect(await kartotek.files.removeGone()).toBe(1)
    vi.useRealTimers()
    expect((await keys(soon)).length).toBe(before.length - 1)
    expect(await (await get(anna, `/contents/${attachFile.file}`)).text()).toBe('важно')
  })

  it('and its contents are gone when it has left the trash', async () => {
    const id = await attach(anna, 'лишний.txt', 'лишний')
    await kartotek.db.pool.query('delete from core.file where id = $1', [id])
    await kartotek.db.pool.query(`update core.file_version set created_at = now() - interval '2 hours' where file_id = $1`, [id])
    expect(await kartotek.files.removeGone()).toBe(1)
    expect((await get(anna, `/contents/${id}`)).status).toBe(404)
  })
})
