import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { InputError } from '@kartotek/sdk'

/** Programs and their disguises: one click on a card must not start anything. */
const PROGRAMS = new Set(['exe', 'com', 'bat', 'cmd', 'scr', 'pif', 'msi', 'msp', 'js', 'jse', 'vbs', 'vbe', 'wsf', 'wsh', 'ps1', 'psm1', 'jar', 'lnk', 'hta', 'reg', 'cpl', 'dll', 'sh', 'apk', 'app', 'dmg', 'iso', 'img', 'vhd', 'vhdx', 'url', 'desktop', 'command', 'msc', 'chm', 'jnlp', 'scf', 'inf', 'vb', 'xll', 'appx', 'msix', 'deb', 'rpm', 'py', 'pyw'])
const PROGRAM_TYPES = new Set(['application/x-msdownload', 'application/x-elf', 'application/x-mach-binary', 'application/java-vm', 'application/vnd.android.package-archive', 'application/x-ms-shortcut'])

/** What a text is by the end of its name, where its letters do not tell. Never a type that a browser would run. */
const TEXTS: Record<string, string> = { csv: 'text/csv', json: 'application/json', md: 'text/markdown', txt: 'text/plain', log: 'text/plain', eml: 'message/rfc822', ics: 'text/calendar', vcf: 'text/vcard' }

/** A name as Windows keeps it: `run.bat. ` is `run.bat` there. */
export const withoutTail = (name: string): string => name.replace(/[.\s\p{C}]+$/u, '')

/** Endings of one type. */
const SAME: Record<string, string> = { jpeg: 'jpg', tiff: 'tif', htm: 'html', mpeg: 'mpg' }
const ending = (text: string): string => SAME[text] ?? text
/** First bytes that many types have: what is inside they do not tell. */
const WRAPPINGS = new Set(['zip', 'cfb', 'xml', 'gz'])

/** The endings of a setting like `pdf, *.docx JPG`; `*.*` names none, so all are taken. */
export const endingsIn = (setting: string): ReadonlySet<string> => new Set(setting.toLowerCase().split(/[\s,;]+/).map((one) => ending(one.replace(/^\*?\./, ''))).filter((one) => one && one !== '*'))

/**
 * What a file is, by its first bytes and not by what its sender says.
 * @param only endings of the types that are taken; empty: all but programs
 * @throws InputError for programs, and for what is none of `only` by its name or by its first bytes
 */
export async function typeOf(path: string, name: string, only: ReadonlySet<string> = new Set()): Promise<string> {
  const end = /\.([^.]{1,10})$/.exec(withoutTail(name))?.[1]?.toLowerCase() ?? ''
  // Loaded with the first file, not with the server.
  const { fileTypeFromFile, supportedExtensions } = await import('file-type')
  const found = await fileTypeFromFile(path)
  if (PROGRAMS.has(end) || (found && PROGRAM_TYPES.has(found.mime))) {
    throw new InputError('Programs and scripts cannot be attached; send them in an archive if you must.', [{ field: 'upload', rule: 'fileType', message: 'Programs and scripts cannot be attached; send them in an archive if you must.' }])
  }
  // Of a type that is known by its first bytes the file has them, or it is none.
  const fits = found ? WRAPPINGS.has(found.ext) || only.has(ending(found.ext)) : !supportedExtensions.has(ending(end) as never)
  if (only.size && !(only.has(ending(end)) && fits)) {
    const message = `Only files of these types are taken: ${[...only].join(', ')}.`
    throw new InputError(message, [{ field: 'upload', rule: 'fileType', message }])
  }
  if (found) return found.mime
  return await isText(path) ? TEXTS[end] ?? 'text/plain' : 'application/octet-stream'
}

async function isText(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    const start = buffer.subarray(0, bytesRead)
    // the last sign may be cut in two
    return !start.includes(0) && !new TextDecoder().decode(start.subarray(0, Math.max(0, bytesRead - 3))).includes('\ufffd')
  } finally {
    await file.close()
  }
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}
