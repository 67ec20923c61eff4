import { createLogger, loadConfig, type Config, type Logger } from '../config/index.ts'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { untilStopped } from './until-stopped.ts'

/** A server that takes requests. */
export interface RunningServer {
  /** What people open. */
  url: string
  /** One-time link for the first administrator, while there is none. */
  setupUrl?: string
  /** Of the demo company. */
  signIn?: { email: string, password: string }
  close(): Promise<void>
}
export type StartServer = (config: Config, options: { demo?: boolean, log: Logger }) => Promise<RunningServer>

export const start = startCommand(async () => (await import('../main.ts')).startServer)

export function startCommand(load: () => Promise<StartServer>): Command {
  return {
    name: 'start',
    usage: '[--demo]',
    summary: 'Start the server. --demo fills an empty database with a demo company.',
    async run(args, io) {
      const { values } = readArguments(args, 0, { demo: { type: 'boolean' } })
      const config = loadConfig(io.env, io.cwd)
      const log = createLogger(config)
      const startServer = await load()
      return untilStopped(log, async () => {
        const server = await startServer(config, { demo: values.demo === true, log })
        io.out(`\n  Kartotek is ready: ${server.url}`)
        if (server.setupUrl) io.out(`  Set up the first administrator (link for one use): ${server.setupUrl}`)
        if (server.signIn) io.out(`  Sign in to the demo company as ${server.signIn.email} with the password ${server.signIn.password}`)
        io.out('  Stop with Ctrl-C.\n')
        return server
      })
    },
  }
}
