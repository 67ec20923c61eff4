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

/** Runs a command of the real program and waits until it ends or says `until`. What still runs after the test is killed. */
export async function program(args: string[], env: NodeJS.ProcessEnv, until?: RegExp): Promise<Program> {
  const child = spawn(process.execPath, [kartotek, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, PORT: '0', ...env } })
  running.add(child)
  let text = ''
  const ended = new Promise<number | null>(resolve => {
    child.on('exit', code => {
      running.delete(child)
      resolve(code)
    })
  })
  const said = new Promise<void>(resolve => {
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { text += data; if (until?.test(text)) resolve() })
  })
  await Promise.race([said, ended])
  return { pid: child.pid!, ended, said: () => text, signal: name => { child.kill(name) }, stop: () => { child.kill('SIGTERM'); return ended } }
}

/** Kills what a failed test has left. */
export function killAfterEach(): void {
  afterEach(() => { for (const child of running) child.kill('SIGKILL') })
}
