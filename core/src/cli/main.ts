import { createInterface } from 'node:readline/promises'
import { VERSION } from '../config/version.ts'
import { StartError } from '../database/errors.ts'
import { nearest } from '../config/nearest.ts'
import { UsageError, type Command, type Io } from './command.ts'
import { commands } from './commands.ts'

const FAILED = 1, WRONG_USE = 2

/** Runs `kartotek <args>` with the process's own streams and sets its exit code. */
export async function main(args: string[]): Promise<void> {
  const io: Io = { ...process.stdin.isTTY && process.stderr.isTTY && { confirm }, out: line => { console.log(line) }, err: line => { console.error(line) }, env: process.env, cwd: process.cwd() }
  // not process.exit: what was written to a pipe must get out first
  process.exitCode = await runCommand(args, io)
  // fires only when something forgotten keeps the process alive
  setTimeout(() => process.exit(), 3_000).unref()
}

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}

/** @returns the exit code: 0, 1 for a failure, 2 for a wrong command line */
export async function runCommand(args: string[], io: Io): Promise<number> {
  const [name = 'help', ...rest] = args
  if (['help', '--help', '-h'].includes(name)) return help(io)
  if (['version', '--version', '-v'].includes(name)) {
    io.out(VERSION)
    return 0
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!load) {
    const meant = nearest(name, Object.keys(commands))
    io.err(`kartotek has no command ${name}${meant ? `: do you mean ${meant}?` : '.'} \`kartotek help\` lists them.`)
    return WRONG_USE
  }
  const command = await load()
  if (rest.some((word) => word === '--help' || word === '-h')) {
    io.out(described(command))
    return 0
  }
  try {
    return await command.run(rest, io) ?? 0
  } catch (error) {
    return report(error, command, io)
  }
}

function report(error: unknown, command: Command, io: Io): number {
  if (error instanceof UsageError) {
    io.err(`${error.message}\nUsage: kartotek ${command.name}${command.usage ? ` ${command.usage}` : ''}`)
    return WRONG_USE
  }
  io.err(error instanceof StartError ? error.message : error instanceof Error ? error.stack ?? error.message : String(error))
  return FAILED
}

/** A command with its uses below each other, and what it does. */
function described({ name, usage, summary }: Command): string {
  const uses = usage ? usage.split(/ \| (?![^[]*\])/).map((use) => `  ${name} ${use}`) : [`  ${name}`]
  return [...uses, `      ${summary}`, ''].join('\n')
}

async function help(io: Io): Promise<number> {
  const all = await Promise.all(Object.values(commands).map(load => load()))
  io.out(`Kartotek ${VERSION}\n\nkartotek COMMAND\n`)
  for (const command of all) io.out(described(command))
  io.out('\nSettings are environment variables; `kartotek doctor` shows them.')
  return 0
}
