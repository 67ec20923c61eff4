import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../bin/kartotek.js', import.meta.url))

/** A real server process on a data directory, and what it costs. */
export class BenchServer {
  readonly process: ChildProcess
  readonly url: URL
  /** From the start of the process until it said that it was ready. */
  readonly startMs: number

  private constructor(child: ChildProcess, url: string, startMs: number) {
    this.process = child
    this.url = new URL(url)
    this.startMs = startMs
  }

  /** `more`: further settings, for a node that shares the database of another. */
  static async start(dataDir: string, more: Record<string, string> = {}): Promise<BenchServer> {
    const started = performance.now()
    const child = spawn(process.execPath, [PROGRAM, 'start'], {
      env: { ...process.env, PORT: '0', HOST: '127.0.0.1', KARTOTEK_DATA_DIR: dataDir, LOG_LEVEL: process.env.LOG_LEVEL ?? 'error', ...more }, stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface(child.stdout!)
    const url = await new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => { const found = /ready: (\S+)/.exec(line)?.[1]; if (found) resolve(found) })
      child.once('exit', (code) => { reject(new Error(`The server ended with ${code}.`)) })
    })
    return new BenchServer(child, url, performance.now() - started)
  }

  /** Seconds of CPU that the process has used, all threads, the database not included. */
  cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.process.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  }

  /** Memory of the process that no other shares, in MB. */
  memoryMb(): number {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.process.pid}/status`, 'utf8'))![1]) / 1024
  }

  async signIn(account: { email: string, password: string }): Promise<Session> {
    const { headers } = await send(this.url, '/auth/sign-in', JSON.stringify(account), {}, new Agent())
    const cookie = headers['set-cookie']?.map((c) => c.split(';')[0]).join('; ')
    if (!cookie) throw new Error('The bench could not sign in.')
    return new Session(this.url, cookie)
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => { this.process.once('exit', resolve) })
    this.process.kill('SIGTERM')
    await ended
  }
}

/** A signed-in browser with one open connection. */
export class Session {
  readonly #url: URL
  readonly cookie: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  constructor(url: URL, cookie: string) { this.#url = url; this.cookie = cookie }

  async text(query: string, variables: object = {}): Promise<string> {
    return (await send(this.#url, '/graphql', JSON.stringify({ query, variables }), { cookie: this.cookie }, this.#agent)).body
  }

  // Results are whatever the query asks for.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async ask(query: string, variables: object = {}): Promise<any> {
    const { data, errors } = JSON.parse(await this.text(query, variables))
    if (errors?.length) throw new Error(`${errors[0].message} in ${query.slice(0, 200)}`)
    return data
  }

  /** Reads a file to its end; `seen` is called with each piece. */
  async fetch(path: string, seen: (piece: Buffer) => void): Promise<void> {
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      request({ host: this.#url.hostname, port: this.#url.port, path, agent: this.#agent, headers: { cookie: this.cookie } }, resolve).on('error', reject).end()
    })
    for await (const piece of response) seen(piece as Buffer)
    if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}.`)
  }

  end(): void { this.#agent.destroy() }
}

function send(url: URL, path: string, body: string, headers: object, agent: Agent): Promise<{ body: string, headers: import('node:http').IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const call = request({ host: url.hostname, port: url.port, path, method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => { chunks.push(chunk) })
      response.on('end', () => { resolve({ body: Buffer.concat(chunks).toString('utf8'), headers: response.headers }) })
    })
    call.on('error', reject)
    call.end(body)
  })
}
