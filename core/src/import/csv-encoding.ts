/** Encodings that are recognised; any label that `TextDecoder` knows may be given instead. */
export type CsvEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1251' | 'windows-1252' | (string & {})

/**
 * Decodes a stream of bytes piece by piece. Without a given encoding it is recognised: a byte-order mark; UTF-16 by its
 * zero bytes; else UTF-8 as long as the bytes are valid UTF-8. A file may begin with kilobytes of ASCII, so the choice
 * between UTF-8 and a one-byte encoding is made at the first byte that tells, not at the start. Bytes that are wrong in the
 * encoding become U+FFFD, and rows with it are reported as broken.
 */
export class Decoding {
  encoding: CsvEncoding | null
  #decoder: InstanceType<typeof TextDecoder> | null = null
  #held: Buffer = Buffer.alloc(0)

  constructor(encoding?: CsvEncoding) {
    this.encoding = encoding ?? null
    if (encoding) this.#decoder = new TextDecoder(encoding)
  }

  push(bytes: Uint8Array): string {
    if (this.#decoder) return this.#decoder.decode(bytes, { stream: true })
    this.#held = Buffer.concat([this.#held, bytes])
    // A few bytes are not enough to tell; the end of the stream decides with what there is.
    if (this.#held.length < 4) return ''
    return this.#decide(false)
  }

  end(): string {
    return (this.#decoder ? '' : this.#decide(true)) + (this.#decoder?.decode() ?? '')
  }

  #decide(last: boolean): string {
    const bytes = this.#held
    const encoding = byMark(bytes) ?? byZeros(bytes)
    if (encoding) return this.#settle(encoding)
    const first = bytes.findIndex((byte) => byte >= 0x80)
    if (first < 0) {
      this.#held = Buffer.alloc(0)
      if (last) this.#settle('utf-8')
      return bytes.toString('latin1')
    }
    // The text around the first telling byte decides: wait for some of it.
    if (!last && bytes.length - first < 4096) {
      this.#held = bytes.subarray(first)
      return bytes.subarray(0, first).toString('latin1')
    }
    return this.#settle(isUtf8(bytes, !last) ? 'utf-8' : oneByte(bytes))
  }

  #settle(encoding: CsvEncoding): string {
    this.encoding = encoding
    this.#decoder = new TextDecoder(encoding)
    const held = this.#held
    this.#held = Buffer.alloc(0)
    return this.#decoder.decode(held, { stream: true })
  }
}

function byMark(bytes: Buffer): CsvEncoding | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return null
}

function byZeros(bytes: Buffer): CsvEncoding | null {
  const sample = bytes.subarray(0, 512)
  if (!sample.includes(0)) return null
  const odd = sample.filter((byte, i) => byte === 0 && i % 2 === 1).length
  const even = sample.filter((byte, i) => byte === 0 && i % 2 === 0).length
  if (odd > sample.length / 8 && even === 0) return 'utf-16le'
  if (even > sample.length / 8 && odd === 0) return 'utf-16be'
  return null
}

function isUtf8(bytes: Buffer, mayBeCut: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: mayBeCut })
    return true
  } catch {
    return false
  }
}

/** Cyrillic words are runs of high bytes; in Finnish and German text single high bytes stand between ASCII letters. */
function oneByte(bytes: Buffer): CsvEncoding {
  let runs = 0
  let single = 0
  for (let i = 1; i < bytes.length; i++) {
    const high = bytes[i]! >= 0xc0
    const before = bytes[i - 1]!
    if (high && before >= 0xc0) runs++
    else if (high && ((before | 0x20) >= 0x61 && (before | 0x20) <= 0x7a)) single++
  }
  return single > runs ? 'windows-1252' : 'windows-1251'
}
