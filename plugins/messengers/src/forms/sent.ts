import type { IncomingRequest } from '@kartotek/sdk'

export interface Sent { texts: Record<string, string>, files: { field: string, file: File }[] }

const MOST_FILES = 5
const MOST_PARTS = 200
const MOST_HEADERS = 4_096
/** Of a form without files. */
export const MOST_PLAIN = 256 * 1024

/** What was sent: texts by their names, and files. Null for what no page of ours sends. */
export async function sentIn({ body, headers }: IncomingRequest): Promise<Sent | null> {
  const type = typeOf(body, headers['content-type'] ?? '')
  if (!type) return null
  try {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
    const texts: Record<string, string> = Object.create(null) as Record<string, string>
    const files: Sent['files'] = []
    for (const [name, value] of form) {
      if (typeof value === 'string') texts[name] = texts[name] ? `${texts[name]}, ${value}` : value
      else if (value.size > 0) files.push({ field: name, file: value as unknown as File })
    }
    return { texts, files: files.slice(0, MOST_FILES) }
  } catch {
    return null
  }
}

/**
 * Who reads a form takes as many parts and as many headers as there are, and the process stands still meanwhile: millions of them fit into
 * the bytes of one file. So they are counted before.
 * @returns what the body is read as; null for what is not read
 */
function typeOf(body: Buffer, told: string): string | null {
  if (/^application\/x-www-form-urlencoded\s*(;|$)/i.test(told)) {
    return body.length <= MOST_PLAIN && body.toString('latin1').split('&', MOST_PARTS + 1).length <= MOST_PARTS ? 'application/x-www-form-urlencoded' : null
  }
  const [, quoted, plain] = /^multipart\/form-data\s*;\s*boundary=(?:"([\w'()+,./:=? -]{1,70})"|([\w'()+,./:=?-]{1,70}))\s*$/i.exec(told) ?? []
  const boundary = quoted ?? plain
  return boundary !== undefined && hasFewParts(body, `--${boundary}`) ? `multipart/form-data; boundary="${boundary}"` : null
}

function hasFewParts(body: Buffer, begin: string): boolean {
  let parts = 0
  for (let at = body.indexOf(begin); at >= 0; at = body.indexOf(begin, at + begin.length)) {
    if (body.subarray(at + begin.length, at + begin.length + 2).toString('latin1') === '--') return true
    if (++parts > MOST_PARTS || body.subarray(at, at + MOST_HEADERS).indexOf('\r\n\r\n') < 0) return false
  }
  return false
}
