import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'
import { openTarball } from './archive.ts'

const root = mkdtempSync(join(tmpdir(), 'kartotek-archive-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

interface Entry { name: string, content?: string, type?: string, link?: string }

/** As no honest program would write it. */
function entry({ name, content = '', type = '0', link = '' }: Entry): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0, 100)
  header.write(['0000644', '0000000', '0000000', ''].join('\0'), 100)
  header.write(`${Buffer.byteLength(content).toString(8).padStart(11, '0')} `, 124)
  header.write('00000000000 ', 136)
  header.write('        ', 148)
  header.write(type, 156)
  header.write(link, 157, 100)
  header.write(['ustar', '00'].join('\0'), 257)
  header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc((512 - (Buffer.byteLength(content) % 512)) % 512)])
}
const record = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`
  return `${rest.length + 2}${rest}`
}

let n = 0
async function opened(...entries: Entry[]): Promise<string[] | string> {
  const folder = join(root, String(++n), 'package')
  mkdirSync(folder, { recursive: true })
  try {
    await openTarball(gzipSync(Buffer.concat([...entries.map(entry), Buffer.alloc(1024)])), folder)
  } catch (error) {
    return (error as Error).message
  }
  return readdirSync(folder, { recursive: true }).map(String).sort()
}

it('opens what npm packs', async () => {
  expect(await opened({ name: 'package/package.json', content: '{}' }, { name: 'package/lib/a.js', content: 'a' })).toEqual(['lib', 'lib/a.js', 'package.json'])
})

it('leaves links and devices out, and writes through none', async () => {
  expect(await opened({ name: 'package/l', type: '2', link: root }, { name: 'package/l/evil', content: 'x' }, { name: 'package/hard', type: '1', link: '/etc/passwd' }, { name: 'package/device', type: '3' })).toEqual(['l', 'l/evil'])
  expect(existsSync(join(root, 'evil'))).toBe(false)
})

it('refuses paths that lead out, however they are told', async () => {
  for (const name of ['../evil', 'package/../../evil', '/tmp/evil', 'package\\..\\..\\evil']) expect(await opened({ name, content: 'x' })).toMatch(/leads out of it/)
  expect(await opened({ name: 'pax', type: 'x', content: record('path', '../../evil') }, { name: 'package/a', content: 'x' })).toMatch(/leads out of it/)
})

it('counts what it holds before anything of it is written: files, folders, and folders of folders', async () => {
  const many = (count: number, name: (i: number) => string): Entry[] => Array.from({ length: count }, (_, i) => ({ name: name(i) }))
  for (const entries of [many(15_000, (i) => `package/f${i}`), many(15_000, (i) => `package/d${i}/`), many(300, (i) => `package/${i}${'/a'.repeat(30)}/f`)]) {
    expect(await opened(...entries)).toMatch(/more than 5000 files and folders/)
    expect(readdirSync(join(root, String(n), 'package'))).toEqual([])
  }
  expect(await opened(...many(1_000, (i) => `package/f${i}`))).toHaveLength(1_000)
})
