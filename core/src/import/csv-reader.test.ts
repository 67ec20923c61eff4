import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCsv } from './csv-reader.ts'
import type { CsvOptions, CsvRow } from './csv-reader.ts'

/** Gives the bytes in pieces of the given size, as a network would. */
async function* pieces(bytes: Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(content: string | Uint8Array, options?: CsvOptions, size?: number) {
  const file = await readCsv(pieces(typeof content === 'string' ? Buffer.from(content) : content, size), options)
  const rows: CsvRow[] = []
  for await (const batch of file.rows()) rows.push(...batch)
  return { ...file, rows, cells: rows.map((row) => row.cells), encoding: file.encoding() }
}

/** Windows-1251 of the Russian and Ukrainian letters that the tests use. */
function cp1251(text: string): Buffer {
  const table = new Map<string, number>()
  const decoder = new TextDecoder('windows-1251')
  for (let byte = 0; byte < 256; byte++) table.set(decoder.decode(Uint8Array.of(byte)), byte)
  return Buffer.from([...text].map((letter) => table.get(letter)!))
}

describe('readCsv', () => {
  it.each([[','], [';'], ['\t'], ['|']])('recognises the separator %j', async (separator) => {
    const { rows, header } = await read(['name', 'sum', 'note'].join(separator) + '\n' + ['Анна', '1', 'x'].join(separator) + '\n')
    expect(header).toEqual(['name', 'sum', 'note'])
    expect(rows).toEqual([{ rowNumber: 2, cells: ['Анна', '1', 'x'], raw: ['Анна', '1', 'x'].join(separator), problem: null }])
  })

  it('prefers semicolons where commas are decimal', async () => {
    expect((await read('имя;сумма;скидка\nАнна;1,50;0,1\nОльга;2,75;0,2\n')).separator).toBe(';')
  })

  it('obeys the sep= line of spreadsheets', async () => {
    const file = await read('sep=|\r\na|b,c\r\n1|2,3\r\n')
    expect(file.header).toEqual(['a', 'b,c'])
    expect(file.rows[0]).toMatchObject({ rowNumber: 3, cells: ['1', '2,3'] })
  })

  it('reads quotes, separators and line breaks in cells, and numbers rows by the line where they begin', async () => {
    const { rows } = await read('a,b\r\n"one ""1""","x, y"\r\n"line 1\nline 2",z\r\n\r\nq,ООО "Ромашка"\r\n')
    expect(rows.map((row) => [row.rowNumber, ...row.cells])).toEqual(
      [[2, 'one "1"', 'x, y'], [3, 'line 1\nline 2', 'z'], [6, 'q', 'ООО "Ромашка"']])
  })

  it('reports a row with another number of cells as broken, keeps its text and shifts nothing', async () => {
    const { rows } = await read('a,b,c\n1,2,3\n1,2,3,4\n1,2\n4,5,6,,\n7,8,9')
    expect(rows.map((row) => [row.rowNumber, row.problem, row.raw])).toEqual(
      [[2, null, '1,2,3'], [3, 'cells', '1,2,3,4'], [4, 'cells', '1,2'], [5, null, '4,5,6,,'], [6, null, '7,8,9']])
  })

  it('does not let a stray quote swallow the rows behind it', async () => {
    const { rows } = await read('a,b\n1,2\n"open,3\n4,5\n"x"y,6\n7,8\n"9",10\n')
    expect(rows.map((row) => [row.rowNumber, row.problem, row.raw])).toEqual([
      [2, null, '1,2'], [3, 'quote', '"open,3'], [4, null, '4,5'], [5, 'quote', '"x"y,6'], [6, null, '7,8'], [7, null, '"9",10']])
  })

  it('does not let an unclosed quote fill the memory', async () => {
    const { rows } = await read(`a,b\n1,2\n"open,3\n${'4,5\n'.repeat(3000)}`, { maxRow: 2000 }, 500)
    expect(rows).toHaveLength(3002)
    expect(rows.filter((row) => row.problem)).toEqual([{ rowNumber: 3, cells: ['"open,3'], raw: '"open,3', problem: 'quote' }])
  })

  it.each(['\n', '\r\n', '\r'])('reads line ends %j', async (end) => {
    expect((await read(['a,b', '1,2', '3,4'].join(end))).cells).toEqual([['1', '2'], ['3', '4']])
  })

  it.each([
    ['utf-8 with BOM', Buffer.from('\ufeffимя,город\nЁж,Київ\n'), 'utf-8'],
    ['utf-8', Buffer.from('имя,город\nЁж,Київ\n'), 'utf-8'],
    ['utf-16le', Buffer.from('\ufeffимя,город\nЁж,Київ\n', 'utf16le'), 'utf-16le'],
    ['utf-16be', Buffer.from('\ufeffимя,город\nЁж,Київ\n', 'utf16le').swap16(), 'utf-16be'],
    ['windows-1251', cp1251('имя,город\nЁж,Київ\n'), 'windows-1251'],
  ])('recognises %s', async (_, bytes, encoding) => {
    const file = await read(bytes)
    expect(file).toMatchObject({ header: ['имя', 'город'], cells: [['Ёж', 'Київ']], encoding })
  })

  it('recognises Finnish text in windows-1252', async () => {
    const file = await read(Buffer.from('nimi,paikka\nMäkinen,Jyväskylä\nVäinö,Hyvinkää\n', 'latin1'))
    expect(file).toMatchObject({ encoding: 'windows-1252', cells: [['Mäkinen', 'Jyväskylä'], ['Väinö', 'Hyvinkää']] })
  })

  it('recognises windows-1251 that begins with much ASCII', async () => {
    const ascii = 'id,name\n' + '1,a\n'.repeat(40_000)
    const file = await read(Buffer.concat([Buffer.from(ascii), cp1251('2,Ёлкин\n')]), {}, 1000)
    expect(file.cells.at(-1)).toEqual(['2', 'Ёлкин'])
    expect(file.encoding).toBe('windows-1251')
  })

  it('reports rows with bytes that the encoding does not have', async () => {
    const bytes = Buffer.concat([Buffer.from('имя,город\nАнна,Омск\n'), Buffer.from([0xc0, 0xff]), Buffer.from(',Томск\nОльга,Тверь\n')])
    expect((await read(bytes, { encoding: 'utf-8' })).rows.map((row) => row.problem)).toEqual([null, 'encoding', null])
  })

  it('takes column names for a file without a header row', async () => {
    expect(await read('1,2\n3,4\n', { header: ['a', 'b'] })).toMatchObject({ header: ['a', 'b'], cells: [['1', '2'], ['3', '4']] })
  })

  it('refuses an empty file and a header with empty or repeated names', async () => {
    await expect(read('')).rejects.toThrow('The file is empty')
    await expect(read('a,,b\n1,2,3\n')).rejects.toThrow('Column 2 has no name')
    await expect(read('a,b,a\n1,2,3\n')).rejects.toThrow('Two columns are named «a»')
  })

  it('agrees with csv-parse on anything that csv-stringify writes, however it is cut', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'я', '"', ',', ';', '\n', '\r', ' ', "'", '1', '|'), maxLength: 6 })
    const table = fc.array(fc.tuple(fc.constant('k'), cell, cell), { minLength: 1, maxLength: 8 })
    await fc.assert(fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (rows, size) => {
      const text = stringify([['id', 'b', 'c'], ...rows], { quoted: true })
      const expected = (parse(text, { relax_column_count: true }) as string[][]).slice(1)
      expect((await read(text, { separator: ',' }, size)).cells).toEqual(expected)
    }), { numRuns: 300 })
  })
})
