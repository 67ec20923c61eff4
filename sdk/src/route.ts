import type { PluginContext } from './plugin.ts'

/** A request to a route of a plugin. */
export interface IncomingRequest {
  /** As the sender wrote it: under `PUBLIC_URL`, with the query. */
  url: string
  /** Named parts of the path: `/channels/:channel` gives `{ channel }`. */
  params: Record<string, string>
  query: Record<string, string>
  /** Names in lower case. */
  headers: Record<string, string>
  body: Buffer
  /** Address of who asks, as far as `TRUST_PROXY` lets it be known. */
  ip: string
}

/**
 * `body`: text, bytes and streams as they are, anything else as JSON. Default status 200. A stream may go on after the handler's time
 * (events to a browser); it is destroyed when the other side leaves or the process stops.
 */
export interface RouteResponse { status?: number, headers?: Record<string, string>, body?: unknown }

/** A route of a plugin, below `/plugins/<id>`, answered while the sender waits: at most 30 s. What a foreign system tells comes better by {@link webhook}. */
export interface RouteDefinition<Settings = Record<string, unknown>> {
  readonly kind?: undefined
  method: 'GET' | 'POST'
  /** `/form`, `/forms/:form`; below `/plugins/<id>`. */
  path: string
  /** `public`: no sign-in. `user`: a session or token is needed. Default `user`. */
  access?: 'public' | 'user'
  /** Greatest body in bytes, at most 50 MiB. Default 1 MiB. */
  maxBytes?: number
  /**
   * Answers in place of `run` where the body is larger than `maxBytes`: `body` is empty then. For pages that people see.
   * Default: 413 with the error as JSON.
   */
  tooLarge?(request: IncomingRequest, ctx: PluginContext<Settings>): Promise<RouteResponse> | RouteResponse
  run(request: IncomingRequest, ctx: PluginContext<Settings>): Promise<RouteResponse> | RouteResponse
}
