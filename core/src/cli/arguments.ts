import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UsageError } from './command.ts'

/** Reads a command's options and exactly `positionals` words. @throws UsageError */
export function readArguments<Options extends NonNullable<ParseArgsConfig['options']>>(args: string[], positionals: number, options: Options) {
  const parse = () => parseArgs({ args, options, allowPositionals: true, strict: true })
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse()
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  if (parsed.positionals.length !== positionals) {
    throw new UsageError(`${positionals === 1 ? '1 argument is' : `${positionals || 'no'} arguments are`} expected; got ${parsed.positionals.length}.`)
  }
  return parsed
}
