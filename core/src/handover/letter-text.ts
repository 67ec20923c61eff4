import { InputError } from '@kartotek/sdk'
import { invalid } from '../model/change.ts'

/** What clients are told when somebody else looks after them from now on. */
export interface Letter { subject: string, text: string }

/** What stands in braces in a letter: the client, who looked after him, and who does now. */
export const PLACEHOLDERS = ['client', 'from', 'to', 'email', 'phone', 'company'] as const
export type LetterValues = Record<(typeof PLACEHOLDERS)[number], string>

const SUBJECT = 200
const TEXT = 20_000
const IN_BRACES = /\{([^{}\s]+)\}/g

/** The letter without blanks around it. @throws InputError where a part is missing, too long, or names a placeholder that there is not */
export function checkedLetter(letter: Letter): Letter {
  const subject = letter.subject.replace(/\s+/g, ' ').trim()
  const text = letter.text.trim()
  if (!subject) throw invalid('letter.subject', 'required', 'A letter needs a subject.')
  if (!text) throw invalid('letter.text', 'required', 'A letter needs a text.')
  if (subject.length > SUBJECT || text.length > TEXT) throw invalid(subject.length > SUBJECT ? 'letter.subject' : 'letter.text', 'maxLength', 'The letter is too long.')
  const unknown = [...`${subject} ${text}`.matchAll(IN_BRACES)].map(([, name]) => name!).find((name) => !(PLACEHOLDERS as readonly string[]).includes(name))
  if (unknown) {
    const message = `There is no placeholder "${unknown}".`
    throw new InputError(message, [{ field: 'letter.text', rule: 'unknown', message }])
  }
  return { subject, text }
}

/** The letter to one client. What is filled in stays on its line: it cannot begin another header or paragraph. */
export function filledIn({ subject, text }: Letter, values: LetterValues): Letter {
  const fill = (words: string): string => words.replace(IN_BRACES, (_, name: keyof LetterValues) => values[name].replace(/\s+/g, ' ').trim())
  return { subject: fill(subject), text: fill(text) }
}
