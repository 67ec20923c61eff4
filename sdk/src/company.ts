import type { Locale } from './locale.ts'

/** The company as its settings describe it: how its numbers are written, when it works, who leads whom. */
export interface Company {
  /** Its language: for texts that are stored, and read by many. */
  readonly locale: Locale
  /** IANA name: `Europe/Helsinki`. */
  readonly timeZone: string
  /**
   * Reads a telephone number as people of the company dial it. `e164` is null where it is no number that the world knows.
   * @example ctx.company.phone('8 (916) 123-45-67') // { e164: '+79161234567', display: '+7 916 123 45 67', country: 'RU' }
   */
  phone(text: string): { e164: string | null, display: string, country: string | null }
  /**
   * When so many minutes of its working time have passed: at once within the hours of work, over the evening into the next day; from a
   * moment outside of them, the beginning of the next ones. Null where it never works.
   */
  dueAfter(minutes: number, from?: Date): Promise<Date | null>
  /** Ids of those who lead a team of this person and work here, without the person. */
  leadersOf(user: string): Promise<string[]>
}
