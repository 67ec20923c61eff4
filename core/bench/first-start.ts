/** Moments of a first start, all of one clock in ms: what it printed, when the web app was there, when it was ready. */
export interface FirstStart { begunAt: number, said: readonly { at: number, text: string }[], builtAt?: number, readyAt: number }

/** Which part of it went into the dependencies, the web app, and the server itself. What was there already took no time. */
export function stepsOf({ begunAt, said, builtAt, readyAt }: FirstStart): { installMs: number, buildMs: number, startMs: number } {
  const at = (begin: string): number | undefined => said.find(({ text }) => text.startsWith(begin))?.at
  const installing = at('Installing '), building = at('Building the web app')
  const built = building === undefined ? undefined : builtAt ?? building
  return {
    installMs: installing === undefined ? 0 : (building ?? readyAt) - begunAt,
    buildMs: building === undefined ? 0 : built! - building,
    startMs: readyAt - (built ?? (installing === undefined ? begunAt : readyAt)),
  }
}
