import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'

const kartotek = fileURLToPath(new URL('../bin/kartotek.js', import.meta.url))
const running = new Set<{ kill(signal: NodeJS.Signals): boolean }>()

/** What `kartotek start` prints when it serves; the address is the first group. */
export const READY = /Kartotek is ready: (http:\S+)[\s\S]*Stop with Ctrl-C/

export interface Program {
  pid: number
  /** Its exit code; null where a signal killed it. */
  ended: Promise<number | null>
  /** Standard output and errors so far. */
  said(): string
  signal(name: NodeJS.Signals): void
  /** Tells it to stop, and waits. */
  stop(): Promise<number | null>
}

/** Runs a command of the real program and waits until it ends or says `until`. */
export async function program(args: string[], env: NodeJS.ProcessEnv, until?: RegExp): Promise<Program> {
  const said = Promise.withResolvers<void>()
  const begun = begin(args, env, (text) => { if (until?.test(text)) said.resolve() })
  await Promise.race([said.promise, begun.ended])
  return begun
}

/** Begins a command of the real program. */
export function begin(args: string[], env: NodeJS.ProcessEnv, heard?: (text: string) => void): Program {
  const child = spawn(process.execPath, [kartotek, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, PORT: '0', ...env } })
  running.add(child)
  let text = ''
  const ended = new Promise<number | null>(resolve => {
    // Not before everything that it said is read.
    child.on('close', code => {
      running.delete(child)
      resolve(code)
    })
  })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { text += data; heard?.(text) })
  return { pid: child.pid!, ended, said: () => text, signal: name => { child.kill(name) }, stop: () => { child.kill('SIGTERM'); return ended } }
}

/** Kills what a test has left. */
export function killAfterEach(): void {
  afterEach(() => { for (const child of running) child.kill('SIGKILL') })
}
