import type { ComputedRecord, ObjectDefinition } from '@kartotek/sdk'

/** Whole days on which its owner does not work. */
export const absenceObject: ObjectDefinition = {
  name: 'absence', plural: 'absences', icon: 'palmtree', title: 'days', owned: true, personal: true,
  label: { ru: 'Отсутствие', uk: 'Відсутність', fi: 'Poissaolo', en: 'Absence' },
  labelPlural: { ru: 'Отсутствия', uk: 'Відсутності', fi: 'Poissaolot', en: 'Absences' },
  help: {
    ru: 'Дни, когда ответственный не работает: отпуск, болезнь, командировка.', uk: 'Дні, коли відповідальний не працює: відпустка, хвороба, відрядження.',
    fi: 'Päivät, jolloin vastuuhenkilö ei ole töissä: loma, sairaus, työmatka.', en: 'Days on which the owner does not work: a holiday, an illness, a journey.',
  },
  fields: [
    { name: 'days', type: 'text', readOnly: true, derivedFrom: ['firstDay', 'lastDay'], label: { ru: 'Дни', uk: 'Дні', fi: 'Päivät', en: 'Days' } },
    {
      name: 'kind', type: 'select', required: true, default: 'holiday', filterable: true, label: { ru: 'Причина', uk: 'Причина', fi: 'Syy', en: 'Reason' },
      options: [
        { key: 'holiday', color: 'teal', label: { ru: 'Отпуск', uk: 'Відпустка', fi: 'Loma', en: 'Holiday' } },
        { key: 'illness', color: 'amber', label: { ru: 'Болезнь', uk: 'Хвороба', fi: 'Sairaus', en: 'Illness' } },
        { key: 'journey', color: 'sky', label: { ru: 'Командировка', uk: 'Відрядження', fi: 'Työmatka', en: 'Business trip' } },
        { key: 'other', color: 'slate', label: { ru: 'Другое', uk: 'Інше', fi: 'Muu', en: 'Other' } },
      ],
    },
    { name: 'firstDay', type: 'date', required: true, filterable: true, label: { ru: 'С', uk: 'З', fi: 'Alkaen', en: 'From' } },
    { name: 'lastDay', type: 'date', required: true, filterable: true, label: { ru: 'По (включительно)', uk: 'До (включно)', fi: 'Viimeinen päivä', en: 'Last day' } },
    { name: 'note', type: 'longText', maxLength: 2_000, label: { ru: 'Примечание', uk: 'Примітка', fi: 'Huomautus', en: 'Note' } },
  ],
}

export function computeAbsences(absences: ComputedRecord[]): void {
  for (const { values, refuse } of absences) {
    const [first, last] = [values.firstDay, values.lastDay] as (string | null)[]
    if (!first || !last) continue
    if (last < first) refuse('lastDay', 'min', { min: first })
    values.days = first === last ? first : `${first} – ${last}`
  }
}
