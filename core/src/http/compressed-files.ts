import { readFile, stat } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { RequestHandler } from 'express'

const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' }
const SMALLEST_BYTES = 1024
const compress = {
  br: (data: Buffer): Promise<Buffer> => promisify(brotliCompress)(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (data: Buffer): Promise<Buffer> => promisify(gzip)(data, { level: 9 }),
}
type Encoding = keyof typeof compress

/**
 * Serves the text files of a directory compressed, each compressed once and kept: the directory is our own build, so what is
 * kept is bounded. Anything else, a small file or a client without compression goes on to the next handler.
 * @param isHashed whether the address of a file tells its content, so that browsers may keep it for ever
 */
export function compressedFiles(directory: string, isHashed = (path: string): boolean => path.startsWith('/assets/')): RequestHandler {
  const kept = new Map<string, Promise<Buffer | undefined>>()
  return async (request, response, next) => {
    const type = TYPES[extname(request.path)]
    const encoding = request.acceptsEncodings('br', 'gzip') as Encoding | false
    const file = fileOf(directory, request.path)
    if (!type || !encoding || !file || request.method !== 'GET' || request.headers.range) return next()
    const key = `${encoding} ${file}`
    const ready = kept.get(key) ?? compressFile(file, encoding)
    kept.set(key, ready)
    const body = await ready
    if (!body) {
      kept.delete(key)
      return next()
    }
    response.set({
      'content-type': `${type}; charset=utf-8`, 'content-encoding': encoding, 'vary': 'accept-encoding',
      'cache-control': isHashed(request.path) ? 'public, max-age=31536000, immutable' : 'public, max-age=0',
    })
    response.send(body)
  }
}

async function compressFile(file: string, encoding: Encoding): Promise<Buffer | undefined> {
  try {
    const { size } = await stat(file)
    return size < SMALLEST_BYTES ? undefined : await compress[encoding](await readFile(file))
  } catch {
    return undefined
  }
}

function fileOf(directory: string, path: string): string | undefined {
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return undefined
  }
  const file = normalize(join(directory, decoded))
  const hidden = decoded.split('/').some(part => part.startsWith('.'))
  return file.startsWith(directory + sep) && !hidden && !decoded.includes('\0') ? file : undefined
}
