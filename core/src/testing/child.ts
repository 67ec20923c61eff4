import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A process started by a test, and the first line that it wrote. */
export interface Child<FirstLine> {
  process: ChildProcess
  said: FirstLine
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** Runs `core/src/testing/database-process.ts` (or that of another checkout) on a data directory. */
export async function databaseProcess(dataDir: string, options: { script?: string, uid?: number, gid?: number } = {}): Promise<Child<{ url: string, home: string, error?: string }>> {
  const { script = fileURLToPath(new URL('database-process.ts', import.meta.url)), ...user } = options
  const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'], ...user })
  const ended = new Promise<number | null>(resolve => { child.on('exit', resolve) })
  const line = await Promise.race([
    new Promise<string>(resolve => { createInterface(child.stdout).once('line', resolve) }),
    new Promise<never>((_resolve, reject) => { child.on('error', reject) }),
    ended.then(code => { throw new Error(`the process ended with ${code} and said nothing`) }),
  ])
  return { process: child, said: JSON.parse(line), end: signal => { child.kill(signal); return ended } }
}

/** Asks again until the answer is not undefined, for as long as `seconds`. */
export async function eventually<Answer>(ask: () => Promise<Answer | undefined> | Answer | undefined, seconds = 15): Promise<Answer> {
  const deadline = Date.now() + seconds * 1000
  let last: unknown
  while (Date.now() < deadline) {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
    } catch (error) {
      last = error
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`it did not happen within ${seconds} seconds${last ? `: ${(last as Error).message}` : ''}`, { cause: last })
}
