import { textIn, type Locale, type Localized } from '@kartotek/sdk'
import { formulaInWords, halvesOf } from '../conditions/condition.ts'
import { mayTell, understand } from '../expressions/of-record.ts'
import { ExpressionError } from '../expressions/parse.ts'
import type { ObjectModel } from '../model/model.ts'
import type { Reading } from '../records/reading.ts'
import type { Stage } from './pipeline.ts'

const MESSAGES = {
  closed: { ru: 'Пока нельзя перейти на этап «{stage}».', uk: 'Поки що не можна перейти на етап «{stage}».', fi: 'Vaiheeseen ”{stage}” ei voi vielä siirtyä.', en: 'Stage “{stage}” cannot be entered yet.' },
  kept: { ru: 'На этапе «{stage}» это нельзя оставить пустым.', uk: 'На етапі «{stage}» це не можна лишити порожнім.', fi: 'Vaiheessa ”{stage}” tätä ei voi jättää tyhjäksi.', en: 'On stage “{stage}” this cannot be left empty.' },
  next: { ru: 'С этапа «{from}» можно перейти только на: {stages}.', uk: 'З етапу «{from}» можна перейти лише на: {stages}.', fi: 'Vaiheesta ”{from}” voi siirtyä vain vaiheisiin: {stages}.', en: 'From “{from}” the next stage can only be: {stages}.' },
  role: { ru: 'На этот этап переводит только: {roles}.', uk: 'На цей етап переводить лише: {roles}.', fi: 'Tähän vaiheeseen siirtää vain: {roles}.', en: 'Only these roles may enter it: {roles}.' },
  required: { ru: 'Заполните поле «{field}».', uk: 'Заповніть поле «{field}».', fi: 'Täytä kenttä ”{field}”.', en: 'Fill in “{field}”.' },
  lossReason: { ru: 'Укажите причину отказа.', uk: 'Вкажіть причину відмови.', fi: 'Kerro häviön syy.', en: 'Give the reason of the loss.' },
  condition: { ru: 'Условие этапа «{stage}» не выполнено.', uk: 'Умову етапу «{stage}» не виконано.', fi: 'Vaiheen ”{stage}” ehto ei täyty.', en: 'The condition of stage “{stage}” does not hold.' },
  formula: { ru: 'Условие этапа «{stage}» не выполнено: {formula}.', uk: 'Умову етапу «{stage}» не виконано: {formula}.', fi: 'Vaiheen ”{stage}” ehto ei täyty: {formula}.', en: 'The condition of stage “{stage}” does not hold: {formula}.' },
} satisfies Record<string, Localized>

export function gateMessage(key: keyof typeof MESSAGES, locale: Locale, params: Record<string, string>): string {
  return textIn(MESSAGES[key], locale).replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
}

/**
 * That the condition of a stage does not hold: in the words of who set it, else by its formula, to who may read all that the
 * formula looks at. What others do not see is not named.
 */
export function conditionMessage({ generation: { model }, access, locale }: Pick<Reading, 'generation' | 'access' | 'locale'>, object: ObjectModel, { name, gate }: Stage, byFormula: boolean): string {
  const hint = textIn(gate.conditionHint, locale)
  const { formula } = halvesOf(gate.condition)
  if (hint || formula === null || !byFormula || !mayTell(model, access, object, pathsOf(formula))) return hint || gateMessage('condition', locale, { stage: textIn(name, locale) })
  return gateMessage('formula', locale, { stage: textIn(name, locale), formula: formulaInWords(model, object, formula, locale) })

  function pathsOf(text: string): string[] {
    try {
      return understand(model, object, text).paths
    } catch (error) {
      if (error instanceof ExpressionError) return ['?']
      throw error
    }
  }
}
