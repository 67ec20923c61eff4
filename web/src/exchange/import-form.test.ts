import { describe, expect, it } from 'vitest'
import type { ImportTarget } from './documents.ts'
import { formOf, fromMapping, missing, possibleWays, toMapping, type ImportForm } from './import-form.ts'

const target = (key: string, more: Partial<ImportTarget> = {}): ImportTarget => ({ key, label: key, group: null, type: 'text', required: false, by: [], item: null, kind: null, many: false, ...more })
const targets = [
  target('name', { required: true }), target('taxId'), target('enteredOn', { type: 'date' }), target('owner', { by: ['key', 'name', 'email'] }), target('custom.tier'),
  target('contactPoints.phone', { item: 'value', kind: 'phone', many: true }), target('bankAccounts', { item: 'account', many: true }),
]
const form: ImportForm = formOf('client', {
  key: 'ID', decimal: 'comma', templates: [],
  columns: ['ID', 'Имя', 'ИНН', 'С', 'Менеджер', 'Тел', 'Моб', 'Счёт', 'Лишнее'].map((column, i) => ({
    column, samples: [], reason: 'HEADER', target: [null, 'name', 'taxId', 'enteredOn', 'owner', 'contactPoints.phone', 'contactPoints.phone', 'bankAccounts', null][i]!, date: i === 3 ? 'dd/MM/yyyy' : null, by: i === 4 ? 'email' : null,
  })),
})

describe('the form of an import', () => {
  const mapping = toMapping(form, targets, { sheet: 'Лист1', separator: '' })
  it('becomes a description', () => {
    expect(mapping).toEqual({
      object: 'client', file: { sheet: 'Лист1' }, system: 'import', key: { columns: ['ID'] }, match: ['key', 'taxId', 'bankAccount', 'contactPoint'], onMatch: 'skip', decimal: 'comma',
      fields: {
        name: 'Имя', taxId: 'ИНН', enteredOn: { column: 'С', date: 'dd/MM/yyyy' }, owner: { column: 'Менеджер', by: 'email' },
        contactPoints: [{ kind: { constant: 'phone' }, value: 'Тел' }, { kind: { constant: 'phone' }, value: 'Моб' }], bankAccounts: [{ account: 'Счёт' }],
      },
    })
  })

  it('is read back from one, for the columns of another file', () => {
    const empty = { ...form, columns: form.columns.map(column => ({ ...column, target: null, date: null, by: null })), match: [], key: null }
    const back = fromMapping(mapping, empty, targets)
    expect(back && toMapping(back, targets, { sheet: 'Лист1' })).toEqual(mapping)
    expect(back?.columns[1]).toMatchObject({ target: 'name', reason: 'TEMPLATE' })
  })

  it('does not pretend to show what says more than it asks for', () => {
    for (const more of [{ also: [] }, { fields: { name: { constant: 'x' } } }, { fields: { name: { columns: ['a', 'b'] } } }, { fields: { name: 'gone' } }, { key: { columns: ['a', 'b'] } }]) {
      expect(fromMapping({ ...mapping, ...more }, form, targets)).toBeNull()
    }
  })

  it('creates without looking where nothing can be found, and says what is missing', () => {
    const bare = { ...form, key: null, columns: form.columns.map(column => ({ ...column, target: column.column === 'С' ? 'enteredOn' : null, date: '?' })) }
    expect(possibleWays(bare)).toEqual([])
    expect(toMapping(bare, targets, {})).toMatchObject({ onMatch: 'create' })
    expect(missing(bare, targets)).toEqual({ required: [targets[0]], dates: ['С'], decimal: false, nothing: false })
  })

  it('does not go on before it is said what a comma in numbers means', () => {
    const limit = { ...targets[0]!, key: 'creditLimit', type: 'money' }
    const asked = { ...form, decimal: '?' as const, columns: form.columns.map((column, i) => ({ ...column, target: i === 0 ? 'creditLimit' : null })) }
    expect(missing(asked, [...targets, limit]).decimal).toBe(true)
    expect(missing({ ...asked, decimal: 'comma' }, [...targets, limit]).decimal).toBe(false)
    expect(missing({ ...asked, columns: form.columns.map(column => ({ ...column, target: null })) }, [...targets, limit]).decimal).toBe(false)
    expect(toMapping(asked, targets, {})).not.toHaveProperty('decimal')
  })
})
