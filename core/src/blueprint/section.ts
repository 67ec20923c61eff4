import type { RequestContext } from '../graphql/context.ts'
import type { Offer, Outlet } from '../automation/check.ts'
import type { References } from './references.ts'

/** What sections work with. `fresh` gives the context of now: each applied item may have made a new generation. */
export interface Workshop {
  fresh(): RequestContext
  references(): Promise<References>
  offers(): readonly Offer[]
  outlets(): Promise<readonly Outlet[]>
  /** Formulas of the object are to be worked out for the records that are there. */
  recompute(object: string): Promise<void>
}

/** One thing of the model as plain JSON, without ids. */
export type Item = Record<string, unknown>

/** One kind of thing: read in a stable form, compared, and made or changed by the functions that the API calls. */
export interface Section {
  /** Key of the file: `objects`. */
  name: string
  /** What one of them is called in a plan: `field`. */
  word: string
  /** What it needs to see and change them all. */
  capability: string
  /** All of them by key, in the order in which the file has them. */
  read(workshop: Workshop): Promise<Map<string, Item>>
  /** What the item is to be like; the file itself, unless it tells only a part. */
  wanted?(key: string, from: Item | null, to: Item): Item
  /**
   * Why the change cannot be made, in a sentence; null where it can.
   * @param from null for what is not there yet
   */
  refuses?(key: string, from: Item | null, to: Item): string | null
  /** Makes or changes one. @throws what the API would throw */
  apply(workshop: Workshop, key: string, from: Item | null, to: Item): Promise<void>
  /** What is left to do when all of all sections are there. */
  conclude?(workshop: Workshop, key: string, from: Item | null, to: Item): Promise<void>
  /** What is left to do when all of the section are there. */
  finish?(workshop: Workshop, key: string, from: Item | null, to: Item): Promise<void>
}

/** Without what is empty: null and undefined, at any depth of objects. */
export function clean<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => clean(item)) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined).map(([key, inner]) => [key, clean(inner)])) as T
}
