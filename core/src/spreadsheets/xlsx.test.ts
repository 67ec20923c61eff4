import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { ZipFile } from 'yazl'
import { dateOfSerial, guardFormula, openWorkbook, serialOfDate, unguardFormula, writeXlsx, type Cell, type SheetRow } from './index.ts'
import { isDateFormat } from './serial-date.ts'

const folder = await mkdtemp(join(tmpdir(), 'kartotek-xlsx-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
let files = 0
const path = (): string => join(folder, `${++files}.xlsx`)

async function* batches<T>(...all: T[]): AsyncGenerator<T> { yield* all }

async function written(rows: AsyncIterable<readonly Cell[][]>, header = ['a', 'b']): Promise<string> {
  const file = path()
  await pipeline(writeXlsx({ name: 'Клиенты: все', header, rows }), createWriteStream(file))
  return file
}

async function read(file: string, sheet?: string): Promise<SheetRow[]> {
  const book = await openWorkbook(file)
  const rows: SheetRow[] = []
  for await (const batch of book.rows(sheet ?? book.sheets[0]!)) rows.push(...batch)
  book.close()
  return rows
}

/** A workbook with these parts, as other programs would write it. */
async function packed(parts: Record<string, string>, options: { compress?: boolean } = {}): Promise<string> {
  const zip = new ZipFile()
  const all = {
    'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels': '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="/xl/worksheets/sheet1.xml"/><Relationship Id="r2" Type="x/styles" Target="styles.xml"/><Relationship Id="r3" Type="x/worksheet" Target="worksheets/sheet2.xml"/></Relationships>',
    ...parts,
  }
  for (const [name, text] of Object.entries(all)) zip.addBuffer(Buffer.from(text), name, { compress: options.compress ?? true })
  zip.end()
  const file = path()
  await pipeline(zip.outputStream, createWriteStream(file))
  return file
}
const sheet = (rows: string): string => `<worksheet xmlns="x"><sheetData>${rows}</sheetData></worksheet>`

describe('a workbook that is written', () => {
  it('is read again as it was: texts with every sign, exact numbers, dates, yes and no', async () => {
    const rows: Cell[][] = [
      [{ text: '<&>"\' _x000D_ \u0007 строка\nвторая' }, { number: '-1234.50', digits: 2 }],
      [{ date: '2024-02-29' }, { dateTime: '2024-03-15 09:30:05' }],
      [{ yes: true }, { number: '12345678901234567890.12' }],
      [null, { text: '=1+1' }],
    ]
    const found = await read(await written(batches(rows)))
    expect(found.map((row) => row.cells)).toEqual([
      ['a', 'b'], ['<&>"\' _x000D_ \u0007 строка\nвторая', '-1234.5'], ['2024-02-29', '2024-03-15 09:30:05'], ['true', '12345678901234567890.12'], ['', '=1+1'],
    ])
    expect(found.map((row) => row.number)).toEqual([1, 2, 3, 4, 5])
  })

  it('names its sheet as spreadsheets allow', async () => {
    const book = await openWorkbook(await written(batches()))
    expect(book.sheets).toEqual(['Клиенты  все'])
    book.close()
  })

  it('keeps any text that people can type', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 20 }), async (texts) => {
      const found = await read(await written(batches(texts.map((text): Cell[] => [{ text }, { text: 'x' }]))))
      expect(found.slice(1).map((row) => row.cells[0])).toEqual(texts)
    }), { numRuns: 15 })
  })

  it('tells its reader when the rows fail, instead of ending as if all were there', async () => {
    async function* failing(): AsyncGenerator<Cell[][]> {
      yield [[{ text: 'x' }, null]]
      throw new Error('the database went away')
    }
    await expect(written(failing())).rejects.toThrow('the database went away')
  })

  it('takes and gives 100,000 rows in bounded memory', { timeout: 120_000 }, async () => {
    async function* many(): AsyncGenerator<Cell[][]> {
      for (let page = 0; page < 500; page++) yield Array.from({ length: 200 }, (_, i) => [{ text: `Client ${page * 200 + i} of a long list of clients` }, { number: String(i), digits: 2 }])
    }
    const limit = 150 * 1024 ** 2
    const before = process.memoryUsage().heapUsed
    let peak = 0
    const watch = setInterval(() => { peak = Math.max(peak, process.memoryUsage().heapUsed - before) }, 20)
    const file = await written(many())
    const book = await openWorkbook(file)
    let count = 0
    for await (const batch of book.rows(book.sheets[0]!)) count += batch.length
    book.close()
    clearInterval(watch)
    expect(count).toBe(100_001)
    expect(book.progress()).toBe(1)
    expect(peak).toBeLessThan(limit)
  })
})

describe('a workbook of another program', () => {
  it('gives shared, rich and phonetic texts, values of formulas, and numbers by their formats', async () => {
    const file = await packed({
      'xl/sharedStrings.xml': '<sst><si><t>Name</t></si><si><r><t>Ro</t></r><r><t xml:space="preserve">se </t></r><rPh><t>no</t></rPh></si></sst>',
      'xl/styles.xml': '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-419]d mmm yyyy;@"/><numFmt numFmtId="165" formatCode="00000"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>',
      'xl/worksheets/sheet1.xml': sheet('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Sum</t></is></c></row>'
        + '<row r="4"><c r="A4" t="s"><v>1</v></c><c r="B4" s="1"><v>45366</v></c><c r="C4" s="2"><v>45366.5</v></c><c r="D4" s="3"><v>42</v></c><c r="E4"><f>A1+1</f><v>0.30000000000000004</v></c><c r="F4" t="str"><f>x</f><v></v></c><c r="G4" t="b"><v>0</v></c><c r="H4" t="e"><v>#N/A</v></c><c r="I4"><v>1E+20</v></c></row>'
        + '<row r="5"><c r="A5"><f>B5</f></c></row><row r="6"><c r="A6" s="1"/></row>'),
    })
    expect(await read(file)).toEqual([
      { number: 1, cells: ['Name', '', 'Sum'], unknownFormula: false },
      { number: 4, cells: ['Rose ', '2024-03-15', '2024-03-15 12:00:00', '00042', '0.3', '', 'false', '#N/A', '100000000000000000000'], unknownFormula: false },
      { number: 5, cells: [], unknownFormula: true },
    ])
  })

  it('may count its days from 1904, hide sheets and have prefixes', async () => {
    const file = await packed({
      'xl/workbook.xml': '<x:workbook xmlns:x="m" xmlns:r="r"><x:workbookPr date1904="1"/><x:sheets><x:sheet name="Hidden" sheetId="1" state="hidden" r:id="r3"/><x:sheet name="Data" sheetId="2" r:id="r1"/></x:sheets></x:workbook>',
      'xl/styles.xml': '<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>',
      'xl/worksheets/sheet1.xml': '<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c s="0"><x:v>43904</x:v></x:c></x:row></x:sheetData></x:worksheet>',
      'xl/worksheets/sheet2.xml': sheet(''),
    })
    const book = await openWorkbook(file)
    expect(book.sheets).toEqual(['Data'])
    book.close()
    expect((await read(file)).map((row) => row.cells)).toEqual([['2024-03-15']])
    await expect(read(file, 'None')).rejects.toThrow('no sheet «None»; it has «Data»')
  })

  it('is refused where it is a bomb, has a document type, is cut, or is no workbook', async () => {
    const bomb = await packed({ 'xl/worksheets/sheet1.xml': sheet(`<row><c t="inlineStr"><is><t>${'0'.repeat(40 * 1024 ** 2)}</t></is></c></row>`) })
    await expect(read(bomb)).rejects.toThrow('unpacks to more than a workbook may')
    const long = '0'.repeat(1_000_001)
    const parts: Record<string, string>[] = [{ 'xl/worksheets/sheet1.xml': sheet(`<row><c t="inlineStr"><is><t>${long}</t></is></c></row>`) }, { 'xl/worksheets/sheet1.xml': sheet(`<row><c><v>${long}</v></c></row>`) },
      { 'xl/sharedStrings.xml': `<sst><si><t>${long}</t></si></sst>`, 'xl/worksheets/sheet1.xml': sheet('<row><c t="s"><v>0</v></c></row>') }]
    for (const part of parts) await expect(read(await packed(part, { compress: false }))).rejects.toThrow('more than a million characters')
    await expect(openWorkbook(await packed({ 'xl/worksheets/sheet1.xml': sheet(' '.repeat(5_000)) }), { maxBytes: 5_000 })).rejects.toThrow('unpacks to more')
    const entity = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + sheet('<row><c t="inlineStr"><is><t>&a;</t></is></c></row>')
    await expect(read(await packed({ 'xl/worksheets/sheet1.xml': entity }))).rejects.toThrow('document type')
    await expect(read(await packed({ 'xl/worksheets/sheet1.xml': '<worksheet><sheetData><row><c t="inlineStr"><is><t>&lol;</t></is></c>' }))).rejects.toThrow('damaged')
    await expect(read(await packed({ 'xl/worksheets/sheet1.xml': '<a>'.repeat(1_000) }))).rejects.toThrow('damaged')
    await expect(read(await packed({ 'xl/worksheets/sheet1.xml': sheet('<row><c r="ZZZZZZ1"><v>1</v></c></row>') }))).rejects.toThrow('damaged')
    await expect(openWorkbook(await packed({ 'xl/workbook.xml': '<workbook/>' }))).rejects.toThrow('no sheet')
    const text = path()
    await writeFile(text, 'PK\u0003\u0004 but no zip')
    await expect(openWorkbook(text)).rejects.toThrow('damaged')
  })
})

describe('serial dates', () => {
  it.each([[1, '1900-01-01'], [59, '1900-02-28'], [61, '1900-03-01'], [45366, '2024-03-15'], [45366.75, '2024-03-15 18:00:00'], [0.25, '06:00:00'], [-1, null], [3_000_000, null]])('%f is %s', (serial, text) => {
    expect(dateOfSerial(serial)).toBe(text)
  })
  it('go both ways', () => {
    fc.assert(fc.property(fc.date({ min: new Date('1900-03-02'), max: new Date('9998-12-31'), noInvalidDate: true }), (date) => {
      const text = date.toISOString().slice(0, 19).replace('T', ' ')
      expect(dateOfSerial(serialOfDate(text)!)).toBe(text.replace(' 00:00:00', ''))
    }))
  })
  it.each([['dd.mm.yyyy', true], ['[h]:mm', true], ['0.00', false], ['#,##0 "дней"', false], ['[Red]0.0', false], ['mm:ss.0', true], ['0.00E+00', false], ['General', false], ['[$-F800]dddd\\,\\ mmmm', true], ['_-* #,##0.00 _₽_-', false]])('the format %s: %s', (code, expected) => {
    expect(isDateFormat(164, code)).toBe(expected)
  })
})

describe('the guard against formulas', () => {
  it.each(['=1+1', '+7', '-x', '@SUM(A1)', '\tx', '\rx', '\nx', '＝1', '＋1', '－1', '＠x', '  =cmd|x', "'=1"])('stands before %j and can be taken off', (text) => {
    expect(guardFormula(text)).toBe(`'${text}`)
    expect(unguardFormula(guardFormula(text))).toBe(text)
  })
  it('leaves other texts alone, and comes off any text exactly', () => {
    for (const text of ['Anna', "'quoted'", 'a=b', '', "O'Neil"]) expect(guardFormula(text)).toBe(text)
    fc.assert(fc.property(fc.string(), (text) => { expect(unguardFormula(guardFormula(text))).toBe(text) }))
  })
})
