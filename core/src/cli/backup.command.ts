import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'

export const backup: Command = {
  name: 'backup', usage: 'FILE', summary: 'x',
  async run(args) { readArguments(args, 1, {}) },
}
