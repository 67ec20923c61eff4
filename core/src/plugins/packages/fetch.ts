import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { PluginError } from '../state.ts'
import type { NpmSettings } from './npm-settings.ts'

/** What is fetched: the number of a package's newest version, a package into a file, or the dependencies that a folder's package.json names into its `node_modules`. */
export type FetchTask =
  | { what: 'newest', spec: string, settings: NpmSettings }
  | { what: 'tarball', spec: string, settings: NpmSettings, to: string }
  | { what: 'dependencies', folder: string, settings: NpmSettings }

export interface FetchLimits {
  /** Milliseconds for all that one package needs. Default 5 minutes. */
  ms?: number | undefined
  /** Ends the fetching, with nothing left of it. */
  signal?: AbortSignal | undefined
}

/** What the process that fetches tells: how many bytes are there, and at its end what it found or what went wrong. */
export type FetchMessage = { bytes: number } | { found: { version?: string } } | { error: { message: string, code?: string } }

/** What went wrong, as npm's libraries tell it. */
export class FetchError extends Error {
  override readonly name = 'FetchError'
  readonly code: string | undefined
  constructor(message: string, code?: string) {
    super(message)
    this.code = code
  }
}

const FETCH_MS = 5 * 60_000

/** The time that one package has, for all its fetches together. */
export function deadline({ ms = FETCH_MS, signal }: FetchLimits): AbortSignal {
  const late = AbortSignal.timeout(ms)
  return signal ? AbortSignal.any([late, signal]) : late
}

/**
 * Runs npm's libraries in a process of its own: a registry that hangs, or a tree that is too large, costs this one nothing, and the
 * end of the process is the end of it all.
 * @throws FetchError what the libraries say; PluginError where the time is over or nobody wants it any more
 */
export function fetchInProcess(task: FetchTask, within: AbortSignal, progress?: (bytes: number) => void): Promise<{ version?: string }> {
  return new Promise((resolve, reject) => {
    if (within.aborted) return reject(endedBy(within))
    const child = fork(fileURLToPath(new URL('fetch-process.ts', import.meta.url)), { execArgv: ['--max-old-space-size=768'], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    let answer: Exclude<FetchMessage, { bytes: number }> | undefined
    const end = (): void => { child.kill('SIGKILL') }
    within.addEventListener('abort', end)
    child.on('message', (message) => {
      const told = message as FetchMessage
      if ('bytes' in told) return progress?.(told.bytes)
      answer = told
      end()
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      within.removeEventListener('abort', end)
      if (answer) return 'error' in answer ? reject(new FetchError(answer.error.message, answer.error.code)) : resolve(answer.found)
      reject(within.aborted ? endedBy(within) : new FetchError(`the process that fetched it ended (${code ?? signal})`))
    })
    child.send(task, (error) => { if (error) end() })
  })
}

function endedBy(within: AbortSignal): PluginError {
  const late = (within.reason as Error | undefined)?.name === 'TimeoutError'
  return new PluginError(late ? 'The registry did not give everything in time, and it was given up: look at its settings in .npmrc and try again.' : 'It was given up, because nobody waits for it any more.')
}
