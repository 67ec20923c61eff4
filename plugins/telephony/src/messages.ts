import type { Ctx } from './settings.ts'

/** What the plugin says to people, by the English text: `[ru, uk, fi]`. */
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
  'You may not work on calling lists.': ['У вас нет права работать с обзвонами.', 'У вас немає права працювати з обдзвонами.', 'Sinulla ei ole oikeutta käyttää soittolistoja.'],
  'A calling list is worked on by people.': ['Обзвон ведут люди, а не программы.', 'Обдзвін ведуть люди, а не програми.', 'Soittolistaa käyvät läpi ihmiset, eivät ohjelmat.'],
  'This is none of the results.': ['Такого итога нет.', 'Такого підсумку немає.', 'Tällaista tulosta ei ole.'],
  'There is no such client in your hand.': ['Этот клиент сейчас не у вас.', 'Цей клієнт зараз не у вас.', 'Tämä asiakas ei ole nyt sinulla.'],
  'The recording is not there, or not there yet.': ['Записи разговора нет или пока нет.', 'Запису розмови немає або поки немає.', 'Nauhoitusta ei ole, tai ei ole vielä.'],
  'Asterisk is not set up.': ['Asterisk не настроен.', 'Asterisk не налаштовано.', 'Asteriskia ei ole otettu käyttöön.'],
  'The folder with the recordings is not set.': ['Папка с записями разговоров не указана.', 'Теку із записами розмов не вказано.', 'Nauhoitusten kansiota ei ole määritetty.'],
} as const satisfies Record<string, readonly [ru: string, uk: string, fi: string]>

const PLACES = { ru: 0, uk: 1, fi: 2 } as const

/** The text in the language of who acts. */
export function say({ actor: { locale } }: Pick<Ctx, 'actor'>, text: keyof typeof MESSAGES): string {
  return locale === 'en' ? text : MESSAGES[text][PLACES[locale]]
}
