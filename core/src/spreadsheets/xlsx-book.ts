import { posix } from 'node:path'
import { InputError, LimitError } from '@kartotek/sdk'
import { isDateFormat } from './serial-date.ts'
import { listen } from './xml.ts'
import type { ZipPackage } from './zip-package.ts'

/** How numbers of a style are shown, as far as it changes what they mean. */
export interface CellStyle {
  date: boolean
  /** `00000`: that many digits, with zeros in front. */
  digits: number
}

/** What is known of a workbook beside its sheets. */
export interface Workbook {
  sheets: { name: string, part: string, hidden: boolean }[]
  styles: CellStyle[]
  from1904: boolean
}

/** Shared texts are held in memory while a sheet is read. */
const MAX_TEXTS_BYTES = 256 * 1024 ** 2

/** @throws InputError where it is no workbook */
export async function readWorkbook(zip: ZipPackage): Promise<Workbook> {
  const part = (await targets(zip, '_rels/.rels', '')).find(({ type }) => type.endsWith('/officeDocument'))?.part ?? 'xl/workbook.xml'
  if (!zip.has(part)) throw new InputError('The file is damaged or no XLSX workbook.')
  const relations = await targets(zip, `${posix.dirname(part)}/_rels/${posix.basename(part)}.rels`, posix.dirname(part))
  const book: Workbook = { sheets: [], styles: [], from1904: false }
  await listen(await zip.read(part), {
    open(name, a) {
      if (name === 'workbookPr') book.from1904 = a.date1904 === '1' || a.date1904 === 'true'
      if (name !== 'sheet') return
      const target = relations.find((one) => one.id === a.id && one.type.endsWith('/worksheet'))
      if (target && zip.has(target.part)) book.sheets.push({ name: a.name ?? '', part: target.part, hidden: a.state === 'hidden' || a.state === 'veryHidden' })
    },
  })
  if (book.sheets.length === 0) throw new InputError('The workbook has no sheet with rows.')
  const styles = relations.find(({ type }) => type.endsWith('/styles'))?.part
  if (styles && zip.has(styles)) book.styles = await readStyles(zip, styles)
  return book
}

async function targets(zip: ZipPackage, name: string, base: string): Promise<{ id: string, type: string, part: string }[]> {
  const found: { id: string, type: string, part: string }[] = []
  if (!zip.has(name.toLowerCase())) return found
  await listen(await zip.read(name.toLowerCase()), {
    open(tag, a) {
      if (tag !== 'Relationship' || a.TargetMode === 'External') return
      const target = a.Target ?? ''
      found.push({ id: a.Id ?? '', type: a.Type ?? '', part: posix.normalize(target.startsWith('/') ? target.slice(1) : `${base}/${target}`).replace(/^\//, '').toLowerCase() })
    },
  })
  return found
}

async function readStyles(zip: ZipPackage, part: string): Promise<CellStyle[]> {
  const codes = new Map<number, string>()
  const ids: number[] = []
  let cells = false
  await listen(await zip.read(part), {
    open(name, a) {
      if (name === 'numFmt') codes.set(Number(a.numFmtId), a.formatCode ?? '')
      if (name === 'cellXfs') cells = true
      if (name === 'xf' && cells) ids.push(Number(a.numFmtId ?? 0))
    },
    close(name) { if (name === 'cellXfs') cells = false },
  })
  return ids.map((id) => ({ date: isDateFormat(id, codes.get(id)), digits: /^0{2,}$/.test(codes.get(id) ?? '') ? codes.get(id)!.length : 0 }))
}

/** The texts that cells name by number. */
export async function readTexts(zip: ZipPackage): Promise<string[]> {
  const part = 'xl/sharedstrings.xml'
  if (!zip.has(part)) return []
  if (zip.size(part)! > MAX_TEXTS_BYTES) throw new LimitError('The workbook has too many texts for one import: save the sheet as CSV, or divide it.')
  const texts: string[] = []
  const rich = new RichText()
  await listen(await zip.read(part), {
    open(name) {
      if (name === 'si') rich.clear()
      rich.open(name)
    },
    text: (text) => rich.text(text),
    close(name) {
      rich.close(name)
      if (name === 'si') texts.push(rich.value)
    },
  })
  return texts
}

/** Signs in a cell. */
const MAX_CELL = 1_000_000

/** @throws LimitError */
export function checkCell(text: string): void {
  if (text.length > MAX_CELL) throw new LimitError('A cell of the workbook has more than a million characters.')
}

/** A text of runs with formats of their own. How it is read aloud (phonetic runs) is no part of it. */
export class RichText {
  #value = ''
  #inside = false
  #aloud = false
  get value(): string { return unescaped(this.#value) }
  clear(): void { this.#value = '' }
  open(name: string): void {
    if (name === 't') this.#inside = true
    if (name === 'rPh') this.#aloud = true
  }
  text(text: string): void {
    if (this.#inside && !this.#aloud) checkCell(this.#value += text)
  }
  close(name: string): void {
    if (name === 't') this.#inside = false
    if (name === 'rPh') this.#aloud = false
  }
}

/** Signs that XML cannot have stand as `_x000D_`. */
function unescaped(text: string): string {
  return text.includes('_x') ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16))) : text
}
