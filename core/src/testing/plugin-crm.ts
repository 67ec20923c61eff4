// What authors of plugins get from `@kartotek/core/testing`. It is published by itself (`kartotek sdk pack`), so it knows the SDK and no more of the core.
import type { Actor, PluginDefinition } from '@kartotek/sdk'

/** A user of the core under test. */
export interface TestPerson { readonly actor: Actor }

/** Rights of a role, as administrators give them. */
export interface TestRules {
  /** By object name: how far an action reaches. `*` stands for all that are not named. */
  objects?: Record<string, Partial<Record<'read' | 'create' | 'update' | 'delete', 'none' | 'own' | 'team' | 'all'>>>
  /** `{ 'client.note': { read: false } }` */
  fields?: Record<string, { read?: boolean, write?: boolean }>
  /** `export.run`, `<plugin>.<permission>` */
  capabilities?: string[]
}

export interface TestCrmOptions {
  /** The plugins to run; by path or as they are. */
  plugins?: readonly (string | PluginDefinition)[]
  /** Settings by id of the plugin, as an administrator would have given them. */
  settings?: Record<string, Record<string, unknown>>
  /** False: nothing happens in the background; events and jobs wait for `drain`. Default true. */
  work?: boolean
  /** The time at which the core begins, in ISO 8601: with it there is a {@link PluginCrm.clock}. Default: the real time. */
  clock?: string
  /** What plugins have as `ctx.publicUrl`. Default `http://127.0.0.1:3000`, where nobody answers. */
  publicUrl?: string
}

/** What an operation came to. */
export interface TestAnswer {
  // Results are whatever the test asks for.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data: any
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  errors?: { message: string, extensions: Record<string, any> }[]
  changeSets: string[]
}

/** A request as a foreign system posts it; made by hand or by {@link signed}. What is no text is sent as JSON. */
export interface TestRequest { body?: unknown, headers?: Record<string, string>, query?: Record<string, string> }

/** The time of the core: of its code, of the plugin's, and of its statements (`now()`). It runs on by itself. */
export interface TestClock {
  now(): Date
  /** Moves to a moment. Schedules that come due on the way there wait for `drain`, each once. Back is possible, and makes nothing due. */
  set(moment: string | Date): Promise<void>
  /** Moves on by so much. */
  advance(by: { days?: number, hours?: number, minutes?: number, seconds?: number }): Promise<void>
}

/** A whole core on a real PostgreSQL, with plugins. */
export interface PluginCrm<Person extends TestPerson = TestPerson> {
  /** A new user with this role: `administrator`, `manager` … */
  as(role: string): Promise<Person>
  /** A new user with a role of his own that has these rules. */
  withRules(rules: TestRules): Promise<Person>
  /** An operation as this person, checked against what he may see, with limits and errors as over HTTP. */
  query(person: Person, source: string, variables?: Record<string, unknown>): Promise<TestAnswer>
  /** The data of an operation that must succeed. @throws Error with its errors */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  ask(person: Person, source: string, variables?: Record<string, unknown>): Promise<any>
  /**
   * Posts to a route of a plugin as a foreign system does: `crm.webhook('telephony/events', signed.hmac({ … }, { header, secret }))`.
   * What a verified webhook told waits for {@link drain}.
   */
  webhook(path: string, request: TestRequest): Promise<Response>
  /** Reads a route of a plugin as this person, or as nobody: `crm.get(manager, 'telephony/recordings/1')`. */
  get(person: Person | null, path: string, headers?: Record<string, string>): Promise<Response>
  /** Listens to a subscription as this person; `heard` fills with what it tells. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  subscribe(person: Person, source: string, variables?: Record<string, unknown>): Promise<{ heard: any[], stop(): Promise<void> }>
  /** Runs all waiting events and jobs, each twice, because delivery is at least once. @returns what failed, attempt by attempt */
  drain(): Promise<{ ran: number, failed: { queue: string, message: string }[] }>
  /** @throws Error unless `testCrm` was given a `clock` */
  readonly clock: TestClock
  /** An API token of this person. */
  token(person: Person): Promise<string>
  /** Opens the core to the net, for programs that call it: `http://127.0.0.1:…`. Once; it closes with `close`. */
  serve(): Promise<{ url: string }>
  /**
   * Stops the core and uninstalls one of its plugins, as the operator does between two starts. With `drop` it asserts that
   * nothing of it is left in the database. Only `close` may follow.
   */
  uninstall(plugin: string, options: { data: 'keep' | 'drop' }): Promise<void>
  close(): Promise<void>
}
