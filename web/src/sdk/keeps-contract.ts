import type * as Contract from '@kartotek/sdk/web'
import type * as own from './web.ts'

// Type-checked and never loaded: what the app gives is what the SDK promises, no less and no more.
type Promised = typeof Contract
type Given = typeof own
type Never<Nothing extends never> = Nothing
export type Kept = [Given extends Promised ? never : 'The module web.ts lacks something that the SDK promises.', Exclude<keyof Given, keyof Promised>]
export type Check = [Never<Kept[0]>, Never<Kept[1]>]
