import type { Localized } from '@kartotek/sdk'

/** What the core lets roles grant beyond objects and fields. Plugins add their own as `<id>.<name>`. */
const LABELS = {
  'model.manage': { ru: 'Объекты и поля', uk: 'Об’єкти та поля', fi: 'Kohteet ja kentät', en: 'Objects and fields' },
  'pipelines.manage': { ru: 'Воронки', uk: 'Воронки', fi: 'Myyntiputket', en: 'Pipelines' },
  'access.manage': { ru: 'Роли', uk: 'Ролі', fi: 'Roolit', en: 'Roles' },
  'users.manage': { ru: 'Сотрудники', uk: 'Співробітники', fi: 'Henkilöt', en: 'People' },
  'audit.read': { ru: 'Читать всю историю', uk: 'Читати всю історію', fi: 'Koko historian luku', en: 'Read the history of everything' },
  'changes.revert': { ru: 'Отменять чужие изменения', uk: 'Скасовувати чужі зміни', fi: 'Muiden muutosten peruminen', en: 'Take back changes of others' },
  'automation.manage': { ru: 'Правила автоматизации', uk: 'Правила автоматизації', fi: 'Automaatiosäännöt', en: 'Rules of automation' },
  'webhooks.manage': { ru: 'Вебхуки', uk: 'Вебхуки', fi: 'Webhookit', en: 'Webhooks' },
  'privacy.manage': { ru: 'Персональные данные', uk: 'Персональні дані', fi: 'Henkilötiedot', en: 'Personal data' },
  'gates.pass': { ru: 'Обходить условия этапов', uk: 'Обходити умови етапів', fi: 'Vaiheen ehtojen ohitus', en: 'Pass closed gates' },
  'export.run': { ru: 'Выгрузка в файлы', uk: 'Вивантаження у файли', fi: 'Vienti tiedostoihin', en: 'Export to files' },
  'import.run': { ru: 'Импорт файлов', uk: 'Імпорт файлів', fi: 'Tiedostojen tuonti', en: 'Import files' },
  'bookkeeping.exchange': { ru: 'Обмен с бухгалтерией: отправка и журнал', uk: 'Обмін із бухгалтерією: надсилання й журнал', fi: 'Kirjanpidon tiedonsiirto: lähetys ja loki', en: 'Exchange with the bookkeeping: sending and the log' },
  'settings.manage': { ru: 'Настройки компании', uk: 'Налаштування компанії', fi: 'Yrityksen asetukset', en: 'Settings of the company' },
  'intake.receive': { ru: 'Передавать заявки', uk: 'Передавати заявки', fi: 'Yhteydenottojen lähetys', en: 'Hand in requests' },
  'intake.manage': { ru: 'Приём заявок: правила и формы', uk: 'Прийом заявок: правила та форми', fi: 'Yhteydenottojen säännöt ja lomakkeet', en: 'Intake: rules and forms' },
  'plugins.manage': { ru: 'Плагины', uk: 'Плагіни', fi: 'Lisäosat', en: 'Plugins' },
  'duplicates.create': { ru: 'Создавать, несмотря на найденный двойник', uk: 'Створювати попри знайдений дублікат', fi: 'Luoda kaksoiskappaleesta huolimatta', en: 'Create despite a duplicate' },
  'duplicates.see': { ru: 'Узнавать, чей это двойник', uk: 'Дізнаватися, чий це дублікат', fi: 'Kaksoiskappaleen omistajan näkeminen', en: 'Learn whose a duplicate is' },
  'views.share': { ru: 'Общие виды и сегменты', uk: 'Спільні подання й сегменти', fi: 'Yhteiset näkymät ja segmentit', en: 'Views and segments for everybody' },
  'handover.run': { ru: 'Передавать дела сотрудника', uk: 'Передавати справи співробітника', fi: 'Siirtää työntekijän työt', en: 'Hand over somebody’s work' },
  'share': { ru: 'Делиться записями', uk: 'Ділитися записами', fi: 'Tietueiden jakaminen', en: 'Share records' },
} satisfies Record<string, Localized>

export type Capability = keyof typeof LABELS
export const CAPABILITIES = Object.keys(LABELS) as Capability[]

export function capabilityLabel(name: Capability): Localized {
  return LABELS[name]
}
