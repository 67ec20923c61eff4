import type { Command } from './command.ts'

/** All commands by name. Each is loaded when it is called: a command line waits for nothing that it does not need. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.command.ts')).start,
  doctor: async () => (await import('./doctor.command.ts')).doctor,
  backup: async () => (await import('./backup.command.ts')).backup,
  restore: async () => (await import('./restore.command.ts')).restore,
  token: async () => (await import('./token.command.ts')).token,
  user: async () => (await import('./user.command.ts')).user,
  model: async () => (await import('./model.command.ts')).model,
  plugin: async () => (await import('./plugin.command.ts')).plugin,
  codegen: async () => (await import('./codegen.command.ts')).codegen,
  sdk: async () => (await import('./sdk.command.ts')).sdk,
  import: async () => (await import('./import.command.ts')).importCommand,
}
