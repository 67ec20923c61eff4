import { expect, it } from 'vitest'
import type { PluginDefinition } from '@kartotek/sdk'
import { testCrm } from '../testing/crm.ts'
import { dropHoldings, holdingsOf } from './uninstall.ts'

const label = { en: 'X' }
const club: PluginDefinition = {
  id: 'book-club', version: '1.0.0',
  settings: { type: 'object', properties: { city: { type: 'string' } } },
  permissions: { preside: { label } },
  needs: { client: ['read'] },
  objects: [
    { name: 'book', plural: 'books', label, labelPlural: label, title: 'name', staged: true, fields: [
      { name: 'name', type: 'text', searchable: true, label }, { name: 'reader', type: 'reference', to: 'client', reverse: 'books', label },
    ] },
    { name: 'page', plural: 'pages', label, labelPlural: label, title: 'text', partOf: { object: 'book', field: 'book', list: 'pages' }, fields: [
      { name: 'book', type: 'reference', to: 'book', label }, { name: 'text', type: 'text', label },
    ] },
  ],
  fields: { client: [{ name: 'genre', type: 'text', filterable: true, label }, { name: 'favourite', type: 'reference', to: 'book', label }] },
  tables: { migrations: [{ id: '0001-shelf', sql: 'create table shelf (book uuid references core.book on delete cascade, place int); create index on shelf (place)' }] },
  timelineKinds: [{ key: 'book-club-reading', icon: 'book', color: 'green', label }],
  on: { 'book.created': { id: 'shelve', run: (events, ctx) => ctx.enqueue('shelve', { book: events[0]!.recordId }) } },
  jobs: { shelve: { attempts: 1, run: () => { throw new Error('No room.') } } },
  schedules: [{ id: 'dust', cron: '0 3 * * *', run: () => undefined }],
}

it('a plugin that is removed with its data leaves nothing behind, and all else as it was', async () => {
  const crm = await testCrm({ plugins: [club], work: false })
  const { db, settings, host } = crm.kartotek
  expect(host.problems).toEqual([])
  const admin = await crm.as('administrator')
  const run = async (source: string, variables: Record<string, unknown> = {}) => {
    const { data, errors } = await crm.query(admin, source, variables)
    expect(errors).toBeUndefined()
    return data
  }
  await settings.updatePlugin('book-club', { city: 'Oulu' }, null)
  await run(`mutation { createRole(input: { key: "reader", labels: { en: "Reader" }, rules: { objects: { book: { read: "all" } }, capabilities: ["book-club.preside", "import.run"] } }) { id } }`)
  await run('mutation { createField(object: "client", input: { name: "lent", type: reference, to: "book", labels: { en: "Lent" } }) { name } }')
  await run('mutation { createField(object: "book", input: { name: "isbn", type: text, labels: { en: "ISBN" }, filterable: true }) { name } }')
  const { createClient: { id: client } } = await run('mutation { createClient(input: { name: "Aino", kind: "person", bookClub: { genre: "novel" } }) { id } }')
  const { createBook: { id: book } } = await run('mutation ($client: ID!) { createBook(input: { name: "Sinuhe", reader: $client, pages: [{ text: "One" }] }) { id } }', { client })
  await run('mutation ($client: ID!, $book: ID!) { updateClient(id: $client, input: { custom: { lent: $book } }) { id } }', { client, book })
  await run('mutation ($client: ID!) { createTimelineEntry(input: { subject: { object: "client", id: $client }, kind: "book-club-reading", text: "Read aloud" }) { id } }', { client })
  await db.pool.query('insert into p_book_club.shelf values ($1, 1)', [book])
  expect((await crm.drain()).failed).toMatchObject([{ message: 'No room.' }, { message: 'No room.' }])

  expect(await holdingsOf(db.kysely, 'book-club')).toEqual({
    objects: [{ name: 'book', records: 1 }, { name: 'page', records: 1 }],
    fields: [{ object: 'client', key: 'book-club.favourite', values: 0 }, { object: 'client', key: 'book-club.genre', values: 1 }, { object: 'client', key: 'custom.lent', values: 1 }],
    tables: [{ name: 'shelf', rows: 1 }], timelineEntries: 1,
  })
  await crm.uninstall('book-club', { data: 'drop' })
  const { rows: [kept] } = await db.pool.query('select name, version from core.client where id = $1', [client])
  expect(kept).toMatchObject({ name: 'Aino' })
  const { rows: left } = await db.pool.query(`select object from core.change where object in ('book', 'page') union all select object from core.stage_visit where object = 'book' union all select kind from core.timeline_entry`)
  expect(left).toEqual([])
})

it('what it keeps is there again at its next start', async () => {
  const first = await testCrm({ plugins: [club] })
  const admin = await first.as('administrator')
  await first.query(admin, 'mutation { createBook(input: { name: "Kalevala" }) { id } }')
  await first.uninstall('book-club', { data: 'keep' })
  expect((await first.kartotek.db.pool.query('select name from core.book')).rows).toEqual([{ name: 'Kalevala' }])
  await first.kartotek.db.close()
})

it('is refused while another plugin leads to its objects', async () => {
  const crm = await testCrm({ plugins: [club, {
    id: 'library', version: '1.0.0', dependsOn: { 'book-club': { range: '*' } }, fields: { client: [{ name: 'reserved', type: 'reference', to: 'book', label }] },
  }] })
  await crm.close()
  await expect(dropHoldings(crm.kartotek.db, 'book-club')).rejects.toThrow('The field client.library.reserved of the plugin library leads to its objects: remove that plugin first.')
  await crm.kartotek.db.close()
})
