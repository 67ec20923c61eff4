import { describe, expect, it } from 'vitest'
import { cleanLabels, hasLabel, keyFrom, nameFrom } from './labels.ts'

describe('API names made of labels', () => {
  it.each([['Tier', 'tier'], ['Delivery date', 'deliveryDate'], ['Срок доставки', 'srokDostavki'], ['Дата початку їзди', 'dataPochatkuYizdi'], ['Päämäärä €', 'paamaara'], ['2nd phone', 'ndPhone'], ['日本', '']])('%s → %s', (label, name) => {
    expect(nameFrom(label)).toBe(name)
  })
  it('make keys of options without capitals', () => {
    expect(keyFrom('Очень важный')).toBe('ochen_vazhnyy')
  })
})

it('labels lose empty languages', () => {
  expect(cleanLabels({ en: ' Tier ', ru: ' ' })).toEqual({ en: 'Tier' })
  expect(hasLabel({ ru: ' ' })).toBe(false)
})
