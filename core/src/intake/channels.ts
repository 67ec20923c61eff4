import type { IntakeChannel } from '@kartotek/sdk'

/** Ways by which requests come in, besides what plugins add. */
export const CHANNELS: IntakeChannel[] = [
  { key: 'call', icon: 'phone-incoming', color: 'green', label: { ru: 'Звонок', uk: 'Дзвінок', fi: 'Puhelu', en: 'Call' } },
  { key: 'message', icon: 'message-circle', color: 'teal', label: { ru: 'Сообщение', uk: 'Повідомлення', fi: 'Viesti', en: 'Message' } },
  { key: 'form', icon: 'text-cursor-input', color: 'violet', label: { ru: 'Форма на сайте', uk: 'Форма на сайті', fi: 'Verkkolomake', en: 'Web form' } },
  { key: 'letter', icon: 'mail', color: 'sky', label: { ru: 'Письмо', uk: 'Лист', fi: 'Sähköposti', en: 'E-mail' } },
  { key: 'manual', icon: 'pencil-line', color: 'amber', label: { ru: 'Вручную', uk: 'Вручну', fi: 'Käsin', en: 'By hand' } },
  { key: 'api', icon: 'plug', color: 'slate', label: { ru: 'Другая программа', uk: 'Інша програма', fi: 'Toinen ohjelma', en: 'Another program' } },
]
