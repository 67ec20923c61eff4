import { DomainError, textIn, type Actor, type PluginContext, type PluginDefinition, type SettingsCheck } from '@kartotek/sdk'
import { translate } from '../messages/translate.ts'
import type { Settings } from '../settings/index.ts'
import { pluginActor, type ContextOptions } from './context.ts'
import { invokeWithin } from './invoke.ts'
import { blackenedText } from './log/blacken.ts'

/** What is said of settings that were tried out. */
export interface SettingsVerdict {
  ok: boolean
  /** What does not work, in the language of who asks; null where all does. */
  message: string | null
}

/** Whose settings are tried out, and with what. */
export interface SettingsTrial { plugin: PluginDefinition, check: SettingsCheck, values: Record<string, unknown>, by: Actor }

export interface TrialDeps {
  settings: Settings
  contextFor(plugin: PluginDefinition, actor: Actor, options: ContextOptions): PluginContext
  /** Told what is about to be tried, without secrets: a stored one may go to an address that was never kept. */
  note(shown: Record<string, unknown>): Promise<void>
  /** Told what broke. */
  broke(error: Error): void
  ms: number
}

/** Nobody was reached, or the talk broke off. */
const UNREACHED = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|UND_ERR_\w+)$/
/** Who answered could not prove who he is, or does not speak TLS. */
const UNPROVED = /^(ERR_(TLS|SSL)_\w+|\w*CERT\w*|UNABLE_TO_\w+)$/

/** How a plugin tries its settings out; null where it does not. */
export function settingsCheckOf({ settings }: PluginDefinition): SettingsCheck | null {
  return (settings as { check?: SettingsCheck } | undefined)?.check ?? null
}

/**
 * Tries settings out that were not kept, by the plugin's own code and rights.
 * @throws InputError where they do not meet the schema
 */
export async function tryOut({ plugin, check, values: given, by }: SettingsTrial, { settings, contextFor, note, broke, ms }: TrialDeps): Promise<SettingsVerdict> {
  const { values, secrets, shown } = await settings.tried(plugin.id, given, by.locale)
  await note(shown)
  const refused = (message: string): SettingsVerdict => ({ ok: false, message: blackenedText(translate(message, by.locale), secrets) })
  const name = textIn(plugin.label, by.locale) || plugin.id
  let late = false
  try {
    const told = await invokeWithin({ plugin: plugin.id, site: 'check of settings' }, ms, (signal) => {
      signal.addEventListener('abort', () => { late = true })
      return check(values, contextFor(plugin, pluginActor(plugin, by.locale), { signal, onBehalfOf: by.userId, tried: { plugin: plugin.id, values, secrets } }))
    })
    return told ? refused(textIn(told, by.locale)) : { ok: true, message: null }
  } catch (error) {
    if (error instanceof DomainError) return refused(error.message)
    if (late) return refused(`The plugin ${name} did not answer within ${ms / 1000} s.`)
    const unreached = codeIn(error, UNREACHED)
    if (unreached) return refused(`Nobody answers at the address: ${unreached}.`)
    const unproved = codeIn(error, UNPROVED)
    if (unproved) return refused(`No safe connection could be made, because of the certificate at the address: ${unproved}.`)
    broke(new Error(blackenedText(error instanceof Error ? error.message : String(error), secrets)))
    return refused(`The plugin ${name} failed; the administrator finds the cause in the log.`)
  }
}

function codeIn(error: unknown, which: RegExp): string | null {
  for (let one = error as { cause?: unknown, code?: unknown } | undefined; one; one = one.cause as typeof one) {
    if (typeof one.code === 'string' && which.test(one.code)) return one.code
  }
  return null
}
