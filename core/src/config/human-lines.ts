import type { DestinationStream } from 'pino'

const LEVELS: Record<number, string> = { 10: 'trace', 20: 'debug', 30: '', 40: 'warning', 50: 'error', 60: 'fatal' }

/** Turns pino's JSON into lines for a person at a terminal: `12:03:04 warning what happened (key=value)`. */
export function humanLines(output: { write(text: string): unknown }): DestinationStream {
  return {
    write(line) {
      const { level, time, msg, err, ...rest } = JSON.parse(line) as { level: number, time: number, msg?: string, err?: { stack?: string, message?: string } }
      const name = LEVELS[level] ?? String(level)
      const data = Object.entries(rest).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ')
      const parts = [new Date(time).toLocaleTimeString('en-GB'), name, msg ?? err?.message ?? '', data && `(${data})`].filter(Boolean)
      output.write(parts.join(' ') + '\n' + (err?.stack ? `${err.stack}\n` : ''))
    },
  }
}
