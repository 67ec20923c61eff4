import { describe, expect, it } from 'vitest'
import { searchText, searchWords } from './search-text.ts'

const finds = (query: string, values: string[]): boolean => searchWords(query).every((word) => searchText(values).includes(word))

describe('search text', () => {
  it('compares ё with е, letters of any case and apostrophes of any kind', () => {
    expect(searchText(['Пётр  Ёлкин', 'Мар’яна', 'Марʼяна', null, ''])).toBe("петр елкин мар'яна")
    expect(finds("МАР`ЯНА", ['Мар’яна'])).toBe(true)
  })

  it.each(['+7 916 123-45-67', '89161234567', '8 (916) 123 45 67', '9161234567', '916 123 45 67', '123-45-67', '1234567'])(
    'finds a phone typed as %s', (query) => { expect(finds(query, ['Иванов', '+79161234567'])).toBe(true) })

  it('finds a number by the form in which it was written', () => {
    expect(finds('ЗК-2024-000123', ['ЗК-2024-000123'])).toBe(true)
    expect(finds('7707083893', ['7707083893'])).toBe(true)
  })

  it('does not glue short numbers together', () => {
    expect(searchWords('дом 12 34')).toEqual(['дом', '12', '34'])
  })

  it('knows decomposed letters', () => {
    expect(finds('май', ['май'.normalize('NFD')])).toBe(true)
  })
})
