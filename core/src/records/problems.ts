import { textIn, type FieldProblem, type Locale, type Localized } from '@kartotek/sdk'

/** What broken rules say, in the user's language. `{name}` is replaced by a parameter. */
const MESSAGES: Record<string, Localized> = {
  required: { ru: 'Заполните это поле.', uk: 'Заповніть це поле.', fi: 'Täytä tämä kenttä.', en: 'Fill in this field.' },
  type: { ru: 'Значение не подходит к типу поля ({type}).', uk: 'Значення не відповідає типу поля ({type}).', fi: 'Arvo ei sovi kentän tyyppiin ({type}).', en: 'The value does not fit the type of the field ({type}).' },
  min: { ru: 'Не меньше {min}.', uk: 'Не менше {min}.', fi: 'Vähintään {min}.', en: 'At least {min}.' },
  max: { ru: 'Не больше {max}.', uk: 'Не більше {max}.', fi: 'Enintään {max}.', en: 'At most {max}.' },
  minLength: { ru: 'Не короче {minLength} знаков.', uk: 'Не коротше {minLength} знаків.', fi: 'Vähintään {minLength} merkkiä.', en: 'At least {minLength} characters.' },
  maxLength: { ru: 'Не длиннее {maxLength} знаков.', uk: 'Не довше {maxLength} знаків.', fi: 'Enintään {maxLength} merkkiä.', en: 'At most {maxLength} characters.' },
  maxItems: { ru: 'Не больше {maxItems} значений.', uk: 'Не більше {maxItems} значень.', fi: 'Enintään {maxItems} arvoa.', en: 'At most {maxItems} values.' },
  uniqueItems: { ru: 'Значения повторяются.', uk: 'Значення повторюються.', fi: 'Sama arvo on kahdesti.', en: 'A value is given twice.' },
  pattern: { ru: 'Значение не соответствует образцу.', uk: 'Значення не відповідає зразку.', fi: 'Arvo ei vastaa vaadittua muotoa.', en: 'The value does not match the required form.' },
  option: { ru: 'Такого варианта нет в списке.', uk: 'Такого варіанта немає у списку.', fi: 'Vaihtoehtoa ei ole luettelossa.', en: 'There is no such choice.' },
  email: { ru: 'Это не адрес электронной почты. Пример: ivanova@example.com.', uk: 'Це не адреса електронної пошти. Приклад: kovalenko@example.com.', fi: 'Tämä ei ole sähköpostiosoite. Esimerkki: virtanen@example.com.', en: 'This is no e-mail address. Example: smith@example.com.' },
  phone: { ru: 'В номере телефона нет цифр.', uk: 'У номері телефону немає цифр.', fi: 'Puhelinnumerossa ei ole numeroita.', en: 'A phone number needs digits.' },
  url: { ru: 'Это не адрес сайта. Пример: https://example.com.', uk: 'Це не адреса сайту. Приклад: https://example.com.', fi: 'Tämä ei ole verkko-osoite. Esimerkki: https://example.com.', en: 'This is no web address. Example: https://example.com.' },
  date: { ru: 'Укажите дату в виде 2026-11-21.', uk: 'Вкажіть дату у вигляді 2026-11-21.', fi: 'Anna päivämäärä muodossa 2026-11-21.', en: 'Give a date like 2026-11-21.' },
  dateTime: { ru: 'Укажите время с часовым поясом, например 2026-11-21T12:00:00Z.', uk: 'Вкажіть час із часовим поясом, наприклад 2026-11-21T12:00:00Z.', fi: 'Anna aika aikavyöhykkeineen, esimerkiksi 2026-11-21T12:00:00Z.', en: 'Give a time with its zone, like 2026-11-21T12:00:00Z.' },
  taxId: { ru: 'Налоговый номер не проходит проверку ({country}). Проверьте цифры.', uk: 'Податковий номер не проходить перевірку ({country}). Перевірте цифри.', fi: 'Veronumeron tarkistus ei täsmää ({country}). Tarkista numerot.', en: 'The tax number fails its check ({country}). Compare the digits.' },
  iban: { ru: 'Номер счёта не проходит проверку. Сверьте его с документом.', uk: 'Номер рахунку не проходить перевірку. Звірте його з документом.', fi: 'Tilinumeron tarkistus ei täsmää. Vertaa asiakirjaan.', en: 'The account number fails its check. Compare it with the document.' },
  bankAccount: { ru: 'Номер счёта не подходит к БИК. Сверьте оба с документом.', uk: 'Номер рахунку не відповідає БІК. Звірте обидва з документом.', fi: 'Tilinumero ei sovi pankin BIC-tunnukseen. Vertaa molempia asiakirjaan.', en: 'The account does not belong to the bank of this BIC. Compare both with the document.' },
  registrationNumber: { ru: 'ОГРН или ОГРНИП не проходит проверку. Проверьте цифры.', uk: 'ОГРН або ОГРНІП не проходить перевірку. Перевірте цифри.', fi: 'Rekisterinumeron (OGRN) tarkistus ei täsmää. Tarkista numerot.', en: 'The registration number (OGRN) fails its check. Compare the digits.' },
  branchCode: { ru: 'КПП состоит из девяти знаков. Сверьте его с документом.', uk: 'КПП складається з дев’яти знаків. Звірте його з документом.', fi: 'KPP-tunnuksessa on yhdeksän merkkiä. Vertaa asiakirjaan.', en: 'A KPP has nine characters. Compare it with the document.' },
  unique: { ru: 'Такое значение уже есть.', uk: 'Таке значення вже є.', fi: 'Sama arvo on jo olemassa.', en: 'This value exists already.' },
  reference: { ru: 'Такой записи нет.', uk: 'Такого запису немає.', fi: 'Tietuetta ei ole.', en: 'There is no such record.' },
  readOnly: { ru: 'Это поле нельзя изменить.', uk: 'Це поле не можна змінити.', fi: 'Tätä kenttää ei voi muuttaa.', en: 'This field cannot be changed.' },
  unknown: { ru: 'Такого поля нет.', uk: 'Такого поля немає.', fi: 'Kenttää ei ole.', en: 'There is no such field.' },
  closed: {
    ru: 'Нарушено правило поля, которое вам не показывают. Обратитесь к администратору.', uk: 'Порушено правило поля, якого вам не показують. Зверніться до адміністратора.',
    fi: 'Tiedot rikkovat sellaisen kentän sääntöä, jota sinulle ei näytetä. Ota yhteys pääkäyttäjään.', en: 'A rule of a field that you may not see is broken; ask an administrator.',
  },
  stage: { ru: 'Этап не относится к этой воронке.', uk: 'Етап не належить до цієї воронки.', fi: 'Vaihe ei kuulu tähän putkeen.', en: 'The stage does not belong to this pipeline.' },
  currency: { ru: 'Валюта строки должна быть как у заказа: {currency}.', uk: 'Валюта рядка має бути як у замовлення: {currency}.', fi: 'Rivin valuutan on oltava sama kuin tilauksen: {currency}.', en: 'The line must be in the currency of the order: {currency}.' },
  currencyOfLines: {
    ru: 'Строки заказа в валюте {currency}. Чтобы сменить валюту, задайте вместе с ней и новые цены строк.', uk: 'Рядки замовлення у валюті {currency}. Щоб змінити валюту, задайте разом із нею й нові ціни рядків.',
    fi: 'Tilauksen rivit ovat valuutassa {currency}. Jos vaihdat valuutan, anna samalla myös rivien uudet hinnat.', en: 'The lines are in {currency}. To change the currency, give the lines their new prices along with it.',
  },
  stageGone: { ru: 'Этого этапа больше нет.', uk: 'Цього етапу більше немає.', fi: 'Tätä vaihetta ei enää ole.', en: 'This stage is no longer there.' },
  currencyCode: { ru: 'Нет валюты с таким кодом. Пример: EUR.', uk: 'Немає валюти з таким кодом. Приклад: EUR.', fi: 'Tällaista valuuttakoodia ei ole. Esimerkki: EUR.', en: 'There is no currency with this code. Example: EUR.' },
  formulaSyntax: { ru: 'Формула непонятна около знака {at}.', uk: 'Формула незрозуміла біля знака {at}.', fi: 'Kaavaa ei ymmärretä merkin {at} kohdalla.', en: 'The formula is not understood near character {at}.' },
  formulaLong: { ru: 'Формула слишком длинная: не больше {limit} знаков.', uk: 'Формула задовга: не більше {limit} знаків.', fi: 'Kaava on liian pitkä: enintään {limit} merkkiä.', en: 'The formula is too long: at most {limit} characters.' },
  formulaField: { ru: 'В формуле нет поля «{field}», или его значения в формулах не используются.', uk: 'У формулі немає поля «{field}», або його значення у формулах не використовуються.', fi: 'Kenttää ”{field}” ei ole, tai sitä ei voi käyttää kaavassa.', en: 'There is no field "{field}" that a formula could read.' },
  formulaFunction: { ru: 'Функции «{name}» нет.', uk: 'Функції «{name}» немає.', fi: 'Funktiota ”{name}” ei ole.', en: 'There is no function "{name}".' },
  formulaTypes: { ru: '«{name}» не применяется к таким значениям: {types}.', uk: '«{name}» не застосовується до таких значень: {types}.', fi: '”{name}” ei sovi näille arvoille: {types}.', en: '"{name}" does not take such values: {types}.' },
  formulaVolatile: { ru: '«{name}» меняется со временем и в хранимом поле не используется.', uk: '«{name}» змінюється з часом і в збереженому полі не використовується.', fi: '”{name}” muuttuu ajan myötä, joten se ei käy tallennettavaan kenttään.', en: '"{name}" changes with time: not for a field that is stored.' },
  formulaResult: { ru: 'Результат формулы другого типа: {type}.', uk: 'Результат формули іншого типу: {type}.', fi: 'Kaavan tulos on väärää tyyppiä: {type}.', en: 'The formula gives another type: {type}.' },
  formulaCondition: { ru: 'Условие должно давать «да» или «нет», а эта формула даёт другое ({type}). Пример: amount(total) > 1000.', uk: 'Умова має давати «так» або «ні», а ця формула дає інше ({type}). Приклад: amount(total) > 1000.', fi: 'Ehdon tuloksen on oltava kyllä tai ei, mutta tämä kaava antaa muuta ({type}). Esimerkki: amount(total) > 1000.', en: 'A condition must give yes or no; this formula gives something else ({type}). Example: amount(total) > 1000.' },
  formulaCircle: { ru: 'Формула через поле «{field}» ссылается на саму себя.', uk: 'Формула через поле «{field}» посилається на саму себе.', fi: 'Kaava viittaa kentän ”{field}” kautta itseensä.', en: 'By the field "{field}" the formula refers to itself.' },
  tooMany: { ru: 'Не больше {max} строк.', uk: 'Не більше {max} рядків.', fi: 'Enintään {max} riviä.', en: 'At most {max} rows.' },
}

/** The sentence of a broken rule. */
export function ruleMessage(rule: string, params: Record<string, unknown>, locale: Locale): string {
  const template = textIn(MESSAGES[rule] ?? MESSAGES.type, locale)
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''))
}

export function problem(field: string, rule: string, locale: Locale, params: Record<string, unknown> = {}): FieldProblem {
  return { field, rule, message: ruleMessage(rule, params, locale), ...(Object.keys(params).length ? { params } : {}) }
}
