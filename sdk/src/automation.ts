import type { Localized } from './locale.ts'

/** Something that a plugin can do for a record when a rule of automation asks for it. It is done by one of the plugin's jobs. */
export interface AutomationAction {
  label: Localized
  help?: Localized
  /** Name of the plugin's job. Its input is what the rule gives, and `record: { object, id }`. Delivered at least once. */
  job: string
  /** Only for records of this object. Default: of any. */
  object?: string
  /** JSON Schema of what the rule gives. */
  input?: object
}
