import { describe, expect, it } from 'vitest'
import { companyKey } from './company-name.ts'

describe('companyKey', () => {
  it.each([
    [['ООО «Ромашка-Плюс»', 'Ромашка плюс, ООО', 'О.О.О. "РОМАШКА ПЛЮС"', 'Общество с ограниченной ответственностью «Ромашка Плюс»'], 'РОМАШКА ПЛЮС'],
    [['ЗАО «Ёлка»', 'елка'], 'ЕЛКА'],
    [['ИП Иванов Пётр Сергеевич'], 'ИВАНОВ ПЕТР СЕРГЕЕВИЧ'],
    [['ТОВ «Здоров’я»', "Здоров'я ТОВ", 'Товариство з обмеженою відповідальністю "Здоровʼя"'], 'ЗДОРОВЯ'],
    [['ФОП Шевченко О. М.'], 'ШЕВЧЕНКО О М'],
    [['Meikäläisen Puu Oy', 'Oy Meikäläisen Puu Ab', 'MEIKÄLÄISEN PUU OYJ'], 'MEIKÄLÄISEN PUU'],
    [['As Oy Mäntykatu 5'], 'MÄNTYKATU 5'],
    [['Müller GmbH & Co. KG'], 'MÜLLER'],
    [['Smith, Ltd.', 'Smith LTD'], 'SMITH'],
  ])('%j are one', (names, key) => {
    for (const name of names) expect(companyKey(name)).toBe(key)
  })

  it('keeps a name that is nothing but a legal form', () => {
    expect(companyKey('Ky')).toBe('KY')
    expect(companyKey('ИП ООО')).not.toBe('')
  })
})
