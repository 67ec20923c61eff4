import type { Localized, PluginContext } from '@kartotek/sdk'
import { addressOf, type AmiSettings } from './address.ts'
import { AmiClient } from './ami-client.ts'

/** Signs in at the exchange and leaves again. The services in the cloud call us: of them there is nothing to ask. */
export async function tryExchange(settings: AmiSettings, ctx: Pick<PluginContext, 'actor' | 'signal'>): Promise<Localized | undefined> {
  const address = addressOf(settings)
  if (!address) {
    return {
      en: 'Only Asterisk can be asked, and its address, user and secret are not all there. The other services call us by themselves.',
      ru: 'Проверить можно только Asterisk, а его адрес, пользователь и пароль указаны не все. Остальные сервисы обращаются к нам сами.',
      uk: 'Перевірити можна лише Asterisk, а його адресу, користувача й пароль указано не всі. Інші сервіси звертаються до нас самі.',
      fi: 'Vain Asteriskin yhteyttä voi kokeilla, ja sen osoite, käyttäjä tai salasana puuttuu. Muut palvelut ottavat yhteyttä itse.',
    }
  }
  const client = await AmiClient.open(address, () => undefined, { events: false, signal: ctx.signal, locale: ctx.actor.locale })
  client.end(new Error('It was only tried.'))
  return undefined
}
