import type { Expression } from '../expressions/expression.ts'
import { understand } from '../expressions/of-record.ts'
import { ExpressionError } from '../expressions/parse.ts'
import { textOf, type Value } from '../expressions/value.ts'
import type { Model, ObjectModel } from '../model/model.ts'

type Part = string | Expression

/** A text with expressions in braces; `{{` is a brace. @throws ExpressionError */
export function understandText(model: Model, object: ObjectModel, text: string): Part[] {
  const parts: Part[] = []
  for (let at = 0, plain = ''; at <= text.length;) {
    if (at === text.length) { parts.push(plain); break }
    if (text.startsWith('{{', at)) { plain += '{'; at += 2; continue }
    if (text[at] !== '{') { plain += text[at]; at += 1; continue }
    const end = text.indexOf('}', at)
    if (end < 0) throw new ExpressionError('formulaSyntax', { at: at + 1 })
    parts.push(plain, understand(model, object, text.slice(at + 1, end)))
    plain = ''
    at = end + 1
  }
  return parts
}

export const pathsIn = (parts: readonly Part[]): string[] => parts.flatMap((part) => (typeof part === 'string' ? [] : part.paths))

export const written = (parts: readonly Part[], value: (expression: Expression) => Value): string => parts.map((part) => (typeof part === 'string' ? part : textOf(value(part)))).join('')
