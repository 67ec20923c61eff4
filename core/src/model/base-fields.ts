import type { FieldDefinition, Localized, ObjectDefinition } from '@kartotek/sdk'
import { fieldTypes } from './field-types/index.ts'
import { pipeline, stage } from './field-types/relation.ts'
import type { FieldModel } from './model.ts'
import { snake } from './naming.ts'

const texts: Record<string, Localized> = {
  createdAt: { ru: 'Создано', uk: 'Створено', fi: 'Luotu', en: 'Created' },
  createdBy: { ru: 'Кто создал', uk: 'Хто створив', fi: 'Luonut', en: 'Created by' },
  updatedAt: { ru: 'Изменено', uk: 'Змінено', fi: 'Muokattu', en: 'Updated' },
  updatedBy: { ru: 'Кто изменил', uk: 'Хто змінив', fi: 'Muokannut', en: 'Updated by' },
  archivedAt: { ru: 'В архиве с', uk: 'В архіві з', fi: 'Arkistoitu', en: 'Archived' },
  trashedAt: { ru: 'В корзине с', uk: 'У кошику з', fi: 'Poistettu', en: 'Deleted' },
  owner: { ru: 'Ответственный', uk: 'Відповідальний', fi: 'Vastuuhenkilö', en: 'Owner' },
  team: { ru: 'Отдел', uk: 'Відділ', fi: 'Tiimi', en: 'Team' },
  pipeline: { ru: 'Воронка', uk: 'Воронка', fi: 'Myyntiputki', en: 'Pipeline' },
  stage: { ru: 'Этап', uk: 'Етап', fi: 'Vaihe', en: 'Stage' },
  stageEnteredAt: { ru: 'На этапе с', uk: 'На етапі з', fi: 'Vaiheessa alkaen', en: 'In stage since' },
  closedAt: { ru: 'Закрыто', uk: 'Закрито', fi: 'Suljettu', en: 'Closed' },
  lossReason: { ru: 'Причина отказа', uk: 'Причина відмови', fi: 'Häviön syy', en: 'Loss reason' },
}

export const LOSS_REASONS = [
  { key: 'price', label: { ru: 'Дорого', uk: 'Дорого', fi: 'Hinta', en: 'Price' } },
  { key: 'competitor', label: { ru: 'Выбрали конкурента', uk: 'Обрали конкурента', fi: 'Kilpailija valittiin', en: 'Chose a competitor' } },
  { key: 'no_need', label: { ru: 'Потребность отпала', uk: 'Потреба зникла', fi: 'Tarve poistui', en: 'No need any more' } },
  { key: 'no_stock', label: { ru: 'Нет товара или срока', uk: 'Немає товару або строку', fi: 'Ei saatavilla ajoissa', en: 'Not available in time' } },
  { key: 'no_answer', label: { ru: 'Клиент не отвечает', uk: 'Клієнт не відповідає', fi: 'Asiakas ei vastaa', en: 'Client does not answer' } },
  { key: 'other', label: { ru: 'Другое', uk: 'Інше', fi: 'Muu', en: 'Other' } },
]

/** Those that a company may call otherwise and put elsewhere. */
export const ADJUSTABLE: readonly string[] = ['owner', 'team', 'pipeline', 'stage', 'lossReason']

/** What the company set otherwise, by the name of the field. */
export type BaseOverrides = Record<string, Partial<Pick<FieldModel, 'label' | 'help' | 'section' | 'position' | 'options' | 'version'>>>

const ALWAYS: Pick<FieldDefinition, 'name' | 'type' | 'to' | 'readOnly'>[] = [
  { name: 'createdAt', type: 'dateTime', readOnly: true },
  { name: 'createdBy', type: 'user', to: 'user', readOnly: true },
  { name: 'updatedAt', type: 'dateTime', readOnly: true },
  { name: 'updatedBy', type: 'user', to: 'user', readOnly: true },
  { name: 'archivedAt', type: 'dateTime', readOnly: true },
  { name: 'trashedAt', type: 'dateTime', readOnly: true },
]

/** Fields that every record has without anyone defining them; their columns are the table's own. */
export function baseFields(object: ObjectDefinition, overrides: BaseOverrides = {}): FieldModel[] {
  const make = (name: string, more: Partial<FieldModel> & Pick<FieldModel, 'handler'>, column = snake(name)): FieldModel => ({
    id: `base:${object.name}.${name}`, object: object.name, key: name, name, group: '', kind: 'system', type: 'text',
    label: texts[name]!, columns: [{ suffix: '', name: column, type: more.handler.columns({} as FieldDefinition)[0]!.type }],
    sources: [], version: 1, indexState: 'ready', hidden: false, filterable: true, exported: true, section: 'system', ...more, ...overrides[name],
  })
  const fields = ALWAYS.map((f) => make(f.name, { type: f.type, to: f.to, readOnly: true, handler: fieldTypes[f.type] }))
  if (object.owned) {
    fields.push(make('owner', { type: 'user', to: 'user', handler: fieldTypes.user, history: true, section: 'main' }, 'owner_id'))
    fields.push(make('team', { type: 'reference', to: 'team', handler: fieldTypes.reference, section: 'main' }, 'team_id'))
  }
  if (object.staged) {
    fields.push(make('pipeline', { type: 'reference', handler: pipeline, section: 'main' }, 'pipeline_id'))
    fields.push(make('stage', { type: 'reference', handler: stage, section: 'main' }, 'stage_id'))
    fields.push(make('stageEnteredAt', { type: 'dateTime', readOnly: true, handler: fieldTypes.dateTime }))
    fields.push(make('closedAt', { type: 'dateTime', readOnly: true, derivedFrom: ['stage'], handler: fieldTypes.dateTime }))
    fields.push(make('lossReason', { type: 'select', options: LOSS_REASONS, handler: fieldTypes.select, section: 'main' }))
  }
  return fields
}

/** The columns of every record table that belong to no defined field. */
export function baseColumns(object: ObjectDefinition): string[] {
  return [
    'id uuid primary key',
    'version integer not null default 1',
    'created_at timestamptz not null default now()',
    'created_by uuid',
    'updated_at timestamptz not null default now()',
    'updated_by uuid',
    'archived_at timestamptz',
    'trashed_at timestamptz',
    `search text not null default ''`,
    ...(object.owned ? ['owner_id uuid', 'team_id uuid'] : []),
    ...(object.staged ? ['pipeline_id uuid', 'stage_id uuid', 'stage_entered_at timestamptz', 'closed_at timestamptz', 'loss_reason text'] : []),
    ...(object.partOf ? ['position integer not null default 0'] : []),
  ]
}
