import { textIn, type Locale, type Localized } from '@kartotek/sdk'

const MESSAGES: Record<string, Localized> = {
  required: {
    en: 'Enter a value.', ru: 'Укажите значение.', uk: 'Вкажіть значення.', fi: 'Anna arvo.',
  },
  unknown: {
    en: 'There is no such setting.', ru: 'Такой настройки нет.', uk: 'Такого налаштування немає.', fi: 'Tällaista asetusta ei ole.',
  },
  option: {
    en: 'Choose one of the offered values.', ru: 'Выберите одно из предложенных значений.',
    uk: 'Виберіть одне із запропонованих значень.', fi: 'Valitse jokin tarjotuista arvoista.',
  },
  type: {
    en: 'This is not a value of the right kind ({type}).', ru: 'Значение не того типа (нужно: {type}).',
    uk: 'Значення не того типу (потрібно: {type}).', fi: 'Arvo on väärää tyyppiä (tarvitaan: {type}).',
  },
  min: {
    en: 'Enter {limit} or more.', ru: 'Введите число не меньше {limit}.', uk: 'Введіть число не менше {limit}.', fi: 'Anna vähintään {limit}.',
  },
  max: {
    en: 'Enter {limit} or less.', ru: 'Введите число не больше {limit}.', uk: 'Введіть число не більше {limit}.', fi: 'Anna enintään {limit}.',
  },
  maxLength: {
    en: 'Shorten this to {limit} characters.', ru: 'Сократите до {limit} символов.', uk: 'Скоротіть до {limit} символів.',
    fi: 'Lyhennä {limit} merkkiin.',
  },
  country: {
    en: 'Enter a two-letter country code, such as FI.', ru: 'Введите двухбуквенный код страны, например FI.',
    uk: 'Введіть дволітерний код країни, наприклад FI.', fi: 'Anna kaksikirjaiminen maakoodi, esimerkiksi FI.',
  },
  'time-zone': {
    en: 'Enter a time zone such as Europe/Helsinki.', ru: 'Введите часовой пояс, например Europe/Moscow.',
    uk: 'Введіть часовий пояс, наприклад Europe/Kyiv.', fi: 'Anna aikavyöhyke, esimerkiksi Europe/Helsinki.',
  },
  other: {
    en: 'This value is not accepted.', ru: 'Такое значение не подходит.', uk: 'Таке значення не підходить.', fi: 'Arvo ei kelpaa.',
  },
}

/** What is wrong with a setting and what to do, in the reader's language. */
export function problemMessage(rule: string, params: Record<string, unknown>, locale: Locale): string {
  const text = MESSAGES[rule === 'format' ? String(params.format) : rule] ?? MESSAGES.other
  return textIn(text, locale).replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''))
}
