import type { Locale } from '@kartotek/sdk'

/** What people read and write for true and false. */
export const YES_NO: Record<Locale, { yes: string, no: string }> = { ru: { yes: 'да', no: 'нет' }, uk: { yes: 'так', no: 'ні' }, fi: { yes: 'kyllä', no: 'ei' }, en: { yes: 'yes', no: 'no' } }
