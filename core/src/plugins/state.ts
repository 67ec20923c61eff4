/** The steps of a plugin's start, in their order. */
export const STEPS = [
  'discovered', 'loaded', 'manifest valid', 'compatible', 'dependencies met', 'settings valid', 'model contributed', 'tables migrated', 'schema composed', 'started',
] as const
export type Step = (typeof STEPS)[number]

/**
 * `starting` until the last step, then `running`. `unconfigured`: it waits for settings. `failed`: `step` and `cause` say
 * why. `quarantined`: its code blocked the process before. `skipped`: the start was one without plugins. `disabled`: an administrator does not want it. `stopped`: the process
 * ends.
 */
export type PluginStatus = 'starting' | 'running' | 'failed' | 'unconfigured' | 'quarantined' | 'skipped' | 'disabled' | 'stopped'

/** How far a plugin came. */
export interface PluginState {
  /** Its id, or the entry of the list where the module could not be loaded. */
  id: string
  version: string | null
  /** Where it came from: `bundled:<id>`, `package:<id>@<version>`, or its entry in KARTOTEK_PLUGINS. */
  source: string
  state: PluginStatus
  /** The step that it failed at, or the last one that it passed. */
  step: Step
  /** Why it is not running, in one sentence. */
  cause: string | null
  timings: { step: Step, ms: number }[]
  /** Errors that its code left unhandled since the start. */
  faults: number
}

/** Why what needs this plugin cannot run. */
export function lossOf(state: PluginState): string {
  return `It needs "${state.id}", which is ${state.state}${state.cause ? `: ${state.cause}` : '.'}`
}

/** A plugin cannot go on; the message is the cause that an administrator reads. */
export class PluginError extends Error {
  override readonly name: string = 'PluginError'
}
/** A plugin lacks settings: not its failure. */
export class UnconfiguredError extends PluginError {
  override readonly name = 'UnconfiguredError'
}
/** The start is one that runs no code of plugins. */
export class SkippedError extends PluginError {
  override readonly name = 'SkippedError'
}
/** A plugin is not wanted now. */
export class DisabledError extends PluginError {
  override readonly name = 'DisabledError'
}
/** A plugin was stopped by the watchdog before and waits for somebody to let it run again. */
export class QuarantinedError extends PluginError {
  override readonly name = 'QuarantinedError'
}
