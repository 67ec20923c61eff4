import type { Log } from '@kartotek/sdk'
import type { Cluster } from './cluster.ts'

/** How the embedded server is, for `/health`. */
export interface ServerState {
  running: boolean
  /** Times it died and was started again since this process started. */
  restarts: number
  /** Why it does not run now. */
  problem?: string
}

const CHECK_MS = 500, FIRST_RETRY_MS = 500, LAST_RETRY_MS = 10_000

/** Looks after a running server: starts it again when it dies, for as long as it takes. */
export function superviseCluster(cluster: Cluster, settings: string, log: Log): { state(): ServerState, stop(): Promise<void> } {
  let stopping = false
  let restarts = 0
  let problem: string | undefined
  let retryMs = FIRST_RETRY_MS
  let turn: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout

  const check = async (): Promise<void> => {
    if (cluster.pid !== undefined) return schedule(CHECK_MS)
    if (problem === undefined) log.error('PostgreSQL is gone; starting it again')
    try {
      await cluster.start(settings)
      restarts += 1
      retryMs = FIRST_RETRY_MS
      problem = undefined
      log.info({ restarts }, 'PostgreSQL runs again')
      schedule(CHECK_MS)
    } catch (error) {
      const reason = (error as Error).message
      if (reason !== problem) log.error(reason)
      problem = reason
      schedule(retryMs)
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
    }
  }
  const schedule = (ms: number): void => {
    if (stopping) return
    timer = setTimeout(() => { turn = check() }, ms)
    timer.unref()
  }
  schedule(CHECK_MS)

  return {
    state: () => ({ running: problem === undefined && cluster.pid !== undefined, restarts, ...(problem && { problem }) }),
    async stop() {
      stopping = true
      clearTimeout(timer)
      await turn
      await cluster.stop()
    },
  }
}
