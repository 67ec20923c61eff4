/** The world of a command: where its words go and what it is given. Tests give their own. */
export interface Io {
  /** A line of the result, to standard output. */
  out(line: string): void
  /** A line about the work, to standard error. */
  err(line: string): void
  /** Asks who sits at the terminal; absent where nobody does. */
  confirm?(question: string): Promise<boolean>
  env: NodeJS.ProcessEnv
  cwd: string
}

/** One command of `kartotek`. */
export interface Command {
  readonly name: string
  /** What it does, in one line of `kartotek help`. */
  readonly summary: string
  /** What follows the name: `FILE [--force]`. */
  readonly usage?: string
  /**
   * @returns the exit code; nothing means 0
   * @throws UsageError for a wrong command line, StartError for what the operator can mend: both print one sentence
   */
  run(args: string[], io: Io): Promise<number | void>
}

/** The command line is wrong; the message says what is. The usage is printed below it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
