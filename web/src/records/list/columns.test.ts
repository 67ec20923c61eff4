import { describe, expect, it } from 'vitest'
import { field, object } from '../../testing/model.ts'
import { columnChoices, entryOf, usualColumns, type PartColumn } from './columns.ts'

const kinds = [{ key: 'phone', labels: { en: 'Phone' }, color: null }, { key: 'email', labels: { en: 'E-mail' }, color: null }]
const point = object('contactPoint', [field('kind', 'select', { options: kinds }), field('value', 'text'), field('isPrimary', 'boolean')], { title: 'value' })
const account = object('bankAccount', [field('account', 'text')], { title: 'account' })
const parts = [{ list: 'contactPoints', part: point, field: 'client' }, { list: 'bankAccounts', part: account, field: 'client' }]
const client = object('client', [field('name', 'text'), field('lifecycle', 'select'), field('note', 'longText'), field('owner', 'user', { base: true }), field('old', 'text', { hidden: true })])
const choices = columnChoices(client, parts)

describe('the columns of a list', () => {
  it('are the fields but the title, and each kind of entry of the lists inside', () => {
    expect(choices.map(({ key }) => key)).toEqual(['lifecycle', 'note', 'owner', 'contactPoints.phone', 'contactPoints.email', 'bankAccounts'])
  })

  it('leave out lists whose entries the caller may not read', () => {
    const closed = { ...point, fields: point.fields.filter(({ name }) => name !== 'value') }
    expect(columnChoices(client, [{ ...parts[0]!, part: closed }]).map(({ key }) => key)).not.toContain('contactPoints.phone')
  })

  it('begin with what people look for, as far as it is there', () => {
    expect(usualColumns(client, choices)).toEqual(['contactPoints.phone', 'contactPoints.email', 'lifecycle', 'owner'])
    const vehicle = object('xVehicle', [field('name', 'text'), field('stage', 'stage', { base: true }), field('plate', 'text'), field('note', 'longText'), field('owner', 'user', { base: true })], { staged: true })
    expect(usualColumns(vehicle, columnChoices(vehicle, []))).toEqual(['stage', 'plate', 'owner'])
  })
})

describe('the entry that a column shows', () => {
  const phone = choices.find(({ key }) => key === 'contactPoints.phone') as PartColumn
  const of = (...entries: [string, string, boolean?][]) => ({ contactPoints: entries.map(([key, value, isPrimary = false]) => ({ kind: { key }, value, isPrimary })) })

  it('is the main one of its kind, else the first', () => {
    expect(entryOf(phone, of(['email', 'a@b.cc'], ['phone', '1'], ['phone', '2', true]))).toMatchObject({ entry: { value: '2' }, more: 1 })
    expect(entryOf(phone, of(['phone', '1'], ['phone', '2']))).toMatchObject({ entry: { value: '1' }, more: 1 })
  })
  it('is none where the record has none', () => {
    expect(entryOf(phone, of(['email', 'a@b.cc']))).toBeNull()
    expect(entryOf(phone, { contactPoints: null })).toBeNull()
  })
})
