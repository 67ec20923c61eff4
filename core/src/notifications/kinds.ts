import type { NotificationKind } from '@kartotek/sdk'

/** What people are told of by the core. Plugins add their own. */
export const KINDS: NotificationKind[] = [
  {
    key: 'mention', icon: 'at-sign', mail: true, label: { ru: 'Вас упомянули', uk: 'Вас згадали', fi: 'Sinut mainittiin', en: 'You were mentioned' },
    titleBy: { ru: '{by} упоминает вас', uk: '{by} згадує вас', fi: '{by} mainitsi sinut', en: '{by} mentioned you' },
  },
  {
    key: 'assignment', icon: 'user-round-check', mail: true, label: { ru: 'Вас назначили ответственным', uk: 'Вас призначили відповідальним', fi: 'Sinut nimettiin vastuuhenkilöksi', en: 'You became the owner' },
    titleBy: { ru: '{by} назначает вас ответственным', uk: '{by} призначає вас відповідальним', fi: '{by} nimesi sinut vastuuhenkilöksi', en: '{by} made you the owner' },
  },
  { key: 'taskReminder', icon: 'alarm-clock', label: { ru: 'Напоминание о задаче', uk: 'Нагадування про завдання', fi: 'Tehtävän muistutus', en: 'Task reminder' } },
  { key: 'taskDue', icon: 'clock-alert', label: { ru: 'Срок задачи наступил', uk: 'Строк завдання настав', fi: 'Tehtävän määräaika on nyt', en: 'Task is due' } },
  {
    key: 'taskInvitation', icon: 'user-round-plus', mail: true, label: { ru: 'Вас добавили в задачу или встречу', uk: 'Вас додали до завдання чи зустрічі', fi: 'Sinut lisättiin tehtävään tai tapaamiseen', en: 'You were added to a task or meeting' },
    titleBy: { ru: '{by} добавляет вас в задачу или встречу', uk: '{by} додає вас до завдання чи зустрічі', fi: '{by} lisäsi sinut tehtävään tai tapaamiseen', en: '{by} added you to a task or meeting' },
  },
  {
    key: 'taskDone', icon: 'circle-check-big', label: { ru: 'Задача под наблюдением выполнена', uk: 'Завдання під наглядом виконано', fi: 'Seurattu tehtävä on tehty', en: 'A task that you watch is done' },
    titleBy: { ru: '{by} завершает задачу, за которой вы наблюдаете', uk: '{by} завершує завдання, за яким ви спостерігаєте', fi: '{by} teki tehtävän, jota seuraat', en: '{by} did a task that you watch' },
  },
  { key: 'taskOverdue', icon: 'clock-alert', label: { ru: 'Задача под наблюдением просрочена', uk: 'Завдання під наглядом прострочено', fi: 'Seurattu tehtävä on myöhässä', en: 'A task that you watch is overdue' } },
  {
    key: 'taskMoved', icon: 'calendar-clock', label: { ru: 'Срок задачи или встречи изменился', uk: 'Строк завдання чи зустрічі змінився', fi: 'Tehtävän tai tapaamisen aika muuttui', en: 'A task or meeting was moved' },
    titleBy: { ru: '{by} меняет срок задачи или встречи', uk: '{by} змінює строк завдання чи зустрічі', fi: '{by} muutti tehtävän tai tapaamisen aikaa', en: '{by} moved a task or meeting' },
  },
  { key: 'missedCall', icon: 'phone-missed', mail: true, label: { ru: 'Пропущенный звонок', uk: 'Пропущений дзвінок', fi: 'Vastaamaton puhelu', en: 'Missed call' } },
  {
    key: 'gateApproval', icon: 'shield-check', mail: true, label: { ru: 'Согласование этапа', uk: 'Погодження етапу', fi: 'Vaiheen hyväksyntä', en: 'Stage approval' },
    titleBy: { ru: '{by}: согласование этапа', uk: '{by}: погодження етапу', fi: '{by}: vaiheen hyväksyntä', en: '{by}: stage approval' },
  },
  { key: 'stuckOrder', icon: 'hourglass', label: { ru: 'Долго стоит на этапе', uk: 'Довго стоїть на етапі', fi: 'Jumissa vaiheessa', en: 'Stuck in its stage' } },
  {
    key: 'handOver', icon: 'arrow-right-left', mail: true, label: { ru: 'Вам передали дела', uk: 'Вам передали справи', fi: 'Sinulle siirrettiin töitä', en: 'Work was handed over to you' },
    titleBy: { ru: '{by} передаёт вам дела', uk: '{by} передає вам справи', fi: '{by} siirsi sinulle töitä', en: '{by} handed work over to you' },
  },
  { key: 'intakeAssigned', icon: 'inbox', mail: true, label: { ru: 'Новое обращение для вас', uk: 'Нове звернення для вас', fi: 'Uusi yhteydenotto sinulle', en: 'A new request for you' } },
  { key: 'intakeEscalated', icon: 'siren', mail: true, label: { ru: 'Обращение ждёт слишком долго', uk: 'Звернення чекає занадто довго', fi: 'Yhteydenotto on odottanut liian kauan', en: 'A request waits too long' } },
  { key: 'intakeLost', icon: 'timer-off', label: { ru: 'Обращение ушло от вас: ответа не было вовремя', uk: 'Звернення пішло від вас: відповіді не було вчасно', fi: 'Yhteydenotto siirtyi sinulta, koska siihen ei vastattu ajoissa', en: 'A request went from you: it was not answered in time' } },
  { key: 'webhookStopped', icon: 'webhook', mail: true, label: { ru: 'Вебхук остановлен', uk: 'Вебхук зупинено', fi: 'Webhook pysäytettiin', en: 'A webhook was stopped' } },
  { key: 'retention', icon: 'hourglass', label: { ru: 'Данные хранятся дольше срока', uk: 'Дані зберігаються довше строку', fi: 'Tietoja säilytetään yli määräajan', en: 'Data are kept longer than agreed' } },
  { key: 'automation', icon: 'zap', label: { ru: 'Сообщение автоматизации', uk: 'Повідомлення автоматизації', fi: 'Automaation viesti', en: 'Message of an automation' } },
]
