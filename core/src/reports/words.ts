import type { Locale, Localized } from '@kartotek/sdk'
import type { State } from './information.ts'

export const STATE_WORDS: Record<State, Record<Locale, string>> = {
  filled: { ru: 'есть', uk: 'є', fi: 'on', en: 'filled' },
  stale: { ru: 'устарело', uk: 'застаріло', fi: 'vanhentunut', en: 'stale' },
  invalid: { ru: 'неверно', uk: 'неправильно', fi: 'virheellinen', en: 'invalid' },
  empty: { ru: 'нет', uk: 'немає', fi: 'puuttuu', en: 'empty' },
}

/** Words of the summary of how complete clients are. */
export const SUMMARY = {
  sheet: { ru: 'Сводка', uk: 'Зведення', fi: 'Yhteenveto', en: 'Summary' },
  clients: { ru: 'Клиентов', uk: 'Клієнтів', fi: 'Asiakkaita', en: 'Clients' },
  mean: { ru: 'В среднем, %', uk: 'У середньому, %', fi: 'Keskimäärin, %', en: 'Mean, %' },
  complete: { ru: 'С полными данными', uk: 'З повними даними', fi: 'Täydelliset tiedot', en: 'With 100 %' },
  all: { ru: 'Все', uk: 'Усі', fi: 'Kaikki', en: 'All' },
  nobody: { ru: 'Никто', uk: 'Ніхто', fi: 'Ei kukaan', en: 'Nobody' },
  OWNER: { ru: 'Ответственный', uk: 'Відповідальний', fi: 'Vastuuhenkilö', en: 'Owner' },
  TEAM: { ru: 'Команда', uk: 'Команда', fi: 'Tiimi', en: 'Team' },
  SEGMENT: { ru: 'Сегмент', uk: 'Сегмент', fi: 'Segmentti', en: 'Segment' },
} satisfies Record<string, Record<Locale, string>>

const HEADS: Localized[] = [
  { ru: 'День', uk: 'День', fi: 'Päivä', en: 'Day' }, { ru: 'Сотрудник', uk: 'Співробітник', fi: 'Henkilö', en: 'Person' },
  { ru: 'Звонки', uk: 'Дзвінки', fi: 'Puhelut', en: 'Calls' }, { ru: 'Письма', uk: 'Листи', fi: 'Sähköpostit', en: 'Letters' }, { ru: 'Сообщения', uk: 'Повідомлення', fi: 'Viestit', en: 'Messages' },
  { ru: 'Встречи', uk: 'Зустрічі', fi: 'Tapaamiset', en: 'Meetings' }, { ru: 'Заметки', uk: 'Нотатки', fi: 'Muistiinpanot', en: 'Notes' },
  { ru: 'Задачи выполнены', uk: 'Завдання виконані', fi: 'Tehtäviä tehty', en: 'Tasks done' }, { ru: 'Задачи просрочены', uk: 'Завдання прострочені', fi: 'Tehtäviä myöhässä', en: 'Tasks overdue' }, { ru: 'Задачи созданы', uk: 'Завдання створені', fi: 'Tehtäviä luotu', en: 'Tasks created' }, { ru: 'Заявки', uk: 'Заявки', fi: 'Yhteydenotot', en: 'Requests' },
  { ru: 'Новые клиенты', uk: 'Нові клієнти', fi: 'Uusia asiakkaita', en: 'New clients' }, { ru: 'Новые заказы', uk: 'Нові замовлення', fi: 'Uusia tilauksia', en: 'New orders' }, { ru: 'Переходы по этапам', uk: 'Переходи за етапами', fi: 'Vaihesiirtoja', en: 'Stage moves' },
  { ru: 'Выиграно', uk: 'Виграно', fi: 'Voitettu', en: 'Won' }, { ru: 'Сумма выигранных', uk: 'Сума виграних', fi: 'Voitettujen summa', en: 'Won, sum' },
  { ru: 'Проиграно', uk: 'Програно', fi: 'Hävitty', en: 'Lost' }, { ru: 'Сумма проигранных', uk: 'Сума програних', fi: 'Hävittyjen summa', en: 'Lost, sum' },
]
/** Heads of the columns of the report of work. */
export const heads = (locale: Locale): string[] => HEADS.map((head) => head[locale]!)

const STAGE_HEADS: Localized[] = [
  { ru: 'Этап', uk: 'Етап', fi: 'Vaihe', en: 'Stage' }, { ru: 'Прошли этап', uk: 'Пройшли етап', fi: 'Päättyneitä käyntejä', en: 'Visits ended' },
  { ru: 'Среднее, ч', uk: 'Середнє, год', fi: 'Keskiarvo, h', en: 'Mean, h' }, { ru: 'Медиана, ч', uk: 'Медіана, год', fi: 'Mediaani, h', en: 'Median, h' }, { ru: '90 %, ч', uk: '90 %, год', fi: '90 %, h', en: '90 %, h' },
  { ru: 'Стоят сейчас', uk: 'Стоять зараз', fi: 'Vaiheessa nyt', en: 'There now' }, { ru: 'Медиана возраста, ч', uk: 'Медіана віку, год', fi: 'Iän mediaani, h', en: 'Median age, h' },
  { ru: 'Дольше всех, ч', uk: 'Найдовше, год', fi: 'Vanhin, h', en: 'Oldest, h' }, { ru: 'Зависли', uk: 'Зависли', fi: 'Jumissa', en: 'Stuck' },
]
/** Heads of the columns of the report of stages. */
export const stageHeads = (locale: Locale): string[] => STAGE_HEADS.map((head) => head[locale]!)
export const CYCLE: Record<Locale, string> = { ru: 'Цикл продажи', uk: 'Цикл продажу', fi: 'Myyntisykli', en: 'Sales cycle' }

/** Words of the report of owners. */
export const OWNERS = {
  from: { ru: 'С', uk: 'З', fi: 'Alkaen', en: 'From' },
  to: { ru: 'По', uk: 'До', fi: 'Päättyen', en: 'To' },
  days: { ru: 'Дней за период', uk: 'Днів за період', fi: 'Päiviä jaksolla', en: 'Days in the period' },
} satisfies Record<string, Record<Locale, string>>

/** Names of the files. */
export const FILE_NAMES: Record<'work' | 'completeness' | 'stages' | 'owners', Record<Locale, string>> = {
  work: { ru: 'Работа сотрудников', uk: 'Робота співробітників', fi: 'Työraportti', en: 'Work of everybody' },
  completeness: { ru: 'Полнота данных о клиентах', uk: 'Повнота даних про клієнтів', fi: 'Asiakastietojen kattavuus', en: 'Completeness of clients' },
  stages: { ru: 'Время на этапах', uk: 'Час на етапах', fi: 'Aika vaiheissa', en: 'Time in stages' },
  owners: { ru: 'Ответственные за клиентов', uk: 'Відповідальні за клієнтів', fi: 'Asiakkaiden vastuuhenkilöt', en: 'Owners of clients' },
}
