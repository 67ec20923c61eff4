import { s, type Infer } from '@kartotek/sdk'
import { OpenIdProvider } from './provider.ts'

const title = (en: string, ru: string, uk: string, fi: string) => ({ en, ru, uk, fi })

const properties = {
  issuer: s.string({ default: '', maxLength: 300, pattern: '^(https?://[^\\s?#]+)?$', title: title('Address of the provider (issuer)', 'Адрес поставщика (issuer)', 'Адреса постачальника (issuer)', 'Palvelun osoite (issuer)'), description: 'https://login.microsoftonline.com/<tenant>/v2.0, https://accounts.google.com, https://keycloak.example/realms/company' }),
  clientId: s.string({ default: '', maxLength: 300, title: title('Client ID', 'Идентификатор клиента (Client ID)', 'Ідентифікатор клієнта (Client ID)', 'Asiakastunnus (Client ID)') }),
  clientSecret: s.optional(s.secret({ maxLength: 1_000, title: title('Client secret', 'Секрет клиента (Client secret)', 'Секрет клієнта (Client secret)', 'Asiakassalaisuus (Client secret)') })),
  label: s.string({ default: '', maxLength: 60, title: title('What the button calls it', 'Как назвать на кнопке', 'Як назвати на кнопці', 'Nimi painikkeessa'), description: title('Empty: “Company account”.', 'Пусто — «учётную запись компании».', 'Порожньо — «обліковий запис компанії».', 'Tyhjä: yrityksen tili.') }),
  trustsAddresses: s.boolean({ default: false, title: title('Trust e-mail addresses that are not marked as verified', 'Доверять адресам почты без отметки о проверке', 'Довіряти адресам пошти без позначки про перевірку', 'Luota sähköpostiosoitteisiin, joita ei ole merkitty vahvistetuiksi'), description: title('Only where the directory belongs to you and people cannot set their address themselves, such as Microsoft Entra with one tenant.', 'Только если каталог ваш и сотрудники не могут сами задать себе адрес, например Microsoft Entra с одним арендатором.', 'Лише якщо каталог ваш і співробітники не можуть самі задати собі адресу, наприклад Microsoft Entra з одним орендарем.', 'Vain, kun hakemisto on teidän eivätkä ihmiset voi itse asettaa osoitettaan, kuten Microsoft Entra yhdellä vuokraajalla.') }),
  otherHost: s.string({ default: '', maxLength: 300, pattern: '^(https?://[^\\s/?#]+)?$', title: title('Another host of the provider, where it has one', 'Другой узел поставщика, если он есть', 'Інший вузол постачальника, якщо він є', 'Palvelun toinen palvelin, jos sellainen on'), description: title('Needed where tokens or keys come from another host than the address above. Those of Google are known.', 'Нужен, если токены или ключи выдаёт не тот узел, что указан выше. Узлы Google известны.', 'Потрібен, якщо токени або ключі видає не той вузол, що вказано вище. Вузли Google відомі.', 'Tarvitaan, jos tunnisteet tai avaimet tulevat muualta kuin yllä olevasta osoitteesta. Googlen palvelimet tunnetaan.') }),
}

export type OpenIdSettings = Infer<ReturnType<typeof s.object<typeof properties>>>

/** All of it may be left out: then nobody signs in this way, and the sign-in page has no button. */
export const settings = s.object(properties, { check: (_, ctx) => new OpenIdProvider(ctx).ask() })
