import { useModel } from '../../model/useModel.ts'
import type { Column } from './columns.ts'

/** The heading of a column: the field, the kind of entry («Phone»), or the list. */
export function useColumnLabel() {
  const { fieldLabel, label } = useModel()
  return (column: Column): string => column.kind === 'field' ? fieldLabel(column.field)
    : column.option ? label(column.option.labels) || column.option.key : label(column.list.part.labelsPlural)
}
