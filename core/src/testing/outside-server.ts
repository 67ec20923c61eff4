import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serverUser } from '../database/embedded/server-user.ts'
import { testLog } from './test-server.ts'

const DEBIAN = '/usr/lib/postgresql'

/** Directory of the programs of the oldest PostgreSQL that is installed on this machine, from 15 on. */
export function outsideBinaries(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined
  const majors = readdirSync(DEBIAN).map(Number).filter(major => major >= 15).sort((a, b) => a - b)
  return majors.map(major => join(DEBIAN, String(major), 'bin')).find(bin => existsSync(join(bin, 'initdb')))
}

/** A PostgreSQL that is not ours, reached over TCP with a password, as behind `DATABASE_URL`. */
export interface OutsideServer {
  /** Connection string of a role that owns its databases and is no superuser. `sql` follows `create database <name> …`. */
  database(name: string, sql?: string): string
  /** The way into such a database for the role that owns the plugins' own tables. */
  pluginsUrl(name: string): string
  stop(): void
}

export async function startOutsideServer(bin: string): Promise<OutsideServer> {
  const directory = mkdtempSync(join(tmpdir(), 'kartotek-outside-'))
  const user = process.getuid?.() === 0 ? serverUser.ensure(testLog) : undefined
  if (user) chownSync(directory, user.uid, user.gid)
  chmodSync(directory, 0o700)
  const run = (program: string, args: string[], input?: string): string => execFileSync(join(bin, program), args, {
    cwd: '/', input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' }, ...(user && { uid: user.uid, gid: user.gid }),
  })
  const cluster = join(directory, 'cluster'), port = await freePort()
  run('initdb', ['-D', cluster, '--username=admin', '--auth-local=trust', '--auth-host=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8', '--no-instructions'])
  run('pg_ctl', ['start', '-D', cluster, '-w', '-l', join(directory, 'log'), '-o', `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=${directory} -c fsync=off`])
  const sql = (text: string): string => run('psql', ['-h', directory, '-p', String(port), '-U', 'admin', '-d', 'postgres', '-v', 'ON_ERROR_STOP=1', '-q'], text)
  sql(`create role tester login password 'geheim'; create role plugins login password 'auch'; grant plugins to tester`)
  return {
    database(name, options = '') {
      sql(`create database ${name} owner tester ${options}`)
      return `postgresql://tester:geheim@127.0.0.1:${port}/${name}`
    },
    pluginsUrl: (name) => `postgresql://plugins:auch@127.0.0.1:${port}/${name}`,
    stop() {
      run('pg_ctl', ['stop', '-D', cluster, '-m', 'immediate', '-w'])
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
