import type { Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import type { FieldDefinition, Localized } from '@kartotek/sdk'
import { addColumns } from './columns.ts'
import { addForeignKey, columnsOf, identifier } from './ddl.ts'
import { GIVEN_LISTS, objectOf, type FieldModel, type GivenList, type Model } from './model.ts'
import { snake } from './naming.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/**
 * Gives an own object a list that built-in ones have (contact points, addresses): the entries get a reference to it, as they
 * have to clients. It stays for good; whether the list is there is said by the object.
 */
export async function giveLists(trx: Db, model: Model, own: { name: string, table: string, label: Localized }, lists: readonly GivenList[]): Promise<void> {
  for (const list of lists) {
    const part = objectOf(model, GIVEN_LISTS[list])
    const known = await trx.selectFrom('core.field').select('id').where('object', '=', part.name).where('field_group', '=', '').where('name', '=', own.name).executeTakeFirst()
    if (known) continue
    // Names of own objects begin with x and a capital letter, as no field of the system does.
    const definition: FieldDefinition & Pick<FieldModel, 'givenAs'> = { name: own.name, type: 'reference', to: own.name, label: own.label, givenAs: list }
    const columns = columnsOf('', definition).map((column) => ({ ...column, name: identifier(`whole_${snake(own.name)}_id`) }))
    await addColumns(trx, part.table, columns)
    await addForeignKey(part.table, columns[0]!.name, own.table, true).execute(trx)
    await trx.insertInto('core.field').values({ id: uuidv7(), object: part.name, field_group: '', name: own.name, kind: 'custom', columns: JSON.stringify(columns), definition: JSON.stringify(definition) }).execute()
  }
}
