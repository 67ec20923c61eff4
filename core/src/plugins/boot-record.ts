import type { Log, PluginDefinition } from '@kartotek/sdk'
import type { WebPart } from './web-part.ts'
import { DisabledError, QuarantinedError, SkippedError, UnconfiguredError, type PluginState, type PluginStatus, type Step } from './state.ts'

/** The start of one plugin: its steps, their times, and where it stopped. */
export class BootRecord {
  readonly source: string
  readonly state: PluginState
  /** What it gives to the web app; null without one, or where it cannot be served. */
  web: WebPart | null = null
  readonly #log: Log
  readonly #bundled: boolean
  #plugin: PluginDefinition | null = null

  /** @param bundled nobody asked for it: where it lacks settings, that is no news */
  constructor(source: string, log: Log, bundled = false) {
    this.source = source
    this.#log = log
    this.#bundled = bundled
    this.state = { id: source, version: null, source, state: 'starting', step: 'discovered', cause: null, timings: [], faults: 0 }
  }

  /** The plugin, after the step `loaded`. */
  get plugin(): PluginDefinition {
    if (!this.#plugin) throw new Error(`${this.source} is not loaded.`)
    return this.#plugin
  }

  get loaded(): boolean {
    return this.#plugin !== null
  }

  /** It may take the next step. */
  get alive(): boolean {
    return this.state.state === 'starting' || this.state.state === 'running'
  }

  /** Why it does not run, where somebody should look at it. */
  get problem(): string | null {
    return this.#bundled && this.state.state === 'unconfigured' ? null : this.state.cause
  }

  /** What is known of it before its code runs. */
  announce({ id, version }: { id: string, version: string }): void {
    this.state.id = id
    this.state.version = version
  }

  adopt(plugin: PluginDefinition): void {
    this.#plugin = plugin
    if (typeof plugin.id === 'string' && plugin.id) this.state.id = plugin.id
    this.state.version = typeof plugin.version === 'string' ? plugin.version : null
  }

  /** Takes a step, unless an earlier one failed. Errors end here: they become the state. @returns whether it may go on */
  async step(step: Step, run: () => unknown): Promise<boolean> {
    if (!this.alive) return false
    const began = performance.now()
    try {
      await run()
      this.state.step = step
    } catch (error) {
      this.fail(step, error)
    }
    this.state.timings.push({ step, ms: Math.round((performance.now() - began) * 10) / 10 })
    return this.alive
  }

  fail(step: Step, error: unknown): void {
    this.state.step = step
    this.state.state = statusOf(error)
    // Disabled is what somebody wanted: nothing to explain.
    this.state.cause = error instanceof DisabledError ? null : error instanceof Error ? error.message : String(error)
    if (error instanceof SkippedError || this.problem === null) return
    this.#log.error({ plugin: this.state.id, step, err: error }, `Plugin ${this.state.id} is ${this.state.state} at the step "${step}": ${this.state.cause}`)
  }
}

function statusOf(error: unknown): PluginStatus {
  if (error instanceof UnconfiguredError) return 'unconfigured'
  if (error instanceof SkippedError) return 'skipped'
  if (error instanceof DisabledError) return 'disabled'
  return error instanceof QuarantinedError ? 'quarantined' : 'failed'
}
