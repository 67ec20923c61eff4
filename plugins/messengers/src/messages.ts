import type { PluginContext } from '@kartotek/sdk'

/** What the plugin says to people, by the English text: `[ru, uk, fi]`. What stands in braces is filled in. */
const MESSAGES = {
  'This person asked not to be written to.': ['Этот человек просил ему не писать.', 'Ця людина просила їй не писати.', 'Tämä henkilö on pyytänyt, ettei hänelle kirjoiteta.'],
  'This person has given no consent to messages for the purpose “{purpose}”.': ['Этот человек не давал согласия на сообщения с целью «{purpose}».', 'Ця людина не давала згоди на повідомлення з метою «{purpose}».', 'Tämä henkilö ei ole antanut suostumusta viesteihin käyttötarkoitukseen ”{purpose}”.'],
  'This person has withdrawn the consent to messages for the purpose “{purpose}”.': ['Этот человек отозвал согласие на сообщения с целью «{purpose}».', 'Ця людина відкликала згоду на повідомлення з метою «{purpose}».', 'Tämä henkilö on peruuttanut suostumuksensa viesteihin käyttötarkoitukseen ”{purpose}”.'],
  'You may not write messages.': ['У вас нет права писать сообщения.', 'У вас немає права писати повідомлення.', 'Sinulla ei ole oikeutta kirjoittaa viestejä.'],
  'There is no such channel.': ['Такого канала нет.', 'Такого каналу немає.', 'Tällaista kanavaa ei ole.'],
  'There is no such conversation.': ['Такого диалога нет, или он вам недоступен.', 'Такого діалогу немає, або він вам недоступний.', 'Tätä keskustelua ei ole, tai et näe sitä.'],
  'There is no such client.': ['Такого клиента нет, или он вам недоступен.', 'Такого клієнта немає, або він вам недоступний.', 'Tätä asiakasta ei ole, tai et näe sitä.'],
  'There is no such file at this conversation.': ['В этом диалоге такого файла нет.', 'У цьому діалозі такого файлу немає.', 'Tässä keskustelussa ei ole tällaista tiedostoa.'],
  'A conversation begins when somebody writes, or when a message is sent (messengersSend).': ['Диалог начинается, когда клиент пишет сам или когда ему отправляют сообщение.', 'Діалог починається, коли клієнт пише сам або коли йому надсилають повідомлення.', 'Keskustelu alkaa, kun asiakas kirjoittaa tai kun hänelle lähetetään viesti.'],
  'What the channel tells of a conversation is not changed by hand.': ['Сведения канала о диалоге вручную не меняются.', 'Відомості каналу про діалог вручну не змінюються.', 'Kanavan kertomia keskustelun tietoja ei muuteta käsin.'],
  'A conversation can only be marked as read.': ['Диалог можно только отметить прочитанным.', 'Діалог можна лише позначити прочитаним.', 'Keskustelun voi vain merkitä luetuksi.'],
  'A message that is written here is one to be sent: use messengersSend.': ['Сообщение здесь можно только отправить: чужие слова не записываются.', 'Повідомлення тут можна лише надіслати: чужі слова не записуються.', 'Täällä viestin voi vain lähettää: muiden sanoja ei kirjata.'],
  'What was written and sent is not changed.': ['Написанное и отправленное не меняется.', 'Написане й надіслане не змінюється.', 'Kirjoitettua ja lähetettyä ei muuteta.'],
  'Write something, or attach a file.': ['Напишите что-нибудь или приложите файл.', 'Напишіть щось або додайте файл.', 'Kirjoita jotain tai liitä tiedosto.'],
  'A message may have 50,000 characters.': ['В сообщении может быть не больше 50 000 знаков.', 'У повідомленні може бути не більше 50 000 знаків.', 'Viestissä voi olla enintään 50 000 merkkiä.'],
  'There is no such purpose.': ['Такой цели нет.', 'Такої мети немає.', 'Tällaista käyttötarkoitusta ei ole.'],
  'Name a conversation, or a client and a channel.': ['Укажите диалог или клиента и канал.', 'Укажіть діалог або клієнта й канал.', 'Valitse keskustelu tai asiakas ja kanava.'],
  'By this channel one can only answer: the client has not written yet, or has no number.': ['По этому каналу можно только отвечать: клиент ещё не писал, или у него нет номера.', 'Цим каналом можна лише відповідати: клієнт ще не писав, або в нього немає номера.', 'Tällä kanavalla voi vain vastata: asiakas ei ole vielä kirjoittanut, tai hänellä ei ole numeroa.'],
  '{channel} no longer accepts the access that is set here. An administrator enters it anew in the settings of the plugin. ({reason})': ['{channel} больше не принимает указанный доступ. Его обновит администратор в настройках плагина. ({reason})', '{channel} більше не приймає вказаний доступ. Його оновить адміністратор у налаштуваннях плагіна. ({reason})', '{channel} ei enää hyväksy täällä olevia tunnuksia. Ylläpitäjä uusii ne lisäosan asetuksissa. ({reason})'],
  '{channel} does not give its templates now. Try again later. ({reason})': ['{channel} сейчас не отдаёт шаблоны. Попробуйте позже. ({reason})', '{channel} зараз не віддає шаблони. Спробуйте пізніше. ({reason})', '{channel} ei anna nyt viestipohjia. Yritä myöhemmin uudelleen. ({reason})'],
  'No messenger is set up yet, so there is none to ask.': ['Пока не настроен ни один мессенджер, проверять нечего.', 'Поки не налаштовано жодного месенджера, перевіряти нічого.', 'Yhtään pikaviestintä ei ole vielä otettu käyttöön, joten kokeiltavaa ei ole.'],
  '{channel} does not answer now. ({reason})': ['{channel} сейчас не отвечает. ({reason})', '{channel} зараз не відповідає. ({reason})', '{channel} ei vastaa nyt. ({reason})'],
  '{channel} does not accept the access that is entered here. ({reason})': ['{channel} не принимает указанный здесь доступ. ({reason})', '{channel} не приймає вказаний тут доступ. ({reason})', '{channel} ei hyväksy tähän annettuja tunnuksia. ({reason})'],
  'This number writes with somebody whom you do not see.': ['С этого номера уже переписываются с кем-то, кто вам недоступен.', 'З цього номера вже листуються з кимось, хто вам недоступний.', 'Tästä numerosta keskustellaan jo sellaisen kanssa, jota et näe.'],
} as const satisfies Record<string, readonly [ru: string, uk: string, fi: string]>

const PLACES = { ru: 0, uk: 1, fi: 2 } as const

/** The text in the language of who acts. */
export function say({ actor: { locale } }: Pick<PluginContext, 'actor'>, text: keyof typeof MESSAGES, values: Record<string, string> = {}): string {
  return (locale === 'en' ? text : MESSAGES[text][PLACES[locale]]).replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
}
