import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from 'uuidv7'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const { uploads, db } = crm.kartotek
const admin = await crm.as('administrator')
const anna = await crm.as('manager')

async function upload(who: Caller, name: string, body: string): Promise<string> {
  const id = uuidv7()
  mkdirSync(dirname(uploads.pathOf(id)), { recursive: true })
  writeFileSync(uploads.pathOf(id), body)
  await uploads.add({ filename: id, originalname: Buffer.from(name).toString('latin1'), size: body.length }, who.actor.userId)
  return id
}
const CREATE = 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id version custom { contract { id name href } } } }'
const UPDATE = 'mutation ($id: ID!, $input: ClientUpdateInput!) { updateClient(id: $id, input: $input) { id custom { contract { id name } } } }'
const FILES = 'query ($id: ID!) { files(filter: { subject: { id: { eq: $id } } }) { nodes { id name versions { number bytes } } } }'

beforeAll(async () => {
  const { errors } = await crm.query(admin, 'mutation { createField(object: "client", input: { name: "contract", type: file, labels: { en: "Contract" } }) { name } }')
  expect(errors).toBeUndefined()
})

describe('a field of the type file', () => {
  it('takes an upload, which becomes a file of the record in the same change', async () => {
    const { data, errors, changeSets } = await crm.query(anna, CREATE, { input: { name: 'Астра', custom: { contract: await upload(anna, 'Договор.txt', 'text') } } })
    expect(errors).toBeUndefined()
    const { id, version, custom: { contract } } = data.createClient
    expect({ version, contract }).toEqual({ version: 1, contract: { id: expect.any(String), name: 'Договор.txt', href: `/contents/${contract.id}` } })
    expect((await crm.query(anna, FILES, { id })).data.files.nodes).toEqual([{ id: contract.id, name: 'Договор.txt', versions: [{ number: 1, bytes: 4 }] }])
    expect(changeSets).toHaveLength(1)
    const found = await crm.query(anna, '{ clients(filter: { custom: { contract: { name: { contains: "договор" } } } }) { nodes { name } } }')
    expect(found.data.clients.nodes).toEqual([{ name: 'Астра' }])
    // Seen by who sees the record, and by nobody else.
    const boris = await crm.as('manager')
    expect((await crm.query(boris, FILES, { id })).data.files.nodes).toEqual([])
  })

  it('is replaced, by another upload or a file that is there, and the former file stays at the record', async () => {
    const { data: { createClient: { id, custom: { contract: first } } } } = await crm.query(anna, CREATE, { input: { name: 'Бриз', custom: { contract: await upload(anna, 'a.txt', 'a') } } })
    const second = (await crm.query(anna, UPDATE, { id, input: { custom: { contract: await upload(anna, 'b.txt', 'b') } } })).data.updateClient.custom.contract
    expect(second.name).toBe('b.txt')
    expect((await crm.query(anna, UPDATE, { id, input: { custom: { contract: first.id } } })).data.updateClient.custom.contract).toEqual({ id: first.id, name: 'a.txt' })
    expect((await crm.query(anna, UPDATE, { id, input: { custom: { contract: null } } })).data.updateClient.custom.contract).toBeNull()
    expect((await crm.query(anna, FILES, { id })).data.files.nodes).toHaveLength(2)
    await db.pool.query('delete from core.file where id = $1', [second.id])
  })

  it('refuses what is not the caller\'s, programs, and what is nothing, and keeps nothing of it', async () => {
    const boris = await crm.as('manager')
    const his = await upload(boris, 'his.txt', 'x')
    for (const [contract, rule] of [[his, 'reference'], [uuidv7(), 'reference'], [await upload(anna, 'run.exe', 'MZ'), 'fileType'], [await upload(anna, 'empty.txt', ''), 'empty']] as const) {
      const { errors } = await crm.query(anna, CREATE, { input: { name: 'Никто', custom: { contract } } })
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'custom.contract', rule }] })
    }
    expect((await db.pool.query(`select 1 from core.client where name = 'Никто'`)).rowCount).toBe(0)
    expect(await uploads.find(his, boris.actor.userId)).toMatchObject({ name: 'his.txt' })
  })

  it('may be required, and is undone with its record', async () => {
    const required = 'mutation { createField(object: "product", input: { name: "sheet", type: file, required: true, labels: { en: "Sheet" } }) { name } }'
    expect((await crm.query(admin, required)).errors).toBeUndefined()
    const create = 'mutation ($input: ProductCreateInput!) { createProduct(input: $input) { id custom { sheet { name } } } }'
    expect((await crm.query(admin, create, { input: { name: 'Lamp' } })).errors?.[0]?.extensions.fields).toMatchObject([{ field: 'custom.sheet', rule: 'required' }])
    const { data, changeSets } = await crm.query(admin, create, { input: { name: 'Lamp', custom: { sheet: await upload(admin, 'sheet.txt', 'x') } } })
    expect(data.createProduct.custom.sheet).toEqual({ name: 'sheet.txt' })
    const { errors } = await crm.query(admin, 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted } }', { id: changeSets[0] })
    expect(errors).toBeUndefined()
    expect((await crm.query(admin, '{ products { nodes { name } } files { nodes { name } } }')).data).toMatchObject({ products: { nodes: [] }, files: { nodes: expect.not.arrayContaining([{ name: 'sheet.txt' }]) } })
  })
})
