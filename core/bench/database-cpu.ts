import { readdirSync, readFileSync } from 'node:fs'
import type pg from 'pg'

/** Clock ticks of Linux, by which it tells of processes. */
const TICKS = 100

/** Seconds of processor that PostgreSQL and all its sessions have used until now; null where that cannot be told. */
export async function databaseSeconds(pool: pg.Pool): Promise<number | null> {
  const { rows: [row] } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  try {
    const postmaster = statOf(row!.pid).parent
    const sessions = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
      try { return [statOf(Number(name))] } catch { return [] }
    }).filter(({ parent }) => parent === postmaster)
    const { own, ended } = statOf(postmaster)
    return (own + ended + sessions.reduce((sum, session) => sum + session.own, 0)) / TICKS
  } catch {
    return null
  }
}

/** The name in brackets may hold anything; what follows it does not. */
function statOf(pid: number): { parent: number, own: number, ended: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  const number = (i: number): number => Number(fields[i])
  return { parent: number(1), own: number(11) + number(12), ended: number(13) + number(14) }
}
