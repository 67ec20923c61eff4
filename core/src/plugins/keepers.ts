import { DomainError, textIn, UnavailableError, type Actor, type Localized, type Log } from '@kartotek/sdk'
import { translate } from '../messages/translate.ts'
import type { ContextOptions } from './context.ts'
import { invokeWithin } from './invoke.ts'

/** A plugin that keeps a contract; its service is made only when it is asked, so that one that cannot be made stands in nobody's way. */
export interface Keeper<Service extends object> {
  readonly plugin: string
  /** What the plugin is called. */
  readonly label: Localized | undefined
  readonly log: Log
  /** The service with the rights of `actor`. */
  as(actor: Actor, options?: ContextOptions): Service
}

/** What is asked of a keeper: by whom, under which name in the log, and how long it may take. */
export interface Question { actor: Actor, site: string, ms: number }

/** What a plugin is called in messages. */
export function nameOf({ label, plugin }: Pick<Keeper<object>, 'label' | 'plugin'>, { locale }: Actor): string {
  return textIn(label, locale) || plugin
}

/**
 * Asks a keeper of a contract. After the time it is given up, whether its code listens to its signal or not.
 * @throws the DomainErrors of the keeper, named by the plugin; UnavailableError where it breaks, is late or answers nonsense. Each has
 * the id of the plugin in `data.plugin`
 */
export async function askKeeper<Service extends object, Answer>(keeper: Keeper<Service>, { actor, site, ms }: Question, ask: (service: Service, signal: AbortSignal) => Answer | Promise<Answer>): Promise<Answer> {
  const { plugin } = keeper, name = nameOf(keeper, actor)
  let late = false
  try {
    return await invokeWithin({ plugin, site }, ms, (signal) => {
      signal.addEventListener('abort', () => { late = true })
      return ask(keeper.as(actor, { signal }), signal)
    })
  } catch (error) {
    if (error instanceof DomainError) throw new DomainError(error.code, `${name}: ${translate(error.message, actor.locale)}`, { ...error.data, plugin })
    keeper.log.error({ err: error, plugin, site }, late ? 'A plugin did not answer and was given up.' : 'A plugin broke where the core asked it.')
    throw new UnavailableError(late ? `The plugin ${name} did not answer within ${ms / 1000} s.` : `The plugin ${name} failed; the administrator finds the cause in the log.`, { plugin })
  }
}

/** A plugin that could not be asked, as people are told of it. */
export interface PluginProblem { plugin: string, message: string }

/** Asks all keepers at once. Who fails stands in nobody's way and is named. */
export async function askKeepers<Service extends object, Answer>(keepers: readonly Keeper<Service>[], question: Question, ask: (service: Service, keeper: Keeper<Service>) => Answer | Promise<Answer>): Promise<{ answers: Answer[], problems: PluginProblem[] }> {
  const answers: Answer[] = [], problems: PluginProblem[] = []
  const asked = await Promise.allSettled(keepers.map((keeper) => askKeeper(keeper, question, (service) => ask(service, keeper))))
  asked.forEach((one, i) => {
    if (one.status === 'fulfilled') return void answers.push(one.value)
    problems.push({ plugin: keepers[i]!.plugin, message: translate((one.reason as Error).message, question.actor.locale) })
  })
  return { answers, problems }
}
