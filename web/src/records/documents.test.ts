import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { field, object } from '../testing/model.ts'
import { actionDocument, bulkActionDocument, cardDocument, changedDocument, columnSelection, fieldSelection, listDocument, pickDocument, writeDocument, type PartList } from './documents.ts'
import { columnChoices } from './list/columns.ts'

const client = object('client', [
  field('name', 'text'), field('kind', 'select'), field('creditLimit', 'money'), field('createdAt', 'dateTime', { readOnly: true }), field('owner', 'user'),
  field('tier', 'select', { group: 'custom' }), field('visits', 'integer', { group: 'custom' }), field('points', 'integer', { group: 'loyalty-club' }),
  field('old', 'text', { group: 'custom', hidden: true }),
], { owned: true })
const point = object('contactPoint', [field('client', 'reference', { to: 'client' }), field('contact', 'reference', { to: 'contact' }), field('value', 'text')], {
  partOf: [{ object: 'client', field: 'client', list: 'contactPoints' }, { object: 'contact', field: 'contact', list: 'contactPoints' }],
})
const parts: PartList[] = [{ list: 'contactPoints', part: point, field: 'client' }]
const words = (text: string) => text.replace(/\s+/g, ' ')

describe('documents made of the model', () => {
  it('select system fields at the top and each group once', () => {
    expect(fieldSelection(client.fields)).toBe('name kind { key label color } creditLimit { amount currency } custom { tier { key label color } visits } loyaltyClub { points }')
  })

  it('leave out hidden fields and what every record brings anyway', () => {
    const text = fieldSelection(client.fields)
    expect(text).not.toContain('old')
    expect(text).not.toContain('createdAt')
  })

  it('ask for the total with the first page only', () => {
    expect(listDocument(client, fieldSelection(client.fields), true)).toContain('total { value exact }')
    expect(listDocument(client, fieldSelection(client.fields), false)).not.toContain('total')
  })

  it('ask once for a list inside the record, whatever kinds of its entries are shown', () => {
    const phones = object('contactPoint', [field('kind', 'select', { options: [{ key: 'phone', labels: {}, color: null }, { key: 'email', labels: {}, color: null }] }), field('value', 'text'), field('isPrimary', 'boolean'), field('note', 'text')], { title: 'value' })
    const columns = columnChoices(client, [{ list: 'contactPoints', part: phones, field: 'client' }])
    expect(columnSelection(columns.filter(({ key }) => ['kind', 'contactPoints.phone', 'contactPoints.email'].includes(key))))
      .toBe('kind { key label color } contactPoints { id value kind { key label color } isPrimary }')
  })

  it('do not ask a part for its wholes', () => {
    expect(words(cardDocument(client, parts))).toContain('contactPoints { id value }')
  })

  it('name types and operations as the API does', () => {
    const vehicle = object('xVehicle', [], { plural: 'xVehicles', type: 'XVehicle' })
    expect(actionDocument(vehicle, 'remove')).toContain('deleteXVehicle(id: $id)')
    expect(bulkActionDocument(vehicle, 'archive')).toContain('archiveXVehicles(ids: $ids, changeSet: $changeSet)')
    expect(writeDocument(vehicle, [], 'update')).toContain('$input: XVehicleUpdateInput!')
    expect(changedDocument(vehicle, [])).toContain('xVehicleChanged(id: $id)')
  })

  it('are all valid GraphQL, whatever the fields', () => {
    const bare = object('note', [])
    for (const of of [client, bare]) {
      const all = [listDocument(of, fieldSelection(of.fields), true), cardDocument(of, parts), writeDocument(of, parts, 'create'), writeDocument(of, parts, 'update'), pickDocument(of), changedDocument(of, of.fields)]
      for (const document of all) expect(() => parse(document)).not.toThrow()
    }
  })
})
