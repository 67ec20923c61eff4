import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'

export const restore: Command = {
  name: 'restore', usage: 'FILE', summary: 'x',
  async run(args) { readArguments(args, 1, {}) },
}
