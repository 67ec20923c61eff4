import { textIn, type Localized } from '@kartotek/sdk'
import { fieldAt, type Reading } from '../records/reading.ts'

const TEXTS = {
  backfill: { ru: 'Заполнение поля «{field}»', uk: 'Заповнення поля «{field}»', fi: 'Kentän ”{field}” täydennys', en: 'Filling in “{field}”' },
  stagesRemoved: { ru: 'Воронка «{pipeline}»: этапы убраны', uk: 'Воронка «{pipeline}»: етапи прибрано', fi: 'Myyntiputki ”{pipeline}”: vaiheita poistettu', en: 'Pipeline “{pipeline}”: stages removed' },
  approvalAsked: { ru: 'Запрос согласования этапа', uk: 'Запит на погодження етапу', fi: 'Vaiheen hyväksyntäpyyntö', en: 'Stage approval asked for' },
  approvalGiven: { ru: 'Этап согласован', uk: 'Етап погоджено', fi: 'Vaihe hyväksytty', en: 'Stage approved' },
  approvalDeclined: { ru: 'Этап не согласован', uk: 'Етап не погоджено', fi: 'Vaihe hylätty', en: 'Stage declined' },
  approvalWithdrawn: { ru: 'Запрос согласования отозван', uk: 'Запит на погодження відкликано', fi: 'Hyväksyntäpyyntö peruttu', en: 'Approval request withdrawn' },
  trashEmptied: { ru: 'Очистка корзины', uk: 'Очищення кошика', fi: 'Roskakorin tyhjennys', en: 'The trash was emptied' },
  automation: { ru: 'Правило «{rule}»', uk: 'Правило «{rule}»', fi: 'Sääntö ”{rule}”', en: 'Rule “{rule}”' },
  personErased: { ru: 'Стирание персональных данных', uk: 'Стирання персональних даних', fi: 'Henkilötietojen poisto', en: 'Erasure of personal data' },
  invitation: { ru: 'Приглашение', uk: 'Запрошення', fi: 'Kutsu', en: 'Invitation' },
  tasksAbout: { ru: 'Задачи «{title}»', uk: 'Завдання «{title}»', fi: 'Tehtävät ”{title}”', en: 'Tasks “{title}”' },
  handOver: { ru: 'Передача дел', uk: 'Передача справ', fi: 'Töiden siirto', en: 'Hand-over' },
  merge: { ru: 'Слияние двойников', uk: 'Об’єднання дублікатів', fi: 'Kaksoiskappaleiden yhdistäminen', en: 'Duplicates merged' },
  account: { ru: 'Учётная запись', uk: 'Обліковий запис', fi: 'Käyttäjätili', en: 'Account' },
  intakeReceived: { ru: 'Новая заявка', uk: 'Нова заявка', fi: 'Uusi yhteydenotto', en: 'New request' },
  intakeAssigned: { ru: 'Распределение заявки', uk: 'Розподіл заявки', fi: 'Yhteydenoton jako', en: 'Request distributed' },
  intakeTaken: { ru: 'Заявка взята в работу', uk: 'Заявку взято в роботу', fi: 'Yhteydenotto otettu työn alle', en: 'Request taken' },
  intakeAccepted: { ru: 'Заявка принята', uk: 'Заявку прийнято', fi: 'Yhteydenotto hyväksytty', en: 'Request accepted' },
  intakeLinked: { ru: 'Заявка привязана', uk: 'Заявку прив’язано', fi: 'Yhteydenotto liitetty', en: 'Request linked' },
  intakeDeclined: { ru: 'Заявка отклонена', uk: 'Заявку відхилено', fi: 'Yhteydenotto hylätty', en: 'Request declined' },
  intakeSpam: { ru: 'Заявка отмечена как спам', uk: 'Заявку позначено як спам', fi: 'Yhteydenotto merkitty roskapostiksi', en: 'Request marked as spam' },
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
