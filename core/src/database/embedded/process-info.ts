import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'

/** What /proc says of a process, or `undefined` when there is none that still runs (a zombie does not). */
function procStat(pid: number): { startedAt: string } | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // the second field is the name in parentheses and may contain anything, also spaces and parentheses
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { startedAt: fields[19]! }
}

function ps(pid: number, column: string): string | undefined {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || undefined
  } catch {
    return undefined
  }
}

/** When a running process was started, in the system's own unit: with the pid it names one process for ever. */
export function startTime(pid: number): string | undefined {
  return process.platform === 'linux' ? procStat(pid)?.startedAt : ps(pid, 'lstart')
}

function cwd(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

/** Is `pid` a running PostgreSQL process of this cluster? Pids are used again, so the number alone says nothing. */
export function isServerProcess(pid: number, cluster: string): boolean {
  if (process.platform !== 'linux') return ps(pid, 'command')?.includes(cluster) ?? false
  // every process of a cluster works in its data directory
  return procStat(pid) !== undefined && cwd(pid) === cluster
}

/** Backends that outlived their postmaster, by their working directory. Empty where there is no /proc. */
export function serverProcesses(cluster: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number)
    .filter(pid => pid !== process.pid && isServerProcess(pid, cluster))
    .filter(pid => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres'))
}
