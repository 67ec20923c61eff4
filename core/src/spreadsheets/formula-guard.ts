/**
 * How spreadsheets recognise a formula when they open a CSV file: = + - @ in ASCII and full width, a tab, a line break, also
 * behind spaces (OWASP, «CSV Injection»). Apostrophes in front are counted in, so that the guard can be taken off exactly.
 */
const FORMULA = /^'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/

/** A text that no spreadsheet takes for a formula: with an apostrophe in front where it could be one. */
export function guardFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}

/** What {@link guardFormula} was given. */
export function unguardFormula(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text
}
