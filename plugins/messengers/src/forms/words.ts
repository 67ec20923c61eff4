import type { Localized } from '@kartotek/sdk'

/** What visitors of a form read, where its maker gave no words. */
export const WORDS = {
  send: { ru: 'Отправить', uk: 'Надіслати', fi: 'Lähetä', en: 'Send' },
  thanks: { ru: 'Спасибо! Мы получили ваше сообщение и скоро ответим.', uk: 'Дякуємо! Ми отримали ваше повідомлення й скоро відповімо.', fi: 'Kiitos! Saimme viestisi ja vastaamme pian.', en: 'Thank you! We have your message and will answer soon.' },
  required: { ru: 'Заполните это поле.', uk: 'Заповніть це поле.', fi: 'Täytä tämä kenttä.', en: 'Fill in this field.' },
  invalid: { ru: 'Проверьте, нет ли опечатки.', uk: 'Перевірте, чи немає одруківки.', fi: 'Tarkista, onko tässä kirjoitusvirhe.', en: 'Check this for a typo.' },
  again: { ru: 'Не получилось отправить. Нажмите кнопку ещё раз.', uk: 'Не вдалося надіслати. Натисніть кнопку ще раз.', fi: 'Lähetys ei onnistunut. Paina painiketta uudelleen.', en: 'It was not sent. Press the button once more.' },
  often: { ru: 'Слишком много отправлений с вашего адреса. Попробуйте через час.', uk: 'Забагато надсилань із вашої адреси. Спробуйте за годину.', fi: 'Osoitteestasi on lähetetty liian monta viestiä. Yritä tunnin kuluttua.', en: 'Too many were sent from your address. Try again in an hour.' },
  large: { ru: 'Файлы слишком большие: вместе до 20 МБ. Ничего не отправлено. Вернитесь назад, выберите файлы поменьше и отправьте форму ещё раз.', uk: 'Файли завеликі: разом до 20 МБ. Нічого не надіслано. Поверніться назад, виберіть менші файли й надішліть форму ще раз.', fi: 'Tiedostot ovat liian suuria: yhteensä enintään 20 Mt. Mitään ei lähetetty. Palaa takaisin, valitse pienemmät tiedostot ja lähetä lomake uudelleen.', en: 'The files are too large: 20 MB in all. Nothing was sent. Go back, choose smaller files and send the form again.' },
  long: { ru: 'Слишком много текста. Сократите его и отправьте ещё раз.', uk: 'Забагато тексту. Скоротіть його й надішліть ще раз.', fi: 'Tekstiä on liikaa. Lyhennä sitä ja lähetä uudelleen.', en: 'This is too much text. Make it shorter and send it again.' },
  script: { ru: 'Этой форме нужен JavaScript. Включите его в браузере или напишите нам другим способом.', uk: 'Цій формі потрібен JavaScript. Увімкніть його у браузері або напишіть нам іншим способом.', fi: 'Tämä lomake tarvitsee JavaScriptin. Ota se käyttöön selaimessa tai ota yhteyttä muulla tavalla.', en: 'This form needs JavaScript. Switch it on in the browser, or write to us in another way.' },
  trap: { ru: 'Не заполняйте это поле', uk: 'Не заповнюйте це поле', fi: 'Jätä tämä kenttä tyhjäksi', en: 'Leave this field empty' },
} satisfies Record<string, Localized>
