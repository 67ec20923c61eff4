import type { Readable } from 'node:stream'
import sax from 'sax'
import { InputError } from '@kartotek/sdk'

/** Who is told what stands in a document. Names come without their prefix. */
export interface XmlListener {
  open?(name: string, attributes: Record<string, string>): void
  text?(text: string): void
  close?(name: string): void
}

const MAX_DEPTH = 50

/**
 * Reads XML piece by piece; after each piece control is given back, so that the reader can hand on what has come. A document type
 * is refused: workbooks have none, and entities of one's own are made by nothing else.
 * @throws InputError for what is not well-formed
 */
export async function* readXml(stream: Readable, listener: XmlListener): AsyncGenerator<void> {
  const parser = sax.parser(true, { trim: false, normalize: false, xmlns: false })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let depth = 0
  parser.ondoctype = () => { throw new InputError('The file has a document type, which no workbook has: it is refused.') }
  parser.onerror = (error) => { throw error }
  parser.onopentag = (node) => {
    if (++depth > MAX_DEPTH) throw new InputError('The file is damaged or no XLSX workbook.')
    listener.open?.(local(node.name), Object.fromEntries(Object.entries(node.attributes as Record<string, string>).map(([name, value]) => [local(name), value])))
  }
  parser.ontext = (text) => listener.text?.(text)
  parser.oncdata = (text) => listener.text?.(text)
  parser.onclosetag = (name) => {
    depth--
    listener.close?.(local(name))
  }
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      parser.write(decoder.decode(chunk, { stream: true }))
      yield
    }
    parser.write(decoder.decode()).close()
  } catch (error) {
    if (error instanceof InputError || (error as { code?: unknown }).code === 'LIMIT_EXCEEDED') throw error
    throw new InputError('The file is damaged or no XLSX workbook.')
  } finally {
    stream.destroy()
  }
  yield
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1)

/** Reads a whole part at once. */
export async function listen(stream: Readable, listener: XmlListener): Promise<void> {
  for await (const _ of readXml(stream, listener)) { /* the listener keeps what it needs */ }
}
