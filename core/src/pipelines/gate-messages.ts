import { textIn, type Locale, type Localized } from '@kartotek/sdk'

const MESSAGES = {
  closed: { ru: 'Пока нельзя перейти на этап «{stage}».', uk: 'Поки що не можна перейти на етап «{stage}».', fi: 'Vaiheeseen ”{stage}” ei voi vielä siirtyä.', en: 'Stage “{stage}” cannot be entered yet.' },
  kept: { ru: 'На этапе «{stage}» это нельзя оставить пустым.', uk: 'На етапі «{stage}» це не можна лишити порожнім.', fi: 'Vaiheessa ”{stage}” tätä ei voi jättää tyhjäksi.', en: 'On stage “{stage}” this cannot be left empty.' },
  next: { ru: 'С этапа «{from}» можно перейти только на: {stages}.', uk: 'З етапу «{from}» можна перейти лише на: {stages}.', fi: 'Vaiheesta ”{from}” voi siirtyä vain vaiheisiin: {stages}.', en: 'From “{from}” the next stage can only be: {stages}.' },
  role: { ru: 'На этот этап переводит только: {roles}.', uk: 'На цей етап переводить лише: {roles}.', fi: 'Tähän vaiheeseen siirtää vain: {roles}.', en: 'Only these roles may enter it: {roles}.' },
  required: { ru: 'Заполните поле «{field}».', uk: 'Заповніть поле «{field}».', fi: 'Täytä kenttä ”{field}”.', en: 'Fill in “{field}”.' },
  lossReason: { ru: 'Укажите причину отказа.', uk: 'Вкажіть причину відмови.', fi: 'Kerro häviön syy.', en: 'Give the reason of the loss.' },
  condition: { ru: 'Условие этапа «{stage}» не выполнено.', uk: 'Умову етапу «{stage}» не виконано.', fi: 'Vaiheen ”{stage}” ehto ei täyty.', en: 'The condition of stage “{stage}” does not hold.' },
} satisfies Record<string, Localized>

export function gateMessage(key: keyof typeof MESSAGES, locale: Locale, params: Record<string, string>): string {
  return textIn(MESSAGES[key], locale).replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
}
