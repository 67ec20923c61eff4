import { InputError, type FieldProblem, type Locale } from '@kartotek/sdk'
import { say, type MessageKey } from '../messages.ts'

export const MIN_PASSWORD = 10
/** Long enough for any passphrase; bounds the work of one hash. */
export const MAX_PASSWORD = 256

/** Base words that people of our languages start a password with, beside the international list. */
const LOCAL_WORDS = [
  'пароль', 'йцукен', 'йцукенг', 'йцукенгшщз', 'йцукенгшщзхъ', 'привет', 'любовь', 'солнышко', 'наташа', 'администратор', 'админ',
  'привіт', 'кохання', 'україна', 'адміністратор', 'gfhjkm', 'ghbdtn', 'ytrewq', 'salasana', 'perkele', 'suomi', 'ylläpitäjä', 'qwertyuiop',
  'password', 'administrator', 'welcome', '0987654321',
]

/** Words that belong to this product; names of the person and the company are added per check. */
const PRODUCT_WORDS = ['kartotek', 'картотек', 'crm']

let common: Promise<Set<string>> | undefined

/** 49,000 common passwords, loaded when the first password is set. */
function commonPasswords(): Promise<Set<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(({ dictionary }) => {
    const words = new Set(LOCAL_WORDS)
    for (const word of dictionary['passwords-common']) words.add(word)
    return words
  })
  return common
}

/**
 * Refuses a password that attackers try first (ASVS 5.0 V6.2.1, V6.2.4, V6.2.11): too short, common, or made of words that
 * anybody knows about this person. No rules about kinds of characters. `context`: name, e-mail, company name.
 * @throws InputError on `field`
 */
export async function checkPassword(password: string, context: string[], locale: Locale, field = 'password'): Promise<void> {
  const problem = await passwordProblem(password, context)
  if (!problem) return
  const message = say(problem.key, locale, { min: MIN_PASSWORD, max: MAX_PASSWORD, word: problem.word ?? '' })
  const found: FieldProblem = { field, rule: problem.rule, message, params: { min: MIN_PASSWORD, max: MAX_PASSWORD } }
  throw new InputError(message, [found])
}

interface Problem { rule: string, key: MessageKey, word?: string }

async function passwordProblem(password: string, context: string[]): Promise<Problem | null> {
  const length = [...password].length
  if (length < MIN_PASSWORD) return { rule: 'minLength', key: 'passwordShort' }
  if (length > MAX_PASSWORD) return { rule: 'maxLength', key: 'passwordLong' }
  const lower = password.toLowerCase()
  const bare = lower.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
  if (new Set(lower).size < 4 || isRun(bare)) return { rule: 'common', key: 'passwordSimple' }
  const words = contextWords(context).filter((word) => lower.includes(word))
  const rest = words.reduce((text, word) => text.replaceAll(word, ''), lower)
  if (words[0] && rest.length < 6) return { rule: 'context', key: 'passwordContext', word: words[0] }
  const list = await commonPasswords()
  const core = lower.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  if (list.has(lower) || list.has(bare) || (core.length < MIN_PASSWORD && core.length > 3 && lower.length - core.length < 7 && list.has(core))) {
    return { rule: 'common', key: 'passwordCommon' }
  }
  return null
}

/** `abcdefghij`, `9876543210`: each character one step from the one before. */
function isRun(text: string): boolean {
  const steps = new Set<number>()
  for (let i = 1; i < text.length; i++) steps.add(text.charCodeAt(i) - text.charCodeAt(i - 1))
  return steps.size === 1
}

function contextWords(context: string[]): string[] {
  const words = context.flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter((word) => word.length >= 4)
  return [...PRODUCT_WORDS, ...words].sort((a, b) => b.length - a.length)
}
