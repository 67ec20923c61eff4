import { textIn, type Localized } from '@kartotek/sdk'
import { fieldAt, type Reading } from '../records/reading.ts'

const TEXTS = {
  backfill: { ru: 'Заполнение поля «{field}»', uk: 'Заповнення поля «{field}»', fi: 'Kentän ”{field}” täydennys', en: 'Filling in “{field}”' },
  stagesRemoved: { ru: 'Воронка «{pipeline}»: этапы убраны', uk: 'Воронка «{pipeline}»: етапи прибрано', fi: 'Myyntiputki ”{pipeline}”: vaiheita poistettu', en: 'Pipeline “{pipeline}”: stages removed' },
  trashEmptied: { ru: 'Очистка корзины', uk: 'Очищення кошика', fi: 'Roskakorin tyhjennys', en: 'The trash was emptied' },
  automation: { ru: 'Правило «{rule}»', uk: 'Правило «{rule}»', fi: 'Sääntö ”{rule}”', en: 'Rule “{rule}”' },
  personErased: { ru: 'Стирание персональных данных', uk: 'Стирання персональних даних', fi: 'Henkilötietojen poisto', en: 'Erasure of personal data' },
  invitation: { ru: 'Приглашение', uk: 'Запрошення', fi: 'Kutsu', en: 'Invitation' },
  account: { ru: 'Учётная запись', uk: 'Обліковий запис', fi: 'Käyttäjätili', en: 'Account' },
} satisfies Record<string, Localized>

/** What an action was, as a key with values, so that everybody reads it in his own language. */
export interface Summary {
  key: keyof typeof TEXTS
  /** `field`: `client.custom.tier`, told by its label to who may read the field. Others as they are, or by language. */
  values?: Record<string, string | Localized>
}

export function summaryText({ key, values = {} }: Summary, reading: Reading): string {
  return textIn(TEXTS[key], reading.locale).replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    if (name === 'field' && typeof value === 'string') return textIn(fieldAt(reading, value)?.label, reading.locale) || '…'
    return typeof value === 'string' ? value : textIn(value, reading.locale)
  })
}
