import type { Locale } from '@kartotek/sdk'
import type { Ctx } from './settings.ts'

/** What the plugin says to people, by the English text: `[ru, uk, fi]`. `{reason}` is filled in. */
const MESSAGES = {
  'You have no extension yet: an administrator enters it at your user.': ['У вас пока нет внутреннего номера: администратор укажет его у вашего пользователя.', 'У вас поки немає внутрішнього номера: адміністратор вкаже його у вашого користувача.', 'Sinulla ei ole vielä sisänumeroa: ylläpitäjä lisää sen käyttäjätietoihisi.'],
  'No telephony is set up that can place calls.': ['Телефония, через которую можно звонить, не настроена.', 'Телефонію, через яку можна дзвонити, не налаштовано.', 'Soittamiseen ei ole otettu käyttöön puhelinjärjestelmää.'],
  'Say which number to call.': ['Укажите, на какой номер звонить.', 'Укажіть, на який номер дзвонити.', 'Kerro, mihin numeroon soitetaan.'],
  'This is no number that can be called.': ['На такой номер позвонить нельзя.', 'На такий номер подзвонити не можна.', 'Tähän numeroon ei voi soittaa.'],
  'This person must not be called.': ['Этому человеку звонить нельзя.', 'Цій людині дзвонити не можна.', 'Tälle henkilölle ei saa soittaa.'],
  'There is no such contact point.': ['Такого номера нет, или он вам недоступен.', 'Такого номера немає, або він вам недоступний.', 'Tätä numeroa ei ole, tai et näe sitä.'],
  'There is no such call of yours.': ['Такого вашего звонка нет.', 'Такого вашого дзвінка немає.', 'Sinulla ei ole tällaista puhelua.'],
  'This provider cannot hang up; do it at the telephone.': ['Этот сервис не умеет завершать звонок: положите трубку.', 'Цей сервіс не вміє завершувати дзвінок: покладіть слухавку.', 'Tämä palvelu ei osaa katkaista puhelua: sulje puhelimella.'],
  'There is no such recording.': ['Такой записи разговора нет.', 'Такого запису розмови немає.', 'Tällaista nauhoitusta ei ole.'],
  'The provider of this call keeps no recordings.': ['Записи этого звонка здесь не хранятся.', 'Записи цього дзвінка тут не зберігаються.', 'Tämän puhelun nauhoituksia ei säilytetä täällä.'],
  'Calls are written by telephony only; write down your own on the timeline.': ['Звонки сюда записывает только телефония; свой звонок запишите в ленту.', 'Дзвінки сюди записує лише телефонія; свій дзвінок запишіть у стрічку.', 'Puhelut kirjaa vain puhelinjärjestelmä; kirjaa omasi aikajanalle.'],
  'What telephony told of a call stays as it is; write a note instead.': ['Сведения телефонии о звонке не меняются; напишите заметку.', 'Відомості телефонії про дзвінок не змінюються; напишіть нотатку.', 'Puhelinjärjestelmän tietoja puhelusta ei muuteta; kirjoita muistiinpano.'],
  'Say in the result why nobody needs to be called back.': ['Напишите в результате, почему перезванивать не нужно.', 'Напишіть у результаті, чому передзвонювати не потрібно.', 'Kerro tuloksessa, miksi takaisin ei tarvitse soittaa.'],
  'There is no such missed call.': ['Такого пропущенного звонка нет.', 'Такого пропущеного дзвінка немає.', 'Tällaista vastaamatonta puhelua ei ole.'],
  'There is no such calling list.': ['Такого обзвона нет, или он вам недоступен.', 'Такого обдзвону немає, або він вам недоступний.', 'Tällaista soittolistaa ei ole, tai et näe sitä.'],
  'Say whom to call: a segment, clients, or a condition.': ['Укажите, кому звонить: сегмент, клиентов или условие.', 'Укажіть, кому дзвонити: сегмент, клієнтів або умову.', 'Kerro, kenelle soitetaan: segmentti, asiakkaat tai ehto.'],
  'At most {reason} clients are put into a list at once.': ['За один раз в обзвон попадает не больше {reason} клиентов.', 'За один раз в обдзвін потрапляє не більше {reason} клієнтів.', 'Listalle lisätään kerralla enintään {reason} asiakasta.'],
  'You may not work on calling lists.': ['У вас нет права работать с обзвонами.', 'У вас немає права працювати з обдзвонами.', 'Sinulla ei ole oikeutta käyttää soittolistoja.'],
  'A calling list is worked on by people.': ['Обзвон ведут люди, а не программы.', 'Обдзвін ведуть люди, а не програми.', 'Soittolistaa käyvät läpi ihmiset, eivät ohjelmat.'],
  'This is none of the results.': ['Такого итога нет.', 'Такого підсумку немає.', 'Tällaista tulosta ei ole.'],
  'There is no such client in your hand.': ['Этот клиент сейчас не у вас.', 'Цей клієнт зараз не у вас.', 'Tämä asiakas ei ole nyt sinulla.'],
  'The recording is not there, or not there yet.': ['Записи разговора нет или пока нет.', 'Запису розмови немає або поки немає.', 'Nauhoitusta ei ole, tai ei ole vielä.'],
  'The keys by which recordings of this exchange are fetched are not set.': ['Ключи, по которым у этой АТС берутся записи, не указаны.', 'Ключі, за якими в цієї АТС беруться записи, не вказано.', 'Avaimia, joilla tämän vaihteen nauhoitukset haetaan, ei ole määritetty.'],
  'The exchange does not accept the keys by which recordings are fetched; an administrator can correct them in the settings.': ['АТС не принимает ключи, по которым берутся записи; администратор может исправить их в настройках.', 'АТС не приймає ключі, за якими беруться записи; адміністратор може виправити їх у налаштуваннях.', 'Puhelinvaihde ei hyväksy avaimia, joilla nauhoitukset haetaan; ylläpitäjä voi korjata ne asetuksissa.'],
  'The exchange gives no recording now: it answers {reason}.': ['АТС сейчас не отдаёт запись: ответ {reason}.', 'АТС зараз не віддає запис: відповідь {reason}.', 'Puhelinvaihde ei nyt anna nauhoitusta: vastaus {reason}.'],
  'The exchange gives no recording; what it answered stands in the log of the server.': ['АТС не отдаёт запись; что она ответила, записано в журнале сервера.', 'АТС не віддає запис; що вона відповіла, записано в журналі сервера.', 'Puhelinvaihde ei anna nauhoitusta; sen vastaus on palvelimen lokissa.'],
  'The exchange points to a server from which recordings are not fetched.': ['АТС указывает на сервер, с которого записи не берутся.', 'АТС вказує на сервер, з якого записи не беруться.', 'Puhelinvaihde viittaa palvelimeen, jolta nauhoituksia ei haeta.'],
  'What the exchange gives is no sound that can be played.': ['То, что отдаёт АТС, не звук, который можно воспроизвести.', 'Те, що віддає АТС, не звук, який можна відтворити.', 'Puhelinvaihteen antama tiedosto ei ole ääntä, jonka voisi toistaa.'],
  'The recording is too large to be played here.': ['Запись слишком большая, чтобы слушать её здесь.', 'Запис завеликий, щоб слухати його тут.', 'Nauhoitus on liian suuri kuunneltavaksi täällä.'],
  'Asterisk is not set up.': ['Asterisk не настроен.', 'Asterisk не налаштовано.', 'Asteriskia ei ole otettu käyttöön.'],
  'The folder with the recordings is not set.': ['Папка с записями разговоров не указана.', 'Теку із записами розмов не вказано.', 'Nauhoitusten kansiota ei ole määritetty.'],
  'The extension is not one that an exchange knows.': ['АТС не понимает такой внутренний номер.', 'АТС не розуміє такого внутрішнього номера.', 'Puhelinvaihde ei tunnista tällaista sisänumeroa.'],
  'A number for the exchange has no line breaks or other control characters.': ['В номере для АТС не должно быть переводов строки и других управляющих символов.', 'У номері для АТС не має бути розривів рядка та інших керівних символів.', 'Vaihteelle annettavassa numerossa ei saa olla rivinvaihtoja tai muita ohjausmerkkejä.'],
  'The exchange cannot be reached: {reason}.': ['Не удаётся связаться с АТС: {reason}.', 'Не вдається зв’язатися з АТС: {reason}.', 'Puhelinvaihteeseen ei saada yhteyttä: {reason}.'],
  'The exchange closed the connection.': ['АТС закрыла соединение.', 'АТС закрила з’єднання.', 'Puhelinvaihde katkaisi yhteyden.'],
  'The exchange does not answer.': ['АТС не отвечает.', 'АТС не відповідає.', 'Puhelinvaihde ei vastaa.'],
  'The exchange refuses: {reason}.': ['АТС отказала: {reason}.', 'АТС відмовила: {reason}.', 'Puhelinvaihde kieltäytyi: {reason}.'],
  'The exchange is not understood: {reason}': ['Ответ АТС непонятен: {reason}', 'Відповідь АТС незрозуміла: {reason}', 'Puhelinvaihteen vastausta ei ymmärretä: {reason}'],
  'The exchange lists without end.': ['Список, который шлёт АТС, не кончается.', 'Список, який надсилає АТС, не закінчується.', 'Puhelinvaihteen lähettämä luettelo ei lopu.'],
  'The exchange speaks version {reason} of the manager interface; Asterisk 12 or newer is needed.': ['У АТС интерфейс AMI версии {reason}, а нужен Asterisk 12 или новее.', 'АТС має інтерфейс AMI версії {reason}, а потрібен Asterisk 12 або новіший.', 'Puhelinvaihteen AMI-rajapinnan versio on {reason}; tarvitaan Asterisk 12 tai uudempi.'],
} as const satisfies Record<string, readonly [ru: string, uk: string, fi: string]>

const PLACES = { ru: 0, uk: 1, fi: 2 } as const

/** The text in the language of who acts. */
export function say({ actor }: Pick<Ctx, 'actor'>, text: keyof typeof MESSAGES, reason = ''): string {
  return sayIn(actor.locale, text, reason)
}

export function sayIn(locale: Locale, text: keyof typeof MESSAGES, reason = ''): string {
  return (locale === 'en' ? text : MESSAGES[text][PLACES[locale]]).replace('{reason}', () => reason)
}
