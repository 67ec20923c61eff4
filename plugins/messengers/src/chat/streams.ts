import { Readable } from 'node:stream'
import type { PluginContext } from '@kartotek/sdk'

export interface Line { id: string, visitor: string, direction: 'in' | 'out', text: string | null, files: { id: string, name: string, version?: number }[] | null, at: Date }
export const shown = ({ id, direction, text, files, at }: Line): object => ({ id, from: direction === 'in' ? 'me' : 'us', text, files: (files ?? []).map((file) => ({ id: file.id, name: file.name })), at: new Date(at).toISOString() })

const LOOK_MS = 1_000
const BREATH_MS = 15_000
/** A stream ends then and is opened again: nothing is held for ever. */
const MOST_MS = 10 * 60_000
const MOST_OF_ONE = 4

/** Open streams by visitor: one question a second asks for all of them, on each node. */
const open = new Map<string, Set<(line: Line) => void>>()
let looking: NodeJS.Timeout | undefined

function look(ctx: PluginContext): void {
  looking ??= setInterval(() => {
    if (!open.size) {
      clearInterval(looking)
      looking = undefined
      return
    }
    // What commits late is still told; a stream tells each line once.
    ctx.db.query<Line>(`select id, visitor, direction, text, files, at from chat_line where visitor = any($1::text[]) and at > now() - interval '30 seconds' order by at`, [[...open.keys()]])
      .then((lines) => { for (const line of lines) for (const tell of open.get(line.visitor) ?? []) tell(line) }, (error: unknown) => { ctx.log.warn({ err: error }, 'The chat could not look for new lines.') })
  }, LOOK_MS)
  looking.unref()
}

/** The lines of one visitor as events for his browser; null where he has too many streams open. */
export function streamOf(ctx: PluginContext, visitor: string, history: readonly Line[]): Readable | null {
  const all = open.get(visitor) ?? new Set<(line: Line) => void>()
  if (all.size >= MOST_OF_ONE) return null
  const told = new Set<string>()
  const stream = new Readable({ read() { /* lines come when they come */ } })
  const tell = (line: Line): void => {
    if (told.has(line.id)) return
    told.add(line.id)
    stream.push(`data: ${JSON.stringify(shown(line))}\n\n`)
  }
  stream.push(': open\n\n')
  history.forEach(tell)
  open.set(visitor, all.add(tell))
  const breath = setInterval(() => stream.push(': \n\n'), BREATH_MS)
  const end = setTimeout(() => stream.push(null), MOST_MS)
  stream.once('close', () => {
    clearInterval(breath)
    clearTimeout(end)
    all.delete(tell)
    if (!all.size) open.delete(visitor)
  })
  look(ctx)
  return stream
}
