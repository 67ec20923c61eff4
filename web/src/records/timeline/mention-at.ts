/** The name that is being typed after an `@`, and where it begins. */
export interface Typed { from: number, term: string }

const TYPED = /(?:^|[\s(])@([\p{L}\p{M}\p{N}.'’-]{0,40}(?: [\p{L}\p{M}.'’-]{0,40})?)$/u

/** What stands before the caret as the beginning of a colleague's name, one or two words; an address like `a@b.c` is none. */
export function mentionAt(text: string, caret: number): Typed | null {
  const term = TYPED.exec(text.slice(0, caret))?.[1]
  return term === undefined ? null : { from: caret - term.length - 1, term }
}
