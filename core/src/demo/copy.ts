/** A value as PostgreSQL's `COPY … FROM STDIN` (text format) reads it. */
export type CopyValue = string | number | bigint | boolean | Date | null | undefined | readonly string[] | { json: unknown }

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\b': '\\b', '\f': '\\f', '\v': '\\v' }
const escape = (text: string): string => /[\\\t\n\r\b\f\v]/.test(text) ? text.replace(/[\\\t\n\r\b\f\v]/g, (sign) => ESCAPES[sign]!) : text

/**
 * One line of a COPY in text format. Arrays of texts become array literals, `{ json }` becomes JSON.
 * @example copyLine(['a', null, true, ['x', 'y']]) // 'a\t\\N\tt\t{"x","y"}\n'
 */
export function copyLine(values: readonly CopyValue[]): string {
  let line = ''
  for (let i = 0; i < values.length; i++) line += (i === 0 ? '' : '\t') + copyValue(values[i])
  return `${line}\n`
}

function copyValue(value: CopyValue): string {
  if (value === null || value === undefined) return '\\N'
  if (typeof value === 'string') return escape(value)
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof Date) return value.toISOString()
  if (isArray(value)) return escape(`{${value.map((item) => `"${item.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`)
  return escape(JSON.stringify(value.json))
}

const isArray = (value: readonly string[] | { json: unknown }): value is readonly string[] => Array.isArray(value)
