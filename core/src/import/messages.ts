import { textIn } from '@kartotek/sdk'
import type { Locale, Localized } from '@kartotek/sdk'

/** What can be wrong with a row before a record is made of it. `{name}` is replaced by a parameter. */
const MESSAGES: Record<string, Localized> = {
  cells: {
    ru: 'В строке {found} ячеек вместо {expected}: возьмите в кавычки ячейку, в которой есть разделитель.',
    uk: 'У рядку {found} клітинок замість {expected}: візьміть у лапки клітинку, у якій є роздільник.',
    fi: 'Rivillä on {found} solua, pitäisi olla {expected}: lisää lainausmerkit soluun, jossa on erotin.',
    en: 'The row has {found} cells instead of {expected}: put quotes around the cell that contains the separator.',
  },
  cellsMissing: {
    ru: 'В строке {found} ячеек вместо {expected}: добавьте недостающие, хотя бы пустые.',
    uk: 'У рядку {found} клітинок замість {expected}: додайте ті, яких бракує, хоча б порожні.',
    fi: 'Rivillä on {found} solua, pitäisi olla {expected}: lisää puuttuvat solut, vaikka tyhjinä.',
    en: 'The row has {found} cells instead of {expected}: add those that are missing, if only empty ones.',
  },
  quote: {
    ru: 'Кавычки в строке не закрыты или стоят посреди ячейки.', uk: 'Лапки в рядку не закриті або стоять посеред клітинки.',
    fi: 'Rivin lainausmerkit eivät täsmää.', en: 'The quotes in the row do not match.',
  },
  encoding: {
    ru: 'В строке есть знаки, которых нет в кодировке файла.', uk: 'У рядку є знаки, яких немає в кодуванні файлу.',
    fi: 'Rivillä on merkkejä, joita tiedoston merkistössä ei ole.', en: 'The row has characters that are not in the encoding of the file.',
  },
  formula: {
    ru: 'Значение формулы в строке не сохранено в файле: откройте и сохраните файл в табличном редакторе.', uk: 'Значення формули в рядку не збережено у файлі: відкрийте та збережіть файл у табличному редакторі.',
    fi: 'Rivin kaavan arvoa ei ole tallennettu tiedostoon: avaa ja tallenna tiedosto taulukkolaskennassa.', en: 'The value of a formula in the row is not saved in the file: open and save the file in a spreadsheet program.',
  },
  number: { ru: '«{value}» — не число.', uk: '«{value}» — не число.', fi: '”{value}” ei ole luku.', en: '“{value}” is not a number.' },
  integer: { ru: '«{value}» — не целое число.', uk: '«{value}» — не ціле число.', fi: '”{value}” ei ole kokonaisluku.', en: '“{value}” is not a whole number.' },
  ambiguousNumber: {
    ru: 'Неясно, что значит запятая в «{value}»: укажите decimal в описании импорта.', uk: 'Неясно, що означає кома в «{value}»: вкажіть decimal в описі імпорту.',
    fi: 'Pilkun merkitys luvussa ”{value}” on epäselvä: anna decimal tuonnin kuvauksessa.', en: 'It is not clear what the comma in “{value}” means: set “decimal” in the import description.',
  },
  boolean: { ru: '«{value}» — не «да» и не «нет».', uk: '«{value}» — не «так» і не «ні».', fi: '”{value}” ei ole kyllä eikä ei.', en: '“{value}” is neither yes nor no.' },
  date: { ru: '«{value}» не похоже на дату вида {form}.', uk: '«{value}» не схоже на дату вигляду {form}.', fi: '”{value}” ei ole päivämäärä muodossa {form}.', en: '“{value}” is not a date like {form}.' },
  option: { ru: 'Варианта «{value}» нет в списке.', uk: 'Варіанта «{value}» немає в списку.', fi: 'Vaihtoehtoa ”{value}” ei ole luettelossa.', en: 'There is no choice “{value}”.' },
  mapped: { ru: 'Слова «{value}» нет в описании импорта.', uk: 'Слова «{value}» немає в описі імпорту.', fi: 'Sanaa ”{value}” ei ole tuonnin kuvauksessa.', en: 'The word “{value}” is not in the import description.' },
  country: { ru: 'Страна «{value}» не найдена.', uk: 'Країну «{value}» не знайдено.', fi: 'Maata ”{value}” ei tunneta.', en: 'The country “{value}” is not known.' },
  stage: { ru: 'Этапа «{value}» нет в воронке.', uk: 'Етапу «{value}» немає у воронці.', fi: 'Vaihetta ”{value}” ei ole putkessa.', en: 'The pipeline has no stage “{value}”.' },
  reference: {
    ru: 'Запись «{value}» ({object}) не найдена: загрузите её сначала.', uk: 'Запис «{value}» ({object}) не знайдено: завантажте його спочатку.',
    fi: 'Tietuetta ”{value}” ({object}) ei löydy: tuo se ensin.', en: 'There is no {object} “{value}”: load it first.',
  },
  ambiguous: {
    ru: '«{value}» подходит к нескольким записям ({object}).', uk: '«{value}» підходить до кількох записів ({object}).',
    fi: '”{value}” sopii useaan tietueeseen ({object}).', en: '“{value}” fits more than one {object}.',
  },
  keyMissing: { ru: 'Не заполнен ключ строки.', uk: 'Не заповнено ключ рядка.', fi: 'Rivin avain puuttuu.', en: 'The key of the row is empty.' },
  keyHeld: {
    ru: 'Ключ «{value}» принадлежит записи, которую вам нельзя изменять.', uk: 'Ключ «{value}» належить запису, який вам не можна змінювати.',
    fi: 'Avain ”{value}” kuuluu tietueelle, jota et voi muuttaa.', en: 'The key “{value}” belongs to a record that you may not change.',
  },
  internal: { ru: 'Не удалось записать: {message}', uk: 'Не вдалося записати: {message}', fi: 'Tallennus ei onnistunut: {message}', en: 'It could not be written: {message}' },
}

export function importMessage(rule: string, params: Record<string, unknown>, locale: Locale): string {
  const template = textIn(MESSAGES[rule] ?? MESSAGES.internal, locale)
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''))
}

/** Why a row was not loaded. */
export interface RowProblem {
  /** The column that is to blame; null where it is the row as a whole. */
  column: string | null
  rule: string
  message: string
}

export function rowProblem(column: string | null, rule: string, params: Record<string, unknown>, locale: Locale): RowProblem {
  return { column, rule, message: importMessage(rule, params, locale) }
}
