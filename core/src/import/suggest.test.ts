import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { objectOf } from '../model/model.ts'
import { readingOf } from '../records/engine.ts'
import { testCrm } from '../testing/crm.ts'
import { formOf, suggest } from './suggest.ts'

const crm = await testCrm()
const { engine, uploads } = crm.kartotek
const administrator = await crm.as('administrator', { locale: 'en' })
afterAll(() => crm.close())

function guess(object: string, header: string[], ...rows: string[][]) {
  const { generation, access } = readingOf(engine, administrator)
  const { columns, ...rest } = suggest({ generation, access }, objectOf(generation.model, object), header, rows, 'en')
  return { ...rest, targets: Object.fromEntries(columns.map(({ column, target }) => [column, target])), columns }
}

describe('a suggestion', () => {
  it.each([
    ['ru', ['Наименование', 'ИНН', 'Телефон', 'Эл. почта', 'Менеджер', 'Юридический адрес', 'Комментарий', 'КПП']],
    ['uk', ['Назва', 'ЄДРПОУ', 'Мобільний', 'Пошта', 'Відповідальний', 'Юридична адреса', 'Примітка', 'КПП']],
    ['fi', ['Asiakas', 'Y-tunnus', 'Puhelin', 'Sähköposti', 'Vastuuhenkilö', 'Virallinen osoite', 'Lisätiedot', 'OVT-tunnus']],
    ['en', ['Company name', 'VAT number', 'Phone number', 'E-mail', 'Responsible', 'Registered address', 'Comments', 'Branch code']],
  ])('knows columns by their names in %s', (_locale, header) => {
    const row = ['Rose Oy', '2077474-0', '+358 40 1234567', 'info@rose.example.com', 'Anna', 'Katu 1', 'x', 'x']
    expect(header.map((name) => guess('client', header, row).targets[name])).toEqual(
      ['name', 'taxId', 'contactPoints.phone', 'contactPoints.email', 'owner', 'addresses.legal', 'note', 'branchCode'])
  })

  it('knows columns by what stands in them', () => {
    const { targets, columns } = guess('client', ['A', 'B', 'C', 'D', 'Phone'], ['2077474-0', 'a@example.com', '+358 40 1234567', 'Organisation', 'none'], ['0112038-9', 'b@example.com', '+7 916 123-45-67', 'Private person', 'nobody knows'])
    expect(targets).toMatchObject({ A: 'taxId', B: 'contactPoints.email', C: 'contactPoints.phone', D: 'kind', Phone: null })
    expect(columns.map((column) => column.reason)).toEqual(['content', 'content', 'content', 'content', null])
  })

  it('lets single bad values stand under a name that says what they are', () => {
    const { targets, columns } = guess('client', ['Наименование', 'Тел.', 'Почта', 'Менеджер'], ['a', '8 (814) 255-12-34', 'a@example.com', 'anna@example.com'], ['b', '+358 40 765 4321', 'плохая почта', 'никто'], ['c', '12', 'c@example.com', 'boris@example.com'], ['d', '+7 812 333-44-55', 'd@example.com', 'vera@example.com'])
    expect(targets).toMatchObject({ 'Тел.': 'contactPoints.phone', 'Почта': 'contactPoints.email', 'Менеджер': 'owner' })
    expect(columns.at(-1)!.by).toBe('email')
  })

  it('takes one column for a field and several for a list', () => {
    expect(guess('client', ['Name', 'Название', 'Телефон 1', 'Телефон 2'], ['a', 'b', '040 1234567', '040 7654321']).targets)
      .toEqual({ 'Name': 'name', 'Название': null, 'Телефон 1': 'contactPoints.phone', 'Телефон 2': 'contactPoints.phone' })
  })

  it('finds the key, the form of dates and the decimal sign, and says where it cannot know', () => {
    const found = guess('client', ['ID', 'Date entered', 'Credit limit'], ['1', '03/31/2024', '1,234'], ['2', '04/01/2024', '12,5'])
    expect(found).toMatchObject({ key: 'ID', decimal: 'comma' })
    expect(found.columns[1]).toMatchObject({ target: 'enteredOn', date: 'MM/dd/yyyy' })
    expect(guess('client', ['Date entered'], ['03/04/2024']).columns[0]!.date).toBe('?')
    expect(guess('client', ['Date entered'], ['31.03.2024'], ['2024-03-01']).columns[0]!.date).toBeNull()
    const dates = (...texts: string[]) => guess('client', ['Date entered'], ...texts.map((text) => [text])).columns[0]!.date
    expect(dates('31.12.2025', '15.06.2023', '5.3.2022', '32.13.2025'), 'what is no date spoils nothing').toBeNull()
    expect(dates('03/31/2024', '04/01/2024', '40/40/2024')).toBe('MM/dd/yyyy')
    expect(guess('client', ['ID'], ['1'], ['1']).key).toBeNull()
    expect(guess('client', ['Owner'], ['a@example.com']).columns[0]!.by).toBe('email')
  })

  it('asks whether a comma groups thousands where the file does not tell', () => {
    const decimal = (...numbers: string[]) => guess('client', ['Credit limit'], ...numbers.map((text) => [text])).decimal
    expect(decimal('1,250', '2,500')).toBe('?')
    expect(decimal('1,250', '2,5')).toBe('comma')
    expect(decimal('1,250', '1.250,75')).toBe('comma')
    expect(decimal('1,250', '2.5')).toBe('point')
    expect(decimal('1,250', '1,250,000.00')).toBe('point')
    expect(decimal('1,250', '2,5', '2.5')).toBe('?')
    expect(decimal('1250', '2,5')).toBeNull()
  })

  it('is not made for more columns than a description can name', () => {
    expect(() => guess('client', Array.from({ length: 501 }, (_, i) => `C${i}`))).toThrow('at most 500 columns')
  })

  it('does not offer what the importer may not write', () => {
    expect(guess('client', ['Match key', 'Version'], ['x', '7']).targets).toEqual({ 'Match key': null, 'Version': null })
    expect(formOf(' Цена (руб.): ')).toBe('цена')
  })
})

describe('templates', () => {
  const SAVE = 'mutation($name: String!, $mapping: JSON!) { saveImportTemplate(name: $name, mapping: $mapping) { id name own } }'
  const mapping = { object: 'client', fields: { name: 'Название', territory: 'Участок' } }

  it('are found again by the columns of a file, shared, and kept from whom their fields are closed', async () => {
    expect((await crm.query(administrator, SAVE, { name: 'From 1C', mapping })).errors).toBeUndefined()
    const file = { filename: randomUUID(), originalname: 'a.csv', size: 40 }
    await mkdir(dirname(uploads.pathOf(file.filename)), { recursive: true })
    await writeFile(uploads.pathOf(file.filename), 'Участок;Название;Ещё\n1;Rose;x\n')
    const { id } = await uploads.add(file, administrator.actor.userId)
    const { data } = await crm.query(administrator, 'query($upload: ID!) { suggestImport(upload: $upload, object: "client") { columns { column target reason samples } templates { name mapping } } importTargets(object: "client") { key type } }', { upload: id })
    expect(data.suggestImport.templates).toEqual([{ name: 'From 1C', mapping }])
    expect(data.suggestImport.columns[1]).toEqual({ column: 'Название', target: 'name', reason: 'HEADER', samples: ['Rose'] })
    expect(data.importTargets).toContainEqual({ key: 'contactPoints.phone', type: 'text' })
    const all = { '*': { read: 'all', create: 'all', update: 'all' } } as const
    const colleague = await crm.withRules({ objects: all, capabilities: ['import.run'] })
    const closed = await crm.withRules({ objects: all, fields: { 'client.territory': { read: false } }, capabilities: ['import.run'] })
    const list = async (caller: typeof administrator) => (await crm.query(caller, '{ importTemplates { id name own } }')).data.importTemplates
    expect(await list(colleague)).toEqual([{ id: expect.any(String), name: 'From 1C', own: false }])
    expect(await list(closed)).toEqual([])
    expect((await crm.query(closed, SAVE, { name: 'x', mapping })).errors?.[0]?.message).toContain('no field "territory"')
    expect((await crm.query(colleague, SAVE, { name: 'From 1C', mapping })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    const [template] = await list(colleague)
    expect((await crm.query(colleague, 'mutation($id: ID!) { deleteImportTemplate(id: $id) }', { id: template.id })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    expect((await crm.query(await crm.as('manager'), '{ importTemplates { id } }')).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    expect((await crm.query(administrator, 'mutation($id: ID!) { deleteImportTemplate(id: $id) }', { id: template.id })).errors).toBeUndefined()
    expect(await list(administrator)).toEqual([])
  })
})
