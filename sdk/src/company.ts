import type { Locale } from './locale.ts'

/** The company as its settings describe it: how its numbers are written, when it works, who leads whom. Reached by {@link PluginContext.company}. */
export interface Company {
  /** Its language: for texts that are stored, and read by many. */
  readonly locale: Locale
  /** IANA name: `Europe/Helsinki`. Schedules go by it. */
  readonly timeZone: string
  /**
   * Reads a telephone number as people of the company dial it. `e164` is null where it is no number that the world knows; `display` is
   * then the text as it came. `country` is the ISO 3166 code of two letters.
   *
   * @example
   * import type { PluginContext } from '@kartotek/sdk'
   *
   * // For a company in Russia: '8 (916) 123-45-67' → '+79161234567'
   * export function dialled(text: string, ctx: PluginContext): string | null {
   *   return ctx.company.phone(text).e164
   * }
   */
  phone(text: string): { e164: string | null, display: string, country: string | null }
  /**
   * When so many minutes of its working time have passed: at once within the hours of work, over the evening into the next day; from a
   * moment outside of them, the beginning of the next ones. Null where it never works.
   * @param from default: now
   *
   * @example
   * import type { PluginContext } from '@kartotek/sdk'
   *
   * // A call back within a quarter of an hour of working time: with hours of 9 to 18, of a call on Friday at 17:55 until Monday at 9:10.
   * export async function callBack(client: string, missedAt: Date, ctx: PluginContext) {
   *   const due = await ctx.company.dueAfter(15, missedAt)
   *   if (due) await ctx.records.create('task', { title: 'Call back', kind: 'call', subject: { object: 'client', id: client }, due: due.toISOString() })
   * }
   */
  dueAfter(minutes: number, from?: Date): Promise<Date | null>
  /**
   * Ids of those who lead a team of this person and work here, without the person. Empty where nobody does.
   * @param user id of the person
   */
  leadersOf(user: string): Promise<string[]>
}
