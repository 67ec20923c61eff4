import { InputError, NotFoundError, textIn } from '@kartotek/sdk'
import type { AccountingExchange, ExchangeLine, ExchangeOutcome, ExchangeProblem, ExchangeRun, ExchangeState } from '@kartotek/sdk/contracts'
import { requireVisible, visibleTitles } from '../changes/changes.ts'
import type { ObjectModel } from '../model/model.ts'
import { askKeeper, askKeepers, nameOf, type Keeper, type PluginProblem } from '../plugins/keepers.ts'
import type { Reading } from '../records/reading.ts'
import { factsOf, linesOf, OUTCOMES, runsOf, statesOf, type Facts } from './answers.ts'
import { fieldLabel, mayKnow, said } from './told.ts'

/** How long an exchange may take to say what it knows, and to send. */
export const ASK_MS = 10_000, SEND_MS = 30_000

export interface BookkeepingDeps {
  keepers(): Keeper<AccountingExchange>[]
  /** Default: those above. */
  askMs?: number
  sendMs?: number
}

/** The capability to send records and to read the log. */
export const CAPABILITY = 'bookkeeping.exchange'

/** One exchange of a plugin. */
export interface Named { plugin: string, exchange: string }
type Found = Facts & { keeper: Keeper<AccountingExchange>, name: string }

const SITE = 'bookkeeping'

/** Everything about the bookkeeping that one reader may know. */
export function bookkeepingOf({ keepers, askMs = ASK_MS, sendMs = SEND_MS }: BookkeepingDeps, reading: Reading) {
  const { access, generation: { model }, locale } = reading, { actor } = access
  const question = { actor, site: SITE, ms: askMs }
  const named = (keeper: Keeper<AccountingExchange>, service: AccountingExchange): Found => {
    const facts = factsOf(service)
    return { ...facts, keeper, name: said(facts.label, locale, 60) ?? nameOf(keeper, actor) }
  }

  /** @throws NotFoundError for one that is not there or not set up */
  async function find({ plugin, exchange }: Named): Promise<Found> {
    for (const keeper of keepers().filter((one) => one.plugin === plugin)) {
      const found = await askKeeper(keeper, question, (service) => named(keeper, service))
      if (found.key === exchange && found.ready) return found
    }
    throw new NotFoundError('There is no such exchange, or it is not set up.', { plugin, exchange })
  }

  const problemOf = (object: ObjectModel, { kind, field, text, ours, theirs }: ExchangeProblem) => ({
    kind: kind.toUpperCase(), field: field ?? null, fieldLabel: field ? fieldLabel(object, field, locale) : null, text: said(text, locale, 500) ?? '', ours: said(ours, locale, 200), theirs: said(theirs, locale, 200),
  })
  const stateOf = (object: ObjectModel, found: Found, state: ExchangeState | undefined) => ({
    plugin: found.keeper.plugin, exchange: found.key, label: found.name, known: state !== undefined,
    externalId: said(state?.externalId, locale, 200), number: said(state?.number, locale, 100), sentAt: state?.sentAt ?? null, receivedAt: state?.receivedAt ?? null, waitsFor: said(state?.waitsFor, locale, 300),
    problems: (state?.problems ?? []).filter(({ field }) => !field || mayKnow(model, access, object, field)).slice(0, 50).map((problem) => problemOf(object, problem)),
    maySend: found.sends && access.capability(CAPABILITY),
  })
  const runOf = ({ id, startedAt, finishedAt, failure, counts }: ExchangeRun) => ({
    id, startedAt, finishedAt, failure: said(failure, locale, 500), counts: OUTCOMES.flatMap((outcome) => (counts[outcome] ? [{ outcome: outcome.toUpperCase(), count: counts[outcome] }] : [])),
  })
  const lineOf = ({ outcome, record, name, fields = [], text }: ExchangeLine, titles: ReadonlyMap<string, string | null>) => {
    const object = record && model.objects.get(record.object)
    // A line is told to who sees its record; its reasons to who may read its fields.
    if (record && (!object || !titles.has(record.id))) return []
    const open = !object || fields.every((field) => mayKnow(model, access, object, field))
    return [{
      outcome: outcome.toUpperCase(), record: record && { ...record, title: titles.get(record.id) ?? null }, name: name.slice(0, 200),
      fields: object && open ? fields.map((field) => fieldLabel(object, field, locale) ?? field) : [], text: open ? said(text, locale, 500) : null,
    }]
  }

  return {
    /** How a record stands with those exchanges that take its object. @throws NotFoundError */
    async states(name: string, id: string): Promise<{ states: ReturnType<typeof stateOf>[], problems: PluginProblem[] }> {
      const object = await requireVisible(reading, name, id)
      const { answers, problems } = await askKeepers(keepers(), question, async (service, keeper) => {
        const found = named(keeper, service)
        if (!found.ready || !found.objects.includes(name)) return []
        return [stateOf(object, found, statesOf(await service.states(name, [id])).find(({ record }) => record === id))]
      })
      return { states: answers.flat(), problems }
    },

    /** @throws NotAllowedError, NotFoundError, InputError where the exchange does not send it; what the plugin throws, named by it */
    async send(name: string, id: string, which: Named): Promise<void> {
      access.require(CAPABILITY)
      await requireVisible(reading, name, id)
      const { keeper, objects, sends } = await find(which)
      if (!sends || !objects.includes(name)) throw new InputError('This exchange does not send such records.')
      await askKeeper(keeper, { actor, site: `${SITE} send`, ms: sendMs }, async (service) => service.send!({ object: name, id }))
    },

    /** All exchanges, for who may read the log. */
    async exchanges() {
      access.require(CAPABILITY)
      const { answers, problems } = await askKeepers(keepers(), question, (service, keeper) => named(keeper, service))
      return {
        exchanges: answers.map(({ keeper: { plugin }, key, name: label, ready, sends, objects }) => ({
          plugin, key, label, ready, sends,
          objects: objects.flatMap((one) => model.objects.get(one) ?? []).filter((one) => access.scope(one, 'read') !== 'none').map((one) => ({ name: one.name, label: textIn(one.labelPlural, locale) })),
        })),
        problems,
      }
    },

    async runs(which: Named, first: number, after: string | null) {
      access.require(CAPABILITY)
      const page = pageOf(first, after), { keeper } = await find(which)
      const { items, next } = await askKeeper(keeper, question, async (service) => runsOf(await service.runs(page)))
      return { runs: items.map(runOf), next }
    },

    async lines(which: Named, run: string, outcomes: readonly string[] | null, first: number, after: string | null) {
      access.require(CAPABILITY)
      const page = pageOf(first, after), { keeper } = await find(which)
      const chosen = outcomes?.length ? { outcomes: outcomes.map((outcome) => outcome.toLowerCase() as ExchangeOutcome) } : {}
      const { items, next } = await askKeeper(keeper, question, async (service) => linesOf(await service.lines(run, { ...page, ...chosen })))
      const titles = await visibleTitles(reading, items.flatMap(({ record }) => (record ? [[record.object, record.id] as [string, string]] : [])))
      return { lines: items.flatMap((line) => lineOf(line, titles)), next }
    },
  }
}

function pageOf(first: number, after: string | null): { first: number, after: string | null } {
  if (first < 1 || first > 100) throw new InputError('A page holds 1 to 100 lines.', [{ field: 'first', rule: first < 1 ? 'min' : 'max', message: 'A page holds 1 to 100 lines.' }])
  return { first, after }
}
