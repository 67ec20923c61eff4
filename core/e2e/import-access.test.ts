import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { columnOf, objectOf } from '../src/model/model.ts'
import { eventually } from '../src/testing/child.ts'
import { testNode } from '../src/testing/node.ts'
import { leaks, tokensIn, type Canaries } from './access/canaries.ts'
import { canariesNow, importing, outcomes, RUN, START } from './access/importing.ts'
import { PLUGINS } from './access/plugin-part.ts'
import { DENIED, makeWorld, MONEY, PROBE, taxId, word, type Person } from './access/world.ts'

const world = await makeWorld()
const { crm } = world
const { db } = crm.kartotek
const node = await testNode(crm, { KARTOTEK_PLUGINS: PROBE })
afterAll(async () => {
  await node.close()
  await crm.close()
})

const { headersOf, ask, upload, load, importer: makeImporter, describedByNoClosedField } = importing(world, node)

let importer: Person
let canaries: Canaries
const look = async (): Promise<void> => { canaries = await canariesNow(world) }
beforeAll(async () => {
  importer = await makeImporter(world.person('administrator'), new Set(MONEY))
  await look()
})
/** Whole values of hidden records, by object and field. */
async function hiddenValue(key: string, column: string, table = 'client'): Promise<string> {
  const { rows } = await sql<{ value: string }>`select ${sql.id(column)}::text as value from core.${sql.id(table)} where id = ${world.id(key)}`.execute(db.kysely)
  return rows[0]!.value
}

it('finds no hidden record by tax number, phone, mail or reference: rows fare as with values that nobody has', async () => {
  const hidden = () => db.kysely.selectFrom('core.client').selectAll().where('id', 'in', [world.id('client_X'), world.id('client_S')]).orderBy('id').execute()
  const before = await hidden()
  const taken = { tax: await hiddenValue('client_X', 'tax_id'), mail: '' }
  for (const { key } of (await sql<{ key: string }>`select key from core.contact_point where client_id = ${world.id('client_S')} and kind = 'email'`.execute(db.kysely)).rows) taken.mail = key
  const rows = [['name', 'tax', 'mail'], [word(), taken.tax, ''], [word(), taxId(), ''], [word(), '', taken.mail], [word(), '', `${word()}@example.com`]]
  for (const onMatch of ['update', 'skip', 'create']) {
    const { run, text } = await load(importer, rows, { object: 'client', match: ['taxId', 'contactPoint'], onMatch, fields: { name: 'name', taxId: 'tax', contactPoints: [{ kind: { constant: 'email' }, value: 'mail' }] } })
    expect(run).toMatchObject({ state: 'DONE', failed: 0 })
    const told = await ask(importer, `{ changeSet(id: "${run.changeSet ?? ''}") { records changes { title fields { key before after } } } }`)
    expect([onMatch, leaks(importer, canaries, text + told.text, JSON.stringify(rows)).filter((l) => !rows.flat().some((cell) => cell.includes(l.split(' ')[0]!)))]).toEqual([onMatch, []])
    expect(await hidden()).toEqual(before)
    // The first time all are new; then they find what the first time made.
    expect([onMatch, run.created]).toEqual([onMatch, onMatch === 'skip' ? 0 : 4])
  }
}, 90_000)

it('says the same of a reference to a hidden record and of one to nothing', async () => {
  const ways = [['client', 'name', await hiddenValue('client_S', 'name')], ['client', 'code', await hiddenValue('client_S', 'code')], ['client', 'taxId', await hiddenValue('client_S', 'tax_id')]] as const
  for (const [field, by, value] of ways) {
    const invented = by === 'taxId' ? taxId() : word()
    const { run, text } = await load(importer, [['subject', 'client'], ['One', value], ['Two', invented]], { object: 'order', fields: { subject: 'subject', [field]: { column: 'client', by } } })
    expect(run).toMatchObject({ state: 'DONE', failed: 2 })
    const [hidden, none] = outcomes(run, 2, [value, invented])
    expect(hidden).toBe(none)
    expect(leaks(importer, canaries, text.replaceAll(value, ''))).toEqual([])
  }
  // Rows of a list that belong to a hidden order.
  const number = await hiddenValue('order_X', 'number', 'order')
  const { run } = await load(importer, [['order', 'text'], [number, 'x'], ['none', 'x']], { object: 'orderLine', partOf: { object: 'order', list: 'lines', key: { columns: ['order'], field: 'number' } }, fields: { text: 'text' } })
  const [hidden, none] = outcomes(run, 2, [number, 'none'])
  expect(hidden).toBe(none)
}, 90_000)

/** A reference to each object, to find its records by a field. */
const REFERRING: Record<string, [object: string, field: string]> = {
  client: ['probeNote', 'client'], contact: ['order', 'contact'], user: ['order', 'owner'], xGadget: ['client', 'custom.aReference'], product: ['xGadget', 'custom.aReference'],
}

it('describes a file by no field that is closed, as if it did not exist', async () => {
  await describedByNoClosedField(world.person('restricted'), DENIED, REFERRING, canaries)
  // A token of some of the roles imports nothing.
  const token = world.person('wide_token')
  expect((await ask(token, START, { upload: await upload(token, 'a,b\n1,2\n'), mapping: { object: 'product', fields: { name: 'a' } } })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
}, 90_000)

it('keeps uploads, runs, their error files and their changes to whom they belong', async () => {
  const secret = { loaded: word(), failed: word() }
  const uploaded = await upload(importer, `name,kind\n${secret.loaded},person\n${secret.failed},robot\n`)
  const { run } = await load(importer, [['name', 'kind'], [secret.loaded, 'person'], [secret.failed, 'robot']], { name: word(), object: 'client', fields: { name: 'name', kind: 'kind' } })
  expect(run).toMatchObject({ created: 1, failed: 1 })
  const { rows: [made] } = await sql<{ id: string }>`select root_id as id from core.change where change_set_id = ${run.changeSet}`.execute(db.kysely)
  world.records.push({ object: 'client', id: made!.id, key: 'imported_1', groups: [] })
  await look()
  const own = await fetch(`${node.url}${run.errorFile}`, { headers: await headersOf(importer) })
  expect([own.status, (await own.text()).includes(secret.failed)]).toEqual([200, true])

  const UNKNOWN = '01900000-0000-7000-8000-000000000000'
  for (const person of world.people.filter((p) => p.name !== 'plugin')) {
    const file = async (path: string) => {
      const response = await fetch(`${node.url}/uploads/${path}`, { headers: await headersOf(person) })
      return { status: response.status, text: await response.text() }
    }
    const documents = (id: string, upload: string, set: string): [string, object?][] => [
      [RUN, { id }], ['query($upload: ID!) { uploadPreview(upload: $upload) { header rows } }', { upload }],
      [START, { upload, mapping: { object: 'client', fields: { name: 'name' } } }], ['mutation($id: ID!) { cancelImport(id: $id) { id name } }', { id }],
      ['query($id: ID!) { changeSet(id: $id) { summary records changes { title fields { key before after beforeText afterText } } } }', { id: set }],
    ]
    const all = person.name === 'administrator'
    const foreign = documents(run.id, uploaded, run.changeSet!)
    const nothing = documents(UNKNOWN, UNKNOWN, UNKNOWN)
    for (const [i, [query, variables]] of foreign.entries()) {
      const answer = await ask(person, query, variables)
      expect([person.name, query, leaks(person, canaries, answer.text, JSON.stringify(variables))]).toEqual([person.name, query, []])
      if (!all) expect([person.name, query, answer.text.includes(secret.failed)]).toEqual([person.name, query, false])
      // The change set is seen by who sees the record or reads the audit trail.
      const may = i === 4 ? person.sees(world.records.at(-1)!) : all && (i === 0 || i === 3)
      const normal = (text: string): string => text.replaceAll(run.id, UNKNOWN).replaceAll(uploaded, UNKNOWN).replaceAll(run.changeSet!, UNKNOWN)
      if (!may) expect([person.name, query, normal(answer.text)]).toEqual([person.name, query, (await ask(person, ...nothing[i]!)).text])
    }
    expect((await ask(person, '{ imports { id name problems { raw } } }')).text.includes(run.id)).toBe(all)
    const errors = await file(`import-errors/${run.id}.csv`)
    if (!all) expect([person.name, errors]).toEqual([person.name, await file(`import-errors/${UNKNOWN}.csv`)])
    for (const path of [uploaded, `import-errors/${uploaded}.csv`, `import-errors/..%2f${uploaded}`, `..%2ffiles%2f${uploaded}`]) {
      const { status, text } = await file(path)
      expect([path, status >= 400, text.includes(secret.loaded)]).toEqual([path, true, false])
    }
  }
  for (const path of [`/uploads/import-errors/${run.id}.csv`, '/uploads/']) expect((await fetch(`${node.url}${path}`, { method: path.endsWith('/') ? 'POST' : 'GET' })).status).toBe(401)
}, 90_000)

it('tells in an import that fails as a whole, or in rows that fail, nothing of what is hidden', async () => {
  const values = [...canaries.values()].flatMap(([holder]) => (holder!.root.key === 'client_X' && holder!.text !== undefined ? [holder!.text] : []))
  const rows = [['name', 'a', 'b'], ...values.slice(0, 60).map((v) => [word(), v, v])]
  const told = (text: string): string[] => leaks(importer, canaries, text).filter((l) => !tokensIn(rows.flat().join('\n')).has(l.split(' ')[0]!))
  for (const fields of [
    { name: 'name', owner: { column: 'a', by: 'name' } }, { name: 'name', taxId: 'b', enteredOn: 'a' }, { name: 'name', custom: 'a' }, { name: 'name', 'custom.aReference': { column: 'a', by: 'name' } },
    { name: 'name', 'custom.aDecimal': 'a', 'custom.aPhone': 'b' }, { name: 'name', code: 'a', 'custom.hush': 'a' },
  ]) {
    const started = await ask(importer, START, { upload: await upload(importer, rows.map((r) => r.join(',')).join('\n')), mapping: { object: 'client', match: ['key'], key: { columns: ['a'] }, fields } })
    expect([fields, told(started.text)]).toEqual([fields, []])
    if (started.errors) { expect(started.errors[0]!.extensions.code).not.toBe('INTERNAL'); continue }
    const { id } = started.data.startImport as { id: string }
    const text = await eventually(async () => {
      const answer = await ask(importer, RUN, { id })
      return ['DONE', 'FAILED'].includes(answer.data.import.state) ? answer.text : undefined
    }, 60)
    expect([fields, told(text), text.includes('internal')]).toEqual([fields, [], false])
  }
}, 90_000)

describe('records of the bundled plugins', async () => {
  const world = await makeWorld(PLUGINS)
  const { crm } = world
  const node = await testNode(crm, { KARTOTEK_PLUGINS: [PROBE, ...PLUGINS.plugins].join(',') })
  const { load, importer: makeImporter, describedByNoClosedField } = importing(world, node)
  afterAll(async () => {
    await node.close()
    await crm.close()
  })
  const { model } = crm.kartotek.engine.live.current

  it('are found by no reference: rows fare as with values that nobody has', async () => {
    const importer = await makeImporter(world.person('administrator'), new Set(MONEY))
    const canaries = await canariesNow(world)
    const compared: string[] = []
    for (const name of ['callListItem', 'call', 'missedCall', 'conversation', 'task']) {
      const object = objectOf(model, name)
      const references = (await Promise.all(object.fields.filter((field) => field.handler.filter === 'relation' && field.to && !field.readOnly).map(async (field) => {
        const to = objectOf(model, field.to!)
        const hidden = world.records.filter((record) => record.object === to.name && !importer.sees(record)).map(({ id }) => id)
        const title = columnOf(to.byKey.get(to.title)!)
        const { rows: [row] } = await sql<{ value: string }>`select ${sql.id(title)} as value from core.${sql.id(to.table)} where id = any(${hidden}::uuid[]) and ${sql.id(title)} is not null limit 1`.execute(crm.kartotek.db.kysely)
        return row ? [{ field: field.key, by: to.title, value: row.value }] : []
      }))).flat()
      const text = object.fields.find((field) => field.required && field.type === 'text' && !field.group && !field.readOnly)?.key
      // Two rows for each: all others of the row are empty.
      const rows = references.flatMap(({ value }, i) => [value, word()].map((one) => [word(), ...references.map((_, j) => (i === j ? one : ''))]))
      const { run, text: told } = await load(importer, [['text', ...references.map(({ field }) => field)], ...rows], { object: name, fields: { ...text ? { [text]: 'text' } : {}, ...Object.fromEntries(references.map(({ field, by }) => [field, { column: field, by }])) } })
      const fates = outcomes(run, rows.length, rows.flat().filter(Boolean))
      for (let i = 0; i < rows.length; i += 2) expect([name, references[i / 2]!.field, fates[i], run.state]).toEqual([name, references[i / 2]!.field, fates[i + 1], run.state])
      expect(leaks(importer, canaries, rows.flat().filter(Boolean).reduce((all, one) => all.replaceAll(one, ''), told))).toEqual([])
      compared.push(...references.map(({ field }) => `${name}.${field}`))
    }
    expect(compared).toEqual(expect.arrayContaining(['callListItem.list', 'callListItem.client', 'call.client', 'call.contact', 'missedCall.client', 'conversation.client']))
  }, 90_000)

  it('describe a file by no field that is closed, as if it did not exist', async () => {
    const restricted = world.person('restricted')
    const closed = [...restricted.denied].filter((path) => !DENIED.includes(path))
    expect(closed).toEqual(expect.arrayContaining(['call.number', 'message.text', 'user.telephony.extension', 'timelineEntry.messengers.text']))
    await describedByNoClosedField(restricted, closed, { callList: ['callListItem', 'list'], user: ['order', 'owner'] }, await canariesNow(world))
  }, 90_000)
})
