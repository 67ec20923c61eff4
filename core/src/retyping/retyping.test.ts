import { afterAll, describe, expect, it } from 'vitest'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { ATTEMPTS, runRetype } from './copy.ts'
import type { RetypeInput } from './plan.ts'
import { findRetype, startRetype } from './retype.ts'
import { removeFormer } from './undo.ts'

const crm = await testCrm()
const { engine, db } = crm.kartotek
const administrator = await crm.as('administrator', { locale: 'en' })
afterAll(() => crm.close())

// Answers are whatever the test asks for.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function ask(query: string, variables = {}, by = administrator): Promise<any> {
  const { data, errors } = await crm.query(by, query, variables)
  if (errors) throw new Error(errors[0]!.message)
  return data
}
const PLAN = 'mutation($field: String!, $input: FieldTypeInput!) { planFieldType(object: "client", field: $field, input: $input) { ready failing rows { id title value message } options { key label } usedBy } }'
const CHANGE = 'mutation($field: String!, $input: FieldTypeInput!) { changeFieldType(object: "client", field: $field, input: $input) { id state from to } }'
const field = async (name: string, type: string, more = ''): Promise<string> => (await ask(`mutation { createField(object: "client", input: { name: "${name}", type: ${type}, labels: { en: "${name}" } ${more} }) { key } }`)).createField.key
const client = async (custom: object): Promise<string> => (await ask('mutation($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name: `Client ${Math.random()}`, custom } })).createClient.id
const value = async (id: string, selection: string): Promise<any> => (await ask(`query($id: ID!) { client(id: $id) { custom { ${selection} } } }`, { id })).client.custom // eslint-disable-line @typescript-eslint/no-explicit-any -- as above
async function change(key: string, input: RetypeInput): Promise<string> {
  const { changeFieldType } = await ask(CHANGE, { field: key, input })
  await crm.drain()
  return changeFieldType.id
}

describe('a change of type', () => {
  it('shows what does not fit, is refused with it, and takes over what does', async () => {
    const key = await field('weight', 'text', 'filterable: true')
    const [light, heavy, wrong, empty] = [await client({ weight: '1,5' }), await client({ weight: '1 200' }), await client({ weight: 'a lot' }), await client({})]
    const { planFieldType: plan } = await ask(PLAN, { field: key, input: { type: 'decimal' } })
    expect(plan).toMatchObject({ ready: false, failing: 1, rows: [{ id: wrong, value: 'a lot' }], usedBy: [] })
    await expect(ask(CHANGE, { field: key, input: { type: 'decimal' } })).rejects.toThrow('1 records have values that do not fit')
    const id = await change(key, { type: 'decimal', scale: 3, emptyFailing: true })
    expect(await findRetype(engine.db, id)).toMatchObject({ state: 'done', emptied: 1 })
    for (const [record, weight] of [[light, '1.500'], [heavy, '1200.000'], [wrong, null], [empty, null]] as const) expect(await value(record!, 'weight')).toEqual({ weight })
    expect((await ask('{ clients(filter: { custom: { weight: { gt: "100" } } }) { nodes { id } } }')).clients.nodes).toEqual([{ id: heavy }])
    await expect(ask('mutation($id: ID!) { updateClient(id: $id, input: { custom: { weight: "x" } }) { id } }', { id: light })).rejects.toThrow('A Decimal is a number')
  })

  it('is undone with the values as they were, and with what was written since', async () => {
    const key = await field('size', 'text')
    const [kept, changed, lost] = [await client({ size: ' 007 ' }), await client({ size: '8' }), await client({ size: 'tall' })]
    const id = await change(key, { type: 'integer', emptyFailing: true })
    await ask('mutation($id: ID!) { updateClient(id: $id, input: { custom: { size: 12 } }) { id } }', { id: changed })
    const fresh = await client({ size: 33 })
    const { fieldTypeChanges: [listed] } = await ask('{ fieldTypeChanges(object: "client") { id from to state undoUntil } }')
    expect(listed).toMatchObject({ id, from: 'text', to: 'integer', state: 'DONE', undoUntil: expect.any(String) })
    expect(await ask('mutation($id: ID!) { undoFieldType(id: $id) { field lost } }', { id })).toEqual({ undoFieldType: { field: 'custom.size', lost: 0 } })
    for (const [record, size] of [[kept, '007'], [changed, '12'], [lost, 'tall'], [fresh, '33']] as const) expect(await value(record!, 'size')).toEqual({ size })
    await expect(ask('mutation($id: ID!) { undoFieldType(id: $id) { lost } }', { id })).rejects.toThrow('no change of type')
  })

  it.each([
    ['number to text', 'integer', { n: 5 }, { type: 'text' }, { n: '5' }, 'n'],
    ['text to e-mail', 'text', { n: 'Info@Example.com ' }, { type: 'email' }, { n: 'info@example.com' }, 'n'],
    ['text to phone', 'text', { n: '040 1234567' }, { type: 'phone' }, { n: { raw: '040 1234567', e164: '+358401234567' } }, 'n { raw e164 }'],
    ['text to date', 'text', { n: '15.03.2024' }, { type: 'date' }, { n: '2024-03-15' }, 'n'],
    ['text to yes and no', 'text', { n: 'да' }, { type: 'boolean' }, { n: true }, 'n'],
    ['yes and no to text', 'boolean', { n: true }, { type: 'text' }, { n: 'yes' }, 'n'],
    ['decimal to money', 'decimal', { n: '12.5' }, { type: 'money' }, { n: { amount: '12.50', currency: 'EUR' } }, 'n { amount currency }'],
    ['moment to day', 'dateTime', { n: '2024-03-15T22:30:00Z' }, { type: 'date' }, { n: '2024-03-16' }, 'n'],
  ])('%s', async (name, type, before, input, after, selection) => {
    const own = `c${name.replace(/[^a-z]/gi, '')}`
    const key = await field(own, type)
    const record = await client({ [own]: before.n })
    await change(key, input as RetypeInput)
    expect(await value(record, selection.replace('n', own))).toEqual({ [own]: after.n })
  })

  it('makes choices of the words of a text, words of choices, and of a choice one of several, whatever signs it has', async () => {
    const key = await field('colour', 'text')
    const [one, two, three] = [await client({ colour: 'Red' }), await client({ colour: 'red ' }), await client({ colour: 'Синий' })]
    const { planFieldType: plan } = await ask(PLAN, { field: key, input: { type: 'select' } })
    expect(plan).toMatchObject({ ready: true, options: [{ key: 'red', label: 'Red' }, { key: 'value_2', label: 'Синий' }] })
    await change(key, { type: 'select' })
    for (const [record, colour] of [[one, 'red'], [two, 'red'], [three, 'value_2']] as const) expect(await value(record!, 'colour { key }')).toEqual({ colour: { key: colour } })
    await change(key, { type: 'text' })
    expect([await value(one!, 'colour'), await value(three!, 'colour')]).toEqual([{ colour: 'Red' }, { colour: 'Синий' }])
    await change(key, { type: 'select', options: [{ key: 'both', labels: { en: 'Red, Синий' } }, { key: 'red', labels: { en: 'Red' } }, { key: 'blue', labels: { en: 'Синий' } }] })
    await ask('mutation($id: ID!) { updateClient(id: $id, input: { custom: { colour: "both" } }) { id } }', { id: one })
    expect((await ask(PLAN, { field: key, input: { type: 'multiSelect' } })).planFieldType).toMatchObject({ ready: true, failing: 0 })
    await ask('mutation($options: [OptionInput!]) { updateField(object: "client", field: "custom.colour", input: { options: $options }) { key } }', { options: [{ key: 'both', labels: { ru: 'Оба' } }, { key: 'red', labels: { ru: 'Красный' } }, { key: 'blue', labels: { ru: 'Синий' } }] })
    await change(key, { type: 'text' })
    // As people see it who have no words of their own language.
    expect(await value(one!, 'colour')).toEqual({ colour: 'Оба' })
    const partly = await crm.withRules({ objects: { client: { read: 'own' } }, capabilities: ['model.manage'] })
    await expect(ask(PLAN, { field: key, input: { type: 'select' } }, partly)).rejects.toThrow('Give the choices.')
  })

  it('takes a choice for what it is called, and never its label for the key of another', async () => {
    const key = await field('grade', 'select', 'options: [{ key: "b", labels: { en: "A" } }, { key: "x", labels: { en: "B" } }, { key: "c", labels: { en: "Old" } }]')
    const records = [await client({ grade: 'b' }), await client({ grade: 'x' }), await client({ grade: 'c' })]
    const grades = () => Promise.all(records.map(async (id) => (await value(id, 'grade { key }')).grade))
    // The labels go with the choices; one that is called otherwise now is known by its key.
    await change(key, { type: 'multiSelect', options: [{ key: 'a', labels: { en: 'C' } }, { key: 'b', labels: { en: 'A' } }, { key: 'x', labels: { en: 'B' } }, { key: 'c', labels: { en: 'New' } }, { key: 'old', labels: { en: 'D' } }] })
    expect(await grades()).toEqual([[{ key: 'b' }], [{ key: 'x' }], [{ key: 'c' }]])
    await change(key, { type: 'text' })
    await change(key, { type: 'select', options: [{ key: 'a', labels: { en: 'B' } }, { key: 'b', labels: { en: 'New' } }, { key: 'new', labels: { en: 'A' } }] })
    expect(await grades()).toEqual([{ key: 'new' }, { key: 'a' }, { key: 'b' }])
  })

  it('goes on where it was, and takes over what people write meanwhile', async () => {
    const key = await field('code', 'text')
    const record = await client({ code: '1' })
    const id = await startRetype(engine, administrator, 'client', key, { type: 'integer' })
    await expect(startRetype(engine, administrator, 'client', key, { type: 'date', emptyFailing: true })).rejects.toThrow('being changed already')
    const stop = new AbortController()
    stop.abort()
    await expect(runRetype(engine, SYSTEM_CALLER, id, stop.signal)).rejects.toThrow('aborted')
    await ask('mutation($id: ID!) { updateClient(id: $id, input: { custom: { code: "2" } }) { id } }', { id: record })
    // The first pass has been here already; the last one sees the change.
    await db.pool.query('update core.field_retype set after = $1 where id = $2', ['ffffffff-ffff-ffff-ffff-ffffffffffff', id])
    await runRetype(engine, SYSTEM_CALLER, id)
    await runRetype(engine, SYSTEM_CALLER, id)
    expect(await value(record, 'code')).toEqual({ code: 2 })
  })

  it('fails as a whole where something that does not fit is written meanwhile', async () => {
    const key = await field('level', 'text')
    const record = await client({ level: '1' })
    const id = await startRetype(engine, administrator, 'client', key, { type: 'integer' })
    await ask('mutation($id: ID!) { updateClient(id: $id, input: { custom: { level: "one" } }) { id } }', { id: record })
    await runRetype(engine, SYSTEM_CALLER, id)
    expect(await findRetype(engine.db, id)).toMatchObject({ state: 'failed', error: expect.stringContaining('does not fit') })
    expect(await value(record, 'level')).toEqual({ level: 'one' })
  })

  it('fails where the field is another one by the time of the swap, or something reads it by now', async () => {
    const begin = async (name: string): Promise<{ key: string, record: string, id: string }> => {
      const key = await field(name, 'text', 'filterable: true')
      const record = await client({ [name]: '1' })
      return { key, record, id: await startRetype(engine, administrator, 'client', key, { type: 'integer' }) }
    }
    const hidden = await begin('vanished')
    await ask(`mutation { hideField(object: "client", field: "${hidden.key}") { key } }`)
    await runRetype(engine, SYSTEM_CALLER, hidden.id)
    expect(await findRetype(engine.db, hidden.id)).toMatchObject({ state: 'failed', error: expect.stringContaining('changed meanwhile') })
    await expect(value(hidden.record, 'vanished')).rejects.toThrow()
    const renamed = await begin('renamed')
    await ask(`mutation { updateField(object: "client", field: "${renamed.key}", input: { labels: { en: "Better name" } }) { key } }`)
    await runRetype(engine, SYSTEM_CALLER, renamed.id)
    expect(await findRetype(engine.db, renamed.id)).toMatchObject({ state: 'failed' })
    const read = await begin('readBy')
    await ask('mutation($input: AutomationRuleInput!) { createAutomationRule(input: $input) { id } }', { input: { name: 'quick one', object: 'client', trigger: { on: 'created' }, condition: { custom: { readBy: { contains: '1' } } }, actions: [{ do: 'createTask', title: 'Look', assignee: 'owner' }] } })
    await runRetype(engine, SYSTEM_CALLER, read.id)
    expect(await findRetype(engine.db, read.id)).toMatchObject({ state: 'failed', error: expect.stringContaining('reads the field by now') })
    expect(await value(read.record, 'readBy')).toEqual({ readBy: '1' })
  })

  it.each([
    ['integer', '9007199254740993'], ['integer', '99999999999999999999'], ['decimal', '123456789012345678901234567890'], ['decimal', '1e400'], ['money', '12345678901234567890'], ['date', '0000-01-01'], ['dateTime', '99999-01-01'],
  ])('no %s is made of %s', async (type, text) => {
    const own = `huge${type}${text.replace(/\W/g, '')}`.slice(0, 30)
    const key = await field(own, 'text')
    const record = await client({ [own]: text })
    const { planFieldType: plan } = await ask(PLAN, { field: key, input: { type } })
    expect(plan).toMatchObject({ ready: false, failing: 1, rows: [{ id: record, value: text }] })
  })

  it('names saved views and segments to those with whom they are shared', async () => {
    const key = await field('viewed', 'text', 'filterable: true')
    const team = (await ask('mutation { createTeam(input: { name: "Elsewhere" }) { id } }')).createTeam.id
    const segment = (await ask('mutation($input: SegmentInput!) { createSegment(object: "client", input: $input) { id } }', { input: { name: 'For one team', filter: { custom: { viewed: { eq: 'A' } } } } })).createSegment.id
    await db.pool.query('update core.segment set teams = array[$1::uuid], everybody = false where id = $2', [team, segment])
    const other = await crm.withRules({ objects: { client: { read: 'all', update: 'all' } }, capabilities: ['model.manage'] })
    expect((await ask('mutation($field: String!) { planFieldType(object: "client", field: $field, input: { type: integer }) { alsoReadBy } }', { field: key }, other)).planFieldType.alsoReadBy).toEqual(['segment'])
  })

  it('leaves histories readable, and what is older than the type out of undo', async () => {
    const key = await field('mood', 'text', 'history: true')
    const record = await client({ mood: 'one' })
    const { changeSets } = await crm.query(administrator, 'mutation($id: ID!) { updateClient(id: $id, input: { custom: { mood: "7" } }) { id } }', { id: record })
    await change(key, { type: 'integer' })
    const { fieldHistory } = await ask(`query($id: ID!) { fieldHistory(object: "client", id: $id, field: "${key}") { value text } }`, { id: record })
    expect(fieldHistory).toEqual([{ value: 'one', text: 'one' }, { value: '7', text: '7' }].map((one) => expect.objectContaining({ text: one.text })))
    const { revertChangeSet } = await ask('mutation($id: ID!) { revertChangeSet(id: $id) { reverted kept { reason } } }', { id: changeSets[0] })
    expect(revertChangeSet.kept).toEqual([{ reason: 'changed' }])
    expect(await value(record, 'mood')).toEqual({ mood: 7 })
  })

  it('is refused for what reads the field, for references, and for fields of the core; the former field cannot be taken out alone', async () => {
    const key = await field('base', 'text')
    await field('twice', 'text', 'formula: "custom.base + custom.base"')
    expect((await ask(PLAN, { field: key, input: { type: 'integer' } })).planFieldType).toMatchObject({ ready: false, usedBy: ['formula custom.twice'] })
    await expect(ask(CHANGE, { field: key, input: { type: 'integer' } })).rejects.toThrow('formula custom.twice')
    await expect(ask(PLAN, { field: 'industry', input: { type: 'integer' } })).rejects.toThrow('Only own fields')
    await expect(ask(PLAN, { field: key, input: { type: 'reference' } })).rejects.toThrow('cannot become')
    await expect(ask(PLAN, { field: key, input: { type: 'integer' } }, await crm.as('manager'))).rejects.toThrow('model.manage')
    const { rows } = await db.pool.query(`select name from core.field where name like 'sizeBefore%' or name like 'weightBefore%'`)
    await expect(ask(`mutation { restoreField(object: "client", field: "custom.${rows[0].name}") { key } }`)).rejects.toThrow('Only own fields can be hidden.')
  })

  it('ends where it cannot be done, or where somebody cancels it, and can be begun anew', async () => {
    const key = await field('stuckness', 'text')
    const record = await client({ stuckness: '1' })
    const first = await startRetype(engine, administrator, 'client', key, { type: 'integer' })
    const column = (await findRetype(engine.db, first))!.toColumns[0]!.name
    await db.pool.query(`alter table core.client rename column "${column}" to gone_away`)
    for (let i = 1; i < ATTEMPTS; i++) await expect(runRetype(engine, SYSTEM_CALLER, first)).rejects.toThrow(column)
    await runRetype(engine, SYSTEM_CALLER, first)
    expect(await findRetype(engine.db, first)).toMatchObject({ state: 'failed', error: expect.stringContaining(column) })
    await db.pool.query(`alter table core.client rename column gone_away to "${column}"`)
    const second = await startRetype(engine, administrator, 'client', key, { type: 'integer' })
    const CANCEL = 'mutation($id: ID!) { cancelFieldType(id: $id) { state error } }'
    await expect(ask(CANCEL, { id: second }, await crm.as('manager'))).rejects.toThrow('model.manage')
    expect((await ask(CANCEL, { id: second })).cancelFieldType).toEqual({ state: 'FAILED', error: `Cancelled by ${administrator.actor.name}.` })
    const russian = { ...administrator, actor: { ...administrator.actor, locale: 'ru' as const } }
    expect((await ask('{ fieldTypeChanges(object: "client") { id error } }', {}, russian)).fieldTypeChanges).toContainEqual({ id: second, error: `Отменено: ${administrator.actor.name}.` })
    await expect(ask(CANCEL, { id: second })).rejects.toThrow('no change of type that runs')
    await runRetype(engine, SYSTEM_CALLER, second)
    expect(await value(record, 'stuckness')).toEqual({ stuckness: '1' })
    await change(key, { type: 'integer' })
    expect(await value(record, 'stuckness')).toEqual({ stuckness: 1 })
  })

  it('begins when whoever holds the table is through, and says who that is', { timeout: 60_000 }, async () => {
    const key = await field('patience', 'text')
    const record = await client({ patience: '5' })
    const reader = await db.pool.connect()
    await reader.query(`set application_name = 'a long report'; begin; select 1 from core.client limit 1`)
    const { changeFieldType } = await ask('mutation($field: String!) { changeFieldType(object: "client", field: $field, input: { type: integer }) { id state waitsFor { application } } }', { field: key })
    expect(changeFieldType).toMatchObject({ state: 'COPYING', waitsFor: [{ application: 'a long report' }] })
    for (let i = 0; i < ATTEMPTS; i++) await expect(runRetype(engine, SYSTEM_CALLER, changeFieldType.id)).rejects.toThrow('Somebody works in this table')
    await reader.query('commit; reset application_name')
    reader.release()
    await crm.drain()
    expect(await value(record, 'patience')).toEqual({ patience: 5 })
  })

  it('knows conditions that come to the field over lists and references, and no field with a longer name', async () => {
    const own = async (name: string) => (await ask(`mutation { createField(object: "order", input: { name: "${name}", type: text, labels: { en: "${name}" }, filterable: true }) { key } }`)).createField.key
    await own('grade')
    await own('grade2')
    const rule = (name: string, object: string, condition: object, title = 'Look') => ask('mutation($input: AutomationRuleInput!) { createAutomationRule(input: $input) { id } }', { input: { name, object, trigger: { on: 'created' }, condition, actions: [{ do: 'createTask', title, assignee: 'owner' }] } })
    await rule('by list', 'client', { orders: { some: { custom: { grade: { eq: 'A' } } } } })
    await rule('by longer name', 'order', { custom: { grade2: { eq: 'A' } } }, 'Look at {custom.grade2}')
    await ask('mutation { createField(object: "client", input: { name: "first", type: reference, to: "order", labels: { en: "First" } }) { key } }')
    await rule('by formula', 'order', { formula: 'custom.grade = "A" or custom.grade2 = "B"' })
    await rule('by longer name in a formula', 'order', { formula: 'custom.grade2 = "B"' })
    await rule('by reference', 'client', { formula: 'custom.first.custom.grade = "A"' })
    await rule('by text', 'order', { subject: { isNull: false } }, 'Look at {custom.grade}')
    await ask('mutation($input: SegmentInput!) { createSegment(object: "client", input: $input) { id } }', { input: { name: 'Good ones', filter: { orders: { some: { custom: { grade: { eq: 'A' } } } } } } })
    const { planFieldType: plan } = await ask('mutation { planFieldType(object: "order", field: "custom.grade", input: { type: integer }) { ready usedBy alsoReadBy } }')
    expect(plan).toEqual({ ready: false, usedBy: ['rule by formula', 'rule by list', 'rule by reference', 'rule by text'], alsoReadBy: ['segment Good ones'] })
  })

  it('lets the former values go after a month, in two steps', async () => {
    const count = async (): Promise<number> => (await db.pool.query(`select count(*)::int as n from information_schema.columns where table_schema = 'core' and table_name = 'client' and column_name = 'x_weight'`)).rows[0].n
    await db.pool.query(`update core.field_retype set swapped_at = now() - interval '31 days' where key = 'custom.weight'`)
    await removeFormer(engine)
    expect(await count()).toBe(1)
    await db.pool.query(`update core.field_retype set settled_at = now() - interval '2 days' where key = 'custom.weight'`)
    await removeFormer(engine)
    expect(await count()).toBe(0)
    // The column stays, empty and without its indexes, for the next field of its type.
    const spares = async () => (await db.pool.query(`select attname as name, (select count(*)::int from pg_index where indrelid = attrelid and attnum = any(indkey)) as indexes, attnum::int as number
      from pg_attribute where attrelid = 'core.client'::regclass and attname like '\\_spare\\_%' and not attisdropped order by attnum`)).rows as { name: string, indexes: number, number: number }[]
    const [spare] = await spares()
    expect(spare).toMatchObject({ indexes: 0 })
    expect((await db.pool.query(`select count("${spare!.name}")::int as n from core.client`)).rows).toEqual([{ n: 0 }])
    const last = async () => (await db.pool.query(`select max(attnum)::int as n, (select attnum::int from pg_attribute where attrelid = 'core.client'::regclass and attname = 'x_taken_again') as again from pg_attribute where attrelid = 'core.client'::regclass`)).rows[0] as { n: number, again: number | null }
    const before = await last()
    await field('takenAgain', 'text', 'unique: true, filterable: true')
    expect(await last()).toEqual({ n: before.n, again: spare!.number })
    const record = await client({ takenAgain: 'new' })
    expect(await value(record, 'takenAgain weight')).toEqual({ takenAgain: 'new', weight: null })
    expect((await ask('{ clients(filter: { custom: { takenAgain: { isNull: false } } }) { nodes { id } } }')).clients.nodes).toEqual([{ id: record }])
    expect(await spares()).toEqual((await spares()).filter(({ name }) => name !== spare!.name))
    // One of another type gets a column of its own.
    await field('ownType', 'date')
    expect((await last()).n).toBe(before.n + 1)
    expect((await ask('{ clients { nodes { custom { weight } } } }')).clients.nodes.length).toBeGreaterThan(0)
  })
})
