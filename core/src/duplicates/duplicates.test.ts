import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const { pool } = crm.kartotek.db
const one = crm.ask
const settled = async (): Promise<void> => { const { failed } = await crm.drain(); expect(failed).toEqual([]) }
let admin: Caller, anna: Caller, boris: Caller
beforeAll(async () => {
  admin = await crm.as('administrator')
  anna = await crm.as('manager')
  boris = await crm.as('manager')
})
const create = (caller: Caller, input: Record<string, unknown>, object = 'Client') => one(caller, `mutation ($input: ${object}CreateInput!) { create${object}(input: $input) { id } }`, { input }).then((data) => data[`create${object}`].id as string)
const phone = (value: string) => [{ kind: 'phone', value }]
const POSSIBLE = 'query ($object: String!, $input: JSON!, $id: ID) { possibleDuplicates(object: $object, input: $input, id: $id) { object record { id title } owner strength reasons { kind value } } }'
const possible = (caller: Caller, input: object, object = 'client') => one(caller, POSSIBLE, { object, input }).then((data) => data.possibleDuplicates)
const PAIRS = 'query ($object: String!, $dismissed: Boolean, $record: ID) { duplicatePairs(object: $object, dismissed: $dismissed, record: $record) { nodes { id first { id title } second { id title } strength canMerge reasons { kind value } } } }'
const pairs = (caller: Caller, record: string, more: object = {}) => one(caller, PAIRS, { object: 'client', record, ...more }).then((data) => data.duplicatePairs.nodes)

describe('at entry', () => {
  it('shows what may be the same, with the reasons, the strongest first, in any writing', async () => {
    const id = await create(anna, { name: 'ТОВ «Сонечко»', taxId: { value: '2077474-0', country: 'FI' }, contactPoints: [...phone('040 123 4567'), { kind: 'email', value: 'info@sonechko.fi' }] })
    const similar = await create(anna, { name: 'Сонечкоо' })
    await settled()
    const found = await possible(anna, { name: 'Сонечко', taxId: { value: 'FI20774740', country: 'FI' }, contactPoints: phone('+358 40 1234567') })
    expect(found).toEqual([
      { object: 'client', record: { id, title: 'ТОВ «Сонечко»' }, owner: null, strength: 'CRITICAL', reasons: [{ kind: 'taxId', value: 'FI:20774740' }, { kind: 'phone', value: '+358401234567' }, { kind: 'name', value: 'СОНЕЧКО' }] },
      { object: 'client', record: { id: similar, title: 'Сонечкоо' }, owner: null, strength: 'WEAK', reasons: [{ kind: 'similarName', value: 'СОНЕЧКОО' }] },
    ])
    expect(await possible(anna, { contactPoints: [{ kind: 'email', value: 'info@sonechko.fi' }] })).toMatchObject([{ strength: 'WEAK' }])
    expect(await possible(anna, { name: 'Совсем другое' })).toEqual([])
    // A person with that number: the client is a hint.
    expect(await possible(anna, { name: 'Оля', contactPoints: phone('040 1234567') }, 'contact')).toMatchObject([{ object: 'client', record: { id }, strength: 'MEDIUM' }])
    expect(await possible(anna, { name: 'Оля', contactPoints: phone('040 1234567'), clients: [{ client: id }] }, 'contact')).toEqual([])
  })

  it('puts who has the same number or address before those who are called alike, and tells of these a few', async () => {
    for (let i = 1; i <= 8; i++) await create(anna, { name: `Северный ветер №${i}`, contactPoints: [{ kind: 'email', value: `north${i}@veter.example` }] })
    await create(anna, { name: 'Северный ветер' })
    const person = await create(anna, { lastName: 'Ветрова', contactPoints: phone('040 9990001') }, 'Contact')
    await settled()
    const found = await possible(anna, { name: 'Северный ветер', contactPoints: phone('0409990001') }) as { object: string, record: { id: string }, reasons: { kind: string }[] }[]
    expect(found[0]).toMatchObject({ object: 'contact', record: { id: person } })
    expect(found.slice(1).map(({ reasons }) => reasons[0]!.kind)).toEqual(['name', 'similarName', 'similarName', 'similarName', 'similarName'])
  })

  it('tells of hidden records only to who may learn whose they are, and of closed fields to nobody', async () => {
    await create(boris, { name: 'Borisov', contactPoints: phone('040 7654321') })
    await settled()
    const input = { name: 'Borisov', contactPoints: phone('0407654321') }
    expect(await possible(anna, input)).toEqual([{ object: 'client', record: null, owner: boris.actor.name, strength: 'STRONG', reasons: expect.any(Array) }])
    const own = { read: 'own', create: 'own', update: 'own', delete: 'own' } as const
    expect(await possible(await crm.withRules({ objects: { '*': own } }), input)).toEqual([])
    const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
    const blind = await crm.withRules({ objects: { '*': all }, fields: { 'contactPoint.value': { read: false }, 'client.name': { read: false } } })
    expect(await possible(blind, input)).toEqual([])
  })

  it('asks the right to enter again what is there by a strong match, and keeps that it was done', async () => {
    const own = { read: 'own', create: 'own', update: 'own', delete: 'own' } as const
    const carl = await crm.withRules({ objects: { '*': own, 'user': { read: 'all' } }, capabilities: ['duplicates.see'] })
    const id = await create(carl, { name: 'Twice', contactPoints: phone('040 5550001') })
    await settled()
    const input = { name: 'Other name', contactPoints: phone('+358405550001') }
    const CREATE = 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }'
    const { errors } = await crm.query(carl, CREATE, { input })
    expect(errors![0]!.extensions).toMatchObject({ code: 'DUPLICATE', object: 'client', duplicates: [{ id, title: 'Twice', strength: 'strong', reasons: ['phone'] }] })
    // Of many the others are written.
    const { createClients } = await one(carl, 'mutation ($inputs: [ClientCreateInput!]!) { createClients(inputs: $inputs) { succeeded failed results { error { code } } } }', { inputs: [input, { name: 'Fresh one' }] })
    expect(createClients).toMatchObject({ succeeded: 1, failed: 1, results: [{ error: { code: 'DUPLICATE' } }, { error: null }] })
    // What is hidden stops nobody.
    await create(boris, { name: 'Boris too', contactPoints: phone('+358405550001') })

    const again = await create(admin, input)
    const { changeSets } = await one(admin, '{ changeSets(object: "client", record: "' + again + '") { nodes { despite { id title } } } }')
    expect(changeSets.nodes[0].despite).toContainEqual({ id, title: 'Twice' })
    expect((await one(carl, '{ changeSets(first: 50) { nodes { despite { id } } } }')).changeSets.nodes.flatMap((n: { despite: unknown[] }) => n.despite)).toEqual([])
  })
})

describe('the queue', () => {
  it('has each pair once, follows changes, and forgets what is gone', async () => {
    const a = await create(admin, { name: 'Пара один', contactPoints: phone('040 5550101') })
    const b = await create(admin, { name: 'Пара два', contactPoints: phone('040 5550101') })
    await settled()
    const found = await pairs(admin, a)
    expect(found).toMatchObject([{ strength: 'STRONG', canMerge: true, reasons: expect.arrayContaining([{ kind: 'phone', value: '+358405550101' }]) }])
    expect([found[0].first.id, found[0].second.id].sort()).toEqual([a, b].sort())
    expect(await pairs(admin, b)).toEqual(found)
    await one(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { contactPoints: [] }) { id } }', { id: a })
    await settled()
    expect((await pairs(admin, a)).every((p: { reasons: { kind: string }[] }) => p.reasons.every((r) => r.kind !== 'phone'))).toBe(true)
    await one(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { contactPoints: [{ kind: "phone", value: "040 5550101" }] }) { id } }', { id: a })
    await settled()
    expect(await pairs(admin, a)).toHaveLength(1)
    await one(admin, 'mutation ($id: ID!) { deleteClient(id: $id) { id } }', { id: b })
    await settled()
    expect(await pairs(admin, a)).toEqual([])
  })

  it('remembers what is no duplicate, whatever is found later', async () => {
    const a = await create(admin, { name: 'Двойня А', contactPoints: phone('040 5550202') })
    await create(admin, { name: 'Двойня Б', contactPoints: phone('040 5550202') })
    await settled()
    const [pair] = await pairs(admin, a)
    await one(admin, 'mutation ($id: ID!) { dismissDuplicate(pair: $id) }', { id: pair.id })
    await one(admin, 'mutation { scanDuplicates(object: "client") }')
    await one(admin, 'mutation ($id: ID!) { updateClient(id: $id, input: { name: "Двойня А, новая" }) { id } }', { id: a })
    await settled()
    expect(await pairs(admin, a)).toEqual([])
    expect(await pairs(admin, a, { dismissed: true })).toHaveLength(1)
    await one(admin, 'mutation ($id: ID!) { reopenDuplicate(pair: $id) }', { id: pair.id })
    expect(await pairs(admin, a)).toHaveLength(1)
  })

  it('shows a pair only to who sees both and something of what they have in common', async () => {
    const a = await create(admin, { name: 'Пополам А', contactPoints: phone('040 5550303'), owner: anna.actor.userId })
    const b = await create(admin, { name: 'Пополам Б', contactPoints: phone('040 5550303') })
    await settled()
    expect(await pairs(anna, a)).toEqual([])
    const [pair] = await pairs(admin, a)
    expect((await crm.query(anna, 'mutation ($id: ID!) { dismissDuplicate(pair: $id) }', { id: pair.id })).errors![0]!.extensions.code).toBe('NOT_FOUND')
    const blind = await crm.withRules({ objects: { '*': { read: 'all', update: 'all' } }, fields: { 'contactPoint.value': { read: false } } })
    const left = await pairs(blind, a)
    expect(JSON.stringify(left)).not.toMatch(/5550303|phone/)
    expect(left.every((p: { strength: string, canMerge: boolean }) => p.strength === 'WEAK' && !p.canMerge)).toBe(true)
    expect(b).not.toBe(a)
  })

  it('is filled from what was there before, and anew when other things count', async () => {
    const a = await create(admin, { name: 'Старый А', contactPoints: [{ kind: 'email', value: 'x.y+z@gmail.com' }] })
    await create(admin, { name: 'Иной совсем', contactPoints: [{ kind: 'email', value: 'xy@gmail.com' }] })
    await settled()
    expect(await pairs(admin, a)).toEqual([])
    await one(admin, 'mutation { updateDuplicateSettings(input: { ignoreTags: true }) { ignoreTags } }')
    await pool.query('delete from core.match_key; delete from core.duplicate_pair where state = \'open\'')
    const { duplicatesFeature } = await import('./duplicates.feature.ts')
    const feature = duplicatesFeature({ engine: () => crm.kartotek.engine, settings: crm.kartotek.settings, home: () => ({ country: 'FI' }) })
    await feature.schedules![0]!.run({} as never)
    expect(await pairs(admin, a)).toMatchObject([{ strength: 'STRONG', reasons: [{ kind: 'email', value: 'xy@gmail.com' }] }])
    expect((await one(admin, '{ duplicateScans { object finishedAt } }')).duplicateScans).toMatchObject([{ object: 'client', finishedAt: expect.any(String) }, { object: 'contact' }])
  })
})
