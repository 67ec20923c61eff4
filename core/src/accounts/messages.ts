import { LOCALES, textIn, type Locale, type Localized } from '@kartotek/sdk'

const MESSAGES = {
  passwordShort: {
    ru: 'Пароль слишком короткий: нужно не меньше {min} знаков. Подойдёт фраза из нескольких слов.',
    uk: 'Пароль закороткий: потрібно щонайменше {min} знаків. Підійде фраза з кількох слів.',
    fi: 'Salasana on liian lyhyt: vähintään {min} merkkiä. Muutaman sanan lause käy hyvin.',
    en: 'The password is too short: use at least {min} characters. A phrase of a few words works well.',
  },
  passwordLong: {
    ru: 'Пароль слишком длинный: не больше {max} знаков.', uk: 'Пароль задовгий: не більше {max} знаків.',
    fi: 'Salasana on liian pitkä: enintään {max} merkkiä.', en: 'The password is too long: at most {max} characters.',
  },
  passwordSimple: {
    ru: 'Пароль слишком простой: знаки повторяются или идут подряд. Придумайте фразу из нескольких слов.',
    uk: 'Пароль занадто простий: знаки повторюються або йдуть підряд. Придумайте фразу з кількох слів.',
    fi: 'Salasana on liian yksinkertainen: merkit toistuvat tai ovat peräkkäisiä. Keksi muutaman sanan lause.',
    en: 'The password is too simple: its characters repeat or follow one another. Use a phrase of a few words.',
  },
  passwordCommon: {
    ru: 'Это один из самых распространённых паролей, его подбирают первым. Придумайте фразу из нескольких слов.',
    uk: 'Це один із найпоширеніших паролів, його добирають першим. Придумайте фразу з кількох слів.',
    fi: 'Tämä on yksi yleisimmistä salasanoista, ja sitä kokeillaan ensimmäisenä. Keksi muutaman sanan lause.',
    en: 'This is one of the most common passwords and is tried first. Use a phrase of a few words.',
  },
  passwordContext: {
    ru: 'Пароль почти целиком состоит из слова «{word}», которое легко угадать. Добавьте другие слова.',
    uk: 'Пароль майже цілком складається зі слова «{word}», яке легко вгадати. Додайте інші слова.',
    fi: 'Salasana on melkein pelkkä sana ”{word}”, joka on helppo arvata. Lisää muita sanoja.',
    en: 'The password is little more than the word “{word}”, which is easy to guess. Add other words.',
  },
  wrongCredentials: {
    ru: 'Неверная почта или пароль.', uk: 'Неправильна пошта або пароль.',
    fi: 'Sähköpostiosoite tai salasana on väärä.', en: 'The e-mail address or the password is wrong.',
  },
  totpRequired: {
    ru: 'Введите код из приложения-аутентификатора или код восстановления.', uk: 'Введіть код із застосунку-автентифікатора або код відновлення.',
    fi: 'Anna todennussovelluksen koodi tai palautuskoodi.', en: 'Enter the code of your authenticator app, or a recovery code.',
  },
  wrongCode: {
    ru: 'Код не подходит или уже использован. Дождитесь следующего кода и введите его.', uk: 'Код не підходить або вже використаний. Дочекайтеся наступного коду та введіть його.',
    fi: 'Koodi ei kelpaa tai se on jo käytetty. Odota seuraavaa koodia ja anna se.', en: 'The code is wrong or was already used. Wait for the next one and enter it.',
  },
  tooManyAttempts: {
    ru: 'Слишком много неудачных попыток. Время ожидания: {wait}.', uk: 'Забагато невдалих спроб. Час очікування: {wait}.',
    fi: 'Liian monta epäonnistunutta yritystä. Odotusaika: {wait}.', en: 'Too many attempts. Time to wait: {wait}.',
  },
  wrongPassword: {
    ru: 'Неверный пароль.', uk: 'Неправильний пароль.', fi: 'Salasana on väärä.', en: 'The password is wrong.',
  },
  linkInvalid: {
    ru: 'Ссылка недействительна: срок истёк или она уже использована. Запросите новую.', uk: 'Посилання недійсне: строк минув або його вже використано. Запросіть нове.',
    fi: 'Linkki ei ole voimassa: se on vanhentunut tai jo käytetty. Pyydä uusi.', en: 'The link is not valid: it has expired or was already used. Ask for a new one.',
  },
  setupDone: {
    ru: 'Первый администратор уже создан. Войдите со своей почтой и паролем.', uk: 'Першого адміністратора вже створено. Увійдіть зі своєю поштою та паролем.',
    fi: 'Ensimmäinen pääkäyttäjä on jo luotu. Kirjaudu sähköpostiosoitteella ja salasanalla.', en: 'The first administrator exists already. Sign in with your e-mail address and password.',
  },
  foreignOrigin: {
    ru: 'Запрос пришёл с чужого сайта и отклонён.', uk: 'Запит надійшов з чужого сайту й відхилений.',
    fi: 'Pyyntö tuli toiselta sivustolta ja hylättiin.', en: 'The request came from another site and was refused.',
  },
  jsonOnly: {
    ru: 'Нужен JSON: заголовок content-type: application/json.', uk: 'Потрібен JSON: заголовок content-type: application/json.',
    fi: 'Lähetä JSON: otsake content-type: application/json.', en: 'Send JSON: header content-type: application/json.',
  },
  required: { ru: 'Заполните это поле.', uk: 'Заповніть це поле.', fi: 'Täytä tämä kenttä.', en: 'Fill in this field.' },
  tooLong: { ru: 'Не больше {max} знаков.', uk: 'Не більше {max} знаків.', fi: 'Enintään {max} merkkiä.', en: 'At most {max} characters.' },
  emailFormat: {
    ru: 'Это не похоже на адрес почты. Пример: anna@example.com.', uk: 'Це не схоже на адресу пошти. Приклад: anna@example.com.',
    fi: 'Tämä ei näytä sähköpostiosoitteelta. Esimerkki: anna@example.com.', en: 'This does not look like an e-mail address. Example: anna@example.com.',
  },
  localeUnknown: {
    ru: 'Язык: ru, uk, fi или en.', uk: 'Мова: ru, uk, fi або en.', fi: 'Kieli: ru, uk, fi tai en.', en: 'Language: ru, uk, fi or en.',
  },
  sessionOnly: {
    ru: 'Это можно делать только после входа с паролем, не с токеном API.', uk: 'Це можна робити лише після входу з паролем, не з токеном API.',
    fi: 'Tämä onnistuu vain salasanalla kirjautuneena, ei API-tunnisteella.', en: 'This needs a session with a password, not an API token.',
  },
  totpAlreadyOn: {
    ru: 'Двухфакторный вход уже включён. Сначала выключите его.', uk: 'Двофакторний вхід уже ввімкнено. Спочатку вимкніть його.',
    fi: 'Kaksivaiheinen tunnistautuminen on jo käytössä. Poista se ensin.', en: 'Two-factor sign-in is on already. Switch it off first.',
  },
  totpNotStarted: {
    ru: 'Сначала начните включение двухфакторного входа.', uk: 'Спочатку почніть увімкнення двофакторного входу.',
    fi: 'Aloita ensin kaksivaiheisen tunnistautumisen käyttöönotto.', en: 'Start switching two-factor sign-in on first.',
  },
  lastAdministrator: {
    ru: 'Это последний администратор. Сначала дайте роль администратора ещё кому-нибудь.', uk: 'Це останній адміністратор. Спочатку надайте роль адміністратора ще комусь.',
    fi: 'Tämä on viimeinen pääkäyttäjä. Anna ensin pääkäyttäjän rooli jollekulle toiselle.', en: 'This is the last administrator. Give somebody else the administrator role first.',
  },
  administratorsOnly: {
    ru: 'Администраторами может распоряжаться только администратор.', uk: 'Адміністраторами може керувати лише адміністратор.',
    fi: 'Vain pääkäyttäjä voi hallita pääkäyttäjiä.', en: 'Only an administrator may manage administrators.',
  },
  emailNotYours: {
    ru: 'Адрес входа другого человека может менять только тот, кто управляет пользователями.', uk: 'Адресу входу іншої людини може змінювати лише той, хто керує користувачами.',
    fi: 'Toisen henkilön kirjautumisosoitetta voi muuttaa vain käyttäjien hallintaan oikeutettu.', en: 'Only who manages users may change the sign-in address of somebody else.',
  },
  switchNotYours: {
    ru: 'Включать и отключать других может только тот, кто управляет пользователями.', uk: 'Вмикати й вимикати інших може лише той, хто керує користувачами.',
    fi: 'Toisen käyttäjän voi ottaa käyttöön tai poistaa käytöstä vain käyttäjien hallintaan oikeutettu.', en: 'Only who manages users may switch others on and off.',
  },
  roleBeyondYours: {
    ru: 'Роль «{role}» даёт права, которых нет у вас, поэтому вы не можете её выдать.', uk: 'Роль «{role}» дає права, яких у вас немає, тому ви не можете її надати.',
    fi: 'Rooli ”{role}” antaa oikeuksia, joita sinulla ei ole, joten et voi antaa sitä.', en: 'The role “{role}” grants rights that you do not have, so you cannot give it.',
  },
  notYourRoles: {
    ru: 'Свои роли может менять только администратор.', uk: 'Власні ролі може змінювати лише адміністратор.',
    fi: 'Vain pääkäyttäjä voi muuttaa omia roolejaan.', en: 'Only an administrator may change their own roles.',
  },
  roleUnknown: { ru: 'Такой роли нет.', uk: 'Такої ролі немає.', fi: 'Tällaista roolia ei ole.', en: 'There is no such role.' },
  roleNotYours: {
    ru: 'Токену можно дать только ваши собственные роли.', uk: 'Токену можна надати лише ваші власні ролі.',
    fi: 'Tunnisteelle voi antaa vain omia roolejasi.', en: 'A token can only have roles that you have yourself.',
  },
  userUnknown: { ru: 'Такого пользователя нет.', uk: 'Такого користувача немає.', fi: 'Tällaista käyttäjää ei ole.', en: 'There is no such user.' },
  userExists: {
    ru: 'У пользователя с этим адресом уже есть доступ.', uk: 'Користувач із цією адресою вже має доступ.',
    fi: 'Tällä osoitteella on jo käyttäjätunnus.', en: 'A user with this address can sign in already.',
  },
  userInactive: {
    ru: 'Этот пользователь отключён. Сначала включите его.', uk: 'Цього користувача вимкнено. Спочатку ввімкніть його.',
    fi: 'Tämä käyttäjä on poistettu käytöstä. Ota hänet ensin käyttöön.', en: 'This user is deactivated. Activate them first.',
  },
  notYourself: {
    ru: 'Себя отключить нельзя. Попросите другого администратора.', uk: 'Себе вимкнути не можна. Попросіть іншого адміністратора.',
    fi: 'Et voi poistaa itseäsi käytöstä. Pyydä toista pääkäyttäjää.', en: 'You cannot deactivate yourself. Ask another administrator.',
  },
  tokenDays: {
    ru: 'Срок токена: от 1 до {max} дней.', uk: 'Строк токена: від 1 до {max} днів.', fi: 'Tunnisteen voimassaolo: 1–{max} päivää.', en: 'A token lives from 1 to {max} days.',
  },
  tokenLimit: {
    ru: 'У пользователя уже {max} действующих токенов. Отзовите ненужные.', uk: 'Користувач уже має {max} чинних токенів. Відкличте зайві.',
    fi: 'Käyttäjällä on jo {max} voimassa olevaa tunnistetta. Peruuta tarpeettomat.', en: 'The user has {max} live tokens already. Revoke the ones not needed.',
  },
  tokenUnknown: { ru: 'Такого токена нет.', uk: 'Такого токена немає.', fi: 'Tällaista tunnistetta ei ole.', en: 'There is no such token.' },
  providerUnknown: {
    ru: 'Такого способа входа нет или он не настроен.', uk: 'Такого способу входу немає або його не налаштовано.',
    fi: 'Tällaista kirjautumistapaa ei ole, tai sitä ei ole otettu käyttöön.', en: 'There is no such way to sign in, or it is not set up.',
  },
  providerFailed: {
    ru: 'Войти через «{provider}» не удалось. Попробуйте ещё раз или войдите с паролем.', uk: 'Увійти через «{provider}» не вдалося. Спробуйте ще раз або ввійдіть із паролем.',
    fi: 'Kirjautuminen tavalla ”{provider}” ei onnistunut. Yritä uudelleen tai kirjaudu salasanalla.', en: 'Signing in by “{provider}” did not work. Try again, or sign in with your password.',
  },
  journeyOver: {
    ru: 'Вход занял слишком много времени или был начат в другом окне. Начните заново.', uk: 'Вхід тривав надто довго або його почали в іншому вікні. Почніть спочатку.',
    fi: 'Kirjautuminen kesti liian kauan tai alkoi toisessa ikkunassa. Aloita alusta.', en: 'Signing in took too long or was begun in another window. Start again.',
  },
  notInvited: {
    ru: 'Для этой учётной записи здесь нет сотрудника. Попросите администратора пригласить вас на тот же адрес почты.', uk: 'Для цього облікового запису тут немає співробітника. Попросіть адміністратора запросити вас на ту саму адресу пошти.',
    fi: 'Tällä tilillä ei ole täällä käyttäjää. Pyydä pääkäyttäjää kutsumaan sinut samalla sähköpostiosoitteella.', en: 'Nobody here belongs to this account. Ask an administrator to invite you by the same e-mail address.',
  },
  sessionUnknown: { ru: 'Такого сеанса нет.', uk: 'Такого сеансу немає.', fi: 'Tällaista istuntoa ei ole.', en: 'There is no such session.' },
} satisfies Record<string, Record<Locale, string>>

export type MessageKey = keyof typeof MESSAGES

/** All messages, for the test that compares languages. */
export const messages: Record<MessageKey, Localized> = MESSAGES

/** A message of accounts in one language, `{name}` replaced by values. */
export function say(key: MessageKey, locale: Locale, values: Record<string, string | number> = {}): string {
  return textIn(MESSAGES[key], locale).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

/** «15 минут», “2 hours”: rounded up, so that nobody comes back too early. */
export function waitText(seconds: number, locale: Locale): string {
  const [value, unit] = seconds < 60 ? [seconds, 'second'] : seconds < 5400 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour']
  return new Intl.NumberFormat(locale, { style: 'unit', unit: unit as string, unitDisplay: 'long' }).format(Math.ceil(value as number))
}

/** The first of our languages that `Accept-Language` names; English where it names none. */
export function acceptedLocale(header: string | undefined): Locale {
  const wanted = (header ?? '').slice(0, 200).split(',').map((part) => part.trim().slice(0, 2).toLowerCase())
  return wanted.find((code): code is Locale => (LOCALES as readonly string[]).includes(code)) ?? 'en'
}
