// Runs in a thread of its own; see `watchdog.ts`.
import { writeSync } from 'node:fs'
import { Session } from 'node:inspector'
import { parentPort, workerData } from 'node:worker_threads'
import { BEATS, ENDING, ENTERED, WHOSE, WRITTEN, type WatchdogData } from './watchdog.ts'

const { shared, databaseUrl, stuckMs } = workerData as WatchdogData
const cells = new Int32Array(shared)
const names: string[] = []
parentPort!.on('message', (name: string) => names.push(name))

/** Milliseconds in which the main thread says whose code it runs: between two steps of a loop it does, inside of one endless call it cannot. */
const ANSWER_MS = 5_000
const tick = Math.min(1000, stuckMs / 4)
let seen = -1
let silent = 0
let asking = false
const timer = setInterval(() => {
  const ending = names[Atomics.load(cells, ENDING) - 1]
  if (ending !== undefined) {
    clearInterval(timer)
    void quarantine(ending, 'Its code ended the process.').finally(() => {
      Atomics.store(cells, WRITTEN, 1)
      Atomics.notify(cells, WRITTEN)
    })
    return
  }
  const beats = Atomics.load(cells, BEATS)
  // Ticks of this thread are counted, not time: a suspended machine stops both.
  silent = beats === seen ? silent + tick : 0
  seen = beats
  if (silent < stuckMs || asking) return
  asking = true
  void culprit().then((plugin) => {
    asking = false
    // Where it is the core that is busy, no restart would help.
    if (plugin === null) silent = 0
    else if (Atomics.load(cells, BEATS) === seen) {
      clearInterval(timer)
      void quarantine(plugin, `Its code blocked the process for more than ${stuckMs / 1000} s.`).finally(() => process.kill(process.pid, 'SIGKILL'))
    }
  })
}, tick)

/** Whose code the main thread runs: a plugin, or nobody's but the core's. One that does not answer is taken to be in the plugin that it entered last. */
async function culprit(): Promise<string | null> {
  const session = new Session()
  try {
    session.connectToMainThread()
    return await new Promise<string | null>((answer, reject) => {
      setTimeout(() => { reject(new Error('no answer')) }, ANSWER_MS)
      session.on('Debugger.paused', ({ params: { callFrames } }) => {
        session.post('Debugger.evaluateOnCallFrame', { callFrameId: callFrames[0]!.callFrameId, expression: `globalThis[Symbol.for('${WHOSE}')]()`, returnByValue: true }, (error, answered) => {
          session.post('Debugger.resume')
          if (error) reject(error)
          else answer((answered.result.value as string | undefined) ?? null)
        })
      })
      session.post('Debugger.enable')
      session.post('Debugger.pause')
    })
  } catch {
    return names[Atomics.load(cells, ENTERED)] ?? null
  } finally {
    session.disconnect()
  }
}

async function quarantine(plugin: string, cause: string): Promise<void> {
  say(`The plugin ${plugin} is put in quarantine. ${cause} The process ends now; start it again.\n`)
  try {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5000, statement_timeout: 5000 })
    await client.connect()
    // While it is imported a plugin is known by its entry only, which may be new.
    const { rowCount } = await client.query(
      'update core.plugin_state set quarantined_at = now(), quarantine_cause = $2 where plugin = $1 or source = $1', [plugin, cause])
    if (!rowCount) await client.query('insert into core.plugin_state (source, quarantined_at, quarantine_cause) values ($1, now(), $2)', [plugin, cause])
    await client.query(`insert into core.plugin_log as l (plugin, kind, name, message) values (coalesce((select plugin from core.plugin_state where source = $1), $1), 'quarantine', '', $2)
      on conflict (plugin, kind, name, gave_up, message) do update set times = l.times + 1, at = now()`, [plugin, cause])
    await client.end()
  } catch (error) {
    say(`The quarantine could not be written: ${(error as Error).message}\n`)
  }
}

/** Past the thread's own stderr, which goes through the main thread, and that is stuck. */
function say(text: string): void {
  writeSync(2, text)
}
