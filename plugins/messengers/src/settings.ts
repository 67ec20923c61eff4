import { s, type Infer } from '@kartotek/sdk'
import { tryChannels } from './channels/try-channels.ts'

const properties = {
  telegramToken: s.optional(s.secret({ title: { ru: 'Telegram: токен бота', uk: 'Telegram: токен бота', fi: 'Telegram: botin tunnus', en: 'Telegram: bot token' }, description: { ru: 'Выдаёт @BotFather.', uk: 'Видає @BotFather.', fi: 'Saadaan @BotFatherilta.', en: 'Given by @BotFather.' } })),
  telegramMode: s.option(['polling', 'webhook'], { default: 'polling', title: { ru: 'Telegram: как получать сообщения', uk: 'Telegram: як отримувати повідомлення', fi: 'Telegram: vastaanottotapa', en: 'Telegram: how messages arrive' }, labels: {
    polling: { ru: 'Спрашивать Telegram: сервер может быть закрыт от интернета', uk: 'Питати Telegram: сервер може бути закритий від інтернету', fi: 'Haetaan itse: palvelimen ei tarvitse näkyä verkkoon', en: 'We ask Telegram: the server may be closed to the internet' },
    webhook: { ru: 'Telegram пишет по адресу сервера', uk: 'Telegram пише на адресу сервера', fi: 'Telegram lähettää palvelimen osoitteeseen', en: 'Telegram calls the address of the server' },
  } }),
  telegramApiRoot: s.url({ default: 'https://api.telegram.org', title: { ru: 'Telegram: адрес Bot API', uk: 'Telegram: адреса Bot API', fi: 'Telegram: Bot API:n osoite', en: 'Telegram: address of the Bot API' } }),
  whatsappToken: s.optional(s.secret({ title: { ru: 'WhatsApp: токен доступа', uk: 'WhatsApp: токен доступу', fi: 'WhatsApp: käyttötunnus', en: 'WhatsApp: access token' } })),
  whatsappPhoneId: s.optional(s.string({ maxLength: 40, title: { ru: 'WhatsApp: Phone number ID', en: 'WhatsApp: Phone number ID' } })),
  whatsappAccountId: s.optional(s.string({ maxLength: 40, title: { en: 'WhatsApp: Business account ID' }, description: { ru: 'Нужен для списка шаблонов.', uk: 'Потрібен для списку шаблонів.', fi: 'Tarvitaan mallipohjien luetteloon.', en: 'Needed for the list of templates.' } })),
  whatsappAppSecret: s.optional(s.secret({ title: { ru: 'WhatsApp: секрет приложения', uk: 'WhatsApp: секрет застосунку', fi: 'WhatsApp: sovelluksen salaisuus', en: 'WhatsApp: app secret' } })),
  whatsappVerifyToken: s.optional(s.secret({ title: { ru: 'WhatsApp: проверочное слово', uk: 'WhatsApp: перевірочне слово', fi: 'WhatsApp: varmistussana', en: 'WhatsApp: verify token' } })),
  facebookToken: s.optional(s.secret({ title: { ru: 'Facebook: токен страницы', uk: 'Facebook: токен сторінки', fi: 'Facebook: sivun tunnus', en: 'Facebook: page token' } })),
  facebookPageId: s.optional(s.string({ maxLength: 40, title: { ru: 'Facebook: номер страницы', uk: 'Facebook: номер сторінки', fi: 'Facebook: sivun numero', en: 'Facebook: page id' } })),
  facebookAppSecret: s.optional(s.secret({ title: { ru: 'Facebook: секрет приложения', uk: 'Facebook: секрет застосунку', fi: 'Facebook: sovelluksen salaisuus', en: 'Facebook: app secret' } })),
  facebookVerifyToken: s.optional(s.secret({ title: { ru: 'Facebook: проверочное слово', uk: 'Facebook: перевірочне слово', fi: 'Facebook: varmistussana', en: 'Facebook: verify token' } })),
  graphApiRoot: s.url({ default: 'https://graph.facebook.com/v23.0', title: { ru: 'WhatsApp и Facebook: адрес Graph API', uk: 'WhatsApp і Facebook: адреса Graph API', fi: 'WhatsApp ja Facebook: Graph API:n osoite', en: 'WhatsApp and Facebook: address of the Graph API' } }),
  vkToken: s.optional(s.secret({ title: { ru: 'ВКонтакте: ключ доступа сообщества', uk: 'VK: ключ доступу спільноти', fi: 'VK: yhteisön tunnus', en: 'VK: access key of the community' } })),
  vkGroupId: s.optional(s.string({ maxLength: 20, title: { ru: 'ВКонтакте: номер сообщества', uk: 'VK: номер спільноти', fi: 'VK: yhteisön numero', en: 'VK: id of the community' } })),
  vkSecret: s.optional(s.secret({ title: { ru: 'ВКонтакте: секретный ключ Callback API', uk: 'VK: секретний ключ Callback API', fi: 'VK: Callback API:n salaisuus', en: 'VK: secret key of the Callback API' } })),
  vkConfirmation: s.optional(s.string({ maxLength: 40, title: { ru: 'ВКонтакте: строка, которую должен вернуть сервер', uk: 'VK: рядок, який має повернути сервер', fi: 'VK: palvelimen vastausmerkkijono', en: 'VK: string that the server must return' } })),
  vkApiRoot: s.url({ default: 'https://api.vk.com', title: { ru: 'ВКонтакте: адрес API', uk: 'VK: адреса API', fi: 'VK: API:n osoite', en: 'VK: address of the API' } }),
  viberToken: s.optional(s.secret({ title: { ru: 'Viber: токен бота', uk: 'Viber: токен бота', fi: 'Viber: botin tunnus', en: 'Viber: bot token' } })),
  viberName: s.string({ default: 'Kartotek', maxLength: 28, title: { ru: 'Viber: имя отправителя', uk: 'Viber: ім’я відправника', fi: 'Viber: lähettäjän nimi', en: 'Viber: name of the sender' } }),
  viberApiRoot: s.url({ default: 'https://chatapi.viber.com', title: { ru: 'Viber: адрес API', uk: 'Viber: адреса API', fi: 'Viber: API:n osoite', en: 'Viber: address of the API' } }),
  chatActive: s.boolean({ default: true, title: { ru: 'Чат на сайте: включён', uk: 'Чат на сайті: увімкнено', fi: 'Chat: käytössä', en: 'Web chat: switched on' } }),
  chatSites: s.optional(s.string({ maxLength: 4000, title: { ru: 'Чат: на каких сайтах', uk: 'Чат: на яких сайтах', fi: 'Chat: millä sivustoilla', en: 'Web chat: on which sites' }, description: { ru: 'Через пробел: https://example.com. Пусто — на любых.', uk: 'Через пробіл: https://example.com. Порожньо — на будь-яких.', fi: 'Välilyönnein: https://example.com. Tyhjä: mikä tahansa.', en: 'Separated by spaces: https://example.com. Empty: on any.' } })),
  chatTitle: s.optional(s.string({ maxLength: 100, title: { ru: 'Чат: заголовок', uk: 'Чат: заголовок', fi: 'Chat: otsikko', en: 'Web chat: title' } })),
  chatGreeting: s.optional(s.string({ maxLength: 500, title: { ru: 'Чат: приветствие', uk: 'Чат: привітання', fi: 'Chat: tervehdys', en: 'Web chat: greeting' } })),
  chatColor: s.string({ default: '#2563eb', pattern: '^#[0-9a-fA-F]{6}$', title: { ru: 'Чат: цвет', uk: 'Чат: колір', fi: 'Chat: väri', en: 'Web chat: colour' } }),
}

export type Settings = Infer<ReturnType<typeof s.object<typeof properties>>>

/** Each channel is set up by itself; what is not set up does nothing. */
export const settings = s.object(properties, { check: tryChannels })
