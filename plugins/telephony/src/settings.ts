import { s, type Infer, type PluginContext } from '@kartotek/sdk'
import { tryExchange } from './asterisk/try-exchange.ts'

const title = (en: string, ru: string, uk: string, fi: string) => ({ en, ru, uk, fi })

const apiRootOf = (service: string) => title(`${service}: address of the API`, `${service}: адрес API`, `${service}: адреса API`, `${service}: API:n osoite`)
const FOR_RECORDINGS = title('To play recordings here; without it they are only marked.', 'Чтобы слушать записи здесь; без этого видно только, что запись есть.', 'Щоб слухати записи тут; без цього видно лише, що запис є.', 'Nauhoitusten kuunteluun täällä; ilman tätä näkyy vain, että nauhoitus on.')

/** Every part may be left out: a provider whose settings are empty is off, and stays quiet. */
export const settings = s.object({
  missedMinutes: s.integer({ default: 15, min: 1, max: 2_400, title: title('Call back within, minutes of working time', 'Перезвонить за столько минут рабочего времени', 'Передзвонити за стільки хвилин робочого часу', 'Soitettava takaisin, työaikaa minuutteina') }),
  missedTo: s.option(['responsible', 'rung', 'default'], {
    default: 'responsible', title: title('Missed calls go first to', 'Пропущенные сначала получает', 'Пропущені спершу отримує', 'Vastaamattomat puhelut ensin'),
    description: title('Where there is nobody, the next one gets them.', 'Если некому, то следующий по порядку.', 'Якщо нікому, то наступний за порядком.', 'Jos ketään ei ole, seuraava.'),
    labels: {
      responsible: title('Who looks after the client', 'Ответственный за клиента', 'Відповідальний за клієнта', 'Asiakkaan vastuuhenkilö'),
      rung: title('Whose telephone rang last', 'У кого звонило последним', 'У кого дзвонило останнім', 'Jonka puhelin soi viimeksi'),
      default: title('The person named below', 'Сотрудник, указанный ниже', 'Співробітник, указаний нижче', 'Alla nimetty henkilö'),
    },
  }),
  defaultUser: s.user({ default: '', title: title('Who gets missed calls where there is nobody else', 'Кому пропущенные, если больше некому', 'Кому пропущені, якщо більше нікому', 'Kenelle vastaamattomat puhelut, kun muuta ei ole') }),
  rejectedToo: s.boolean({ default: false, title: title('Rejected calls are to be called back, too', 'Перезванивать и по отклонённым звонкам', 'Передзвонювати й за відхиленими дзвінками', 'Myös hylättyihin puheluihin soitetaan takaisin') }),

  asteriskUrl: s.string({ default: '', maxLength: 300, pattern: '^((tcp|tls)://[^/\\s]+)?$', title: title('Asterisk: address of the manager interface', 'Asterisk: адрес интерфейса AMI', 'Asterisk: адреса інтерфейсу AMI', 'Asterisk: AMI-rajapinnan osoite'), description: 'tcp://pbx.example:5038, tls://pbx.example:5039' }),
  asteriskUser: s.string({ default: '', maxLength: 100, title: title('Asterisk: user', 'Asterisk: пользователь', 'Asterisk: користувач', 'Asterisk: käyttäjä') }),
  asteriskSecret: s.optional(s.secret({ title: title('Asterisk: secret', 'Asterisk: пароль', 'Asterisk: пароль', 'Asterisk: salasana') })),
  asteriskContext: s.string({ default: 'from-internal', maxLength: 80, pattern: '^[\\w.-]+$', title: title('Asterisk: context for calls out', 'Asterisk: контекст исходящих', 'Asterisk: контекст вихідних', 'Asterisk: lähtevien kutsujen konteksti') }),
  asteriskChannel: s.string({ default: 'PJSIP/{extension}', maxLength: 80, pattern: '^[\\w/{}@.-]+$', title: title('Asterisk: channel of an extension', 'Asterisk: канал внутреннего номера', 'Asterisk: канал внутрішнього номера', 'Asterisk: sisänumeron kanava') }),
  asteriskPrefix: s.string({ default: '', maxLength: 10, pattern: '^[0-9*#]*$', title: title('Asterisk: digits before numbers outside', 'Asterisk: цифры перед внешним номером', 'Asterisk: цифри перед зовнішнім номером', 'Asterisk: numerot ulkolinjan eteen') }),
  asteriskExtensionDigits: s.integer({ default: 5, min: 2, max: 7, title: title('Asterisk: extensions have at most so many digits', 'Asterisk: во внутренних номерах не больше стольких цифр', 'Asterisk: у внутрішніх номерах не більше стількох цифр', 'Asterisk: sisänumeroissa on enintään näin monta numeroa') }),
  recordingsFolder: s.string({ default: '', maxLength: 500, title: title('Asterisk: folder with the recordings, as this server sees it', 'Asterisk: папка с записями, как её видит этот сервер', 'Asterisk: тека із записами, як її бачить цей сервер', 'Asterisk: nauhoitusten kansio tällä palvelimella') }),
  recordingsRoot: s.string({ default: '/var/spool/asterisk/monitor', maxLength: 500, title: title('Asterisk: the same folder, as the exchange sees it', 'Asterisk: та же папка на станции', 'Asterisk: та сама тека на станції', 'Asterisk: sama kansio vaihteen näkemänä') }),

  twilioToken: s.optional(s.secret({ title: { en: 'Twilio: Auth Token' } })),
  twilioAccount: s.string({ default: '', maxLength: 34, pattern: '^(AC[0-9a-zA-Z]{1,32})?$', title: { en: 'Twilio: Account SID' }, description: FOR_RECORDINGS }),
  twilioApiRoot: s.url({ default: 'https://api.twilio.com', title: apiRootOf('Twilio') }),
  zadarmaSecret: s.optional(s.secret({ title: { en: 'Zadarma: Secret' } })),
  zadarmaKey: s.optional(s.secret({ title: { en: 'Zadarma: Key' }, description: FOR_RECORDINGS })),
  zadarmaApiRoot: s.url({ default: 'https://api.zadarma.com', title: apiRootOf('Zadarma') }),
  binotelPath: s.optional(s.secret({ minLength: 16, title: title('Binotel: secret part of the address (16 characters or more)', 'Binotel: секретная часть адреса (от 16 знаков)', 'Binotel: секретна частина адреси (від 16 знаків)', 'Binotel: osoitteen salainen osa (vähintään 16 merkkiä)') })),
  binotelAddresses: s.string({ default: '', maxLength: 2_000, title: title('Binotel: IP addresses that may tell, separated by commas', 'Binotel: с каких IP-адресов принимать, через запятую', 'Binotel: з яких IP-адрес приймати, через кому', 'Binotel: sallitut IP-osoitteet pilkuin erotettuna') }),
  binotelKey: s.optional(s.secret({ title: title('Binotel: key of the API', 'Binotel: ключ API', 'Binotel: ключ API', 'Binotel: API-avain'), description: FOR_RECORDINGS })),
  binotelSecret: s.optional(s.secret({ title: title('Binotel: secret of the API', 'Binotel: секрет API', 'Binotel: секрет API', 'Binotel: API:n salaisuus'), description: FOR_RECORDINGS })),
  binotelApiRoot: s.url({ default: 'https://api.binotel.com/api/4.0', title: apiRootOf('Binotel') }),
  mangoKey: s.optional(s.secret({ title: title('Mango: unique code', 'Mango: уникальный код АТС', 'Mango: унікальний код АТС', 'Mango: yksilöllinen koodi') })),
  mangoSalt: s.optional(s.secret({ title: title('Mango: key for the signature', 'Mango: ключ для подписи', 'Mango: ключ для підпису', 'Mango: allekirjoitusavain') })),
  mangoApiRoot: s.url({ default: 'https://app.mango-office.ru/vpbx', title: apiRootOf('Mango') }),
}, { check: tryExchange })

export type TelephonySettings = Infer<typeof settings>
export type Ctx = PluginContext<TelephonySettings>
