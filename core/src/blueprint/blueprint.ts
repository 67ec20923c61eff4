import { isDeepStrictEqual } from 'node:util'
import { InputError } from '@kartotek/sdk'
import { differences, isObject } from './differences.ts'
import { fields } from './fields.section.ts'
import { objects } from './objects.section.ts'
import { pipelines } from './pipelines.section.ts'
import { roles } from './roles.section.ts'
import { rules } from './rules.section.ts'
import { segments, views } from './saved.section.ts'
import type { Item, Section, Workshop } from './section.ts'

/** All kinds of things that the file of a model has, each after those that it refers to. A new kind is one more entry here. */
export const SECTIONS: readonly Section[] = [objects, fields, roles, pipelines, segments, views, rules]

const FORMAT = 1

/** The model of a company as a file: no ids, always in the same order. */
export interface Blueprint { kartotek: number, [section: string]: unknown }

export async function exportModel(workshop: Workshop): Promise<Blueprint> {
  const file: Blueprint = { kartotek: FORMAT }
  for (const section of SECTIONS) file[section.name] = Object.fromEntries([...await allOf(section, workshop)].map(([key, item]) => [key, sorted(item)]))
  return file
}

/** @throws NotAllowedError: a model is read and changed whole, closed fields and conditions included */
function allOf(section: Section, workshop: Workshop): Promise<Map<string, Item>> {
  workshop.fresh().access.require(section.capability)
  return section.read(workshop)
}

/** With the keys of objects in order, so that two files of one model are the same text. */
function sorted<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => sorted(item)) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner as unknown)])) as T
}

/** One difference between the file and the company. `keep`: only the company has it, and it stays. */
export interface Step {
  section: Section
  key: string
  what: 'make' | 'change' | 'refuse' | 'keep'
  from: Item | null
  to: Item
  /** In words: what changes, or why it cannot. */
  details: string[]
}

/** What applying the file would do. @throws InputError for a file that is no model */
export async function planModel(workshop: Workshop, file: unknown): Promise<Step[]> {
  const steps: Step[] = []
  for (const [section, wished] of sectionsOf(file)) {
    const there = await allOf(section, workshop)
    for (const [key, to] of Object.entries(wished)) {
      const from = there.get(key) ?? null
      const wanted = section.wanted?.(key, from, to) ?? to
      if (from && isDeepStrictEqual(plain(from), plain(wanted))) continue
      const refused = section.refuses?.(key, from, wanted) ?? null
      steps.push({ section, key, from, to, what: refused ? 'refuse' : from ? 'change' : 'make', details: refused ? [refused] : from ? differences(plain(from), plain(wanted)) : [] })
    }
    for (const [key, from] of there) if (!(key in wished)) steps.push({ section, key, from, to: from, what: 'keep', details: [] })
  }
  return steps
}

/** Makes what the plan says, each step by itself: what was done stays if a later one fails, and applying again goes on. */
export async function applyModel(workshop: Workshop, file: unknown, done: (step: Step) => void = () => {}): Promise<number> {
  const steps = (await planModel(workshop, file)).filter(({ what }) => what !== 'keep')
  const refused = steps.filter(({ what }) => what === 'refuse')
  if (refused.length > 0) throw new InputError(`Nothing was changed: ${refused.map((step) => `${step.section.word} ${step.key}: ${step.details[0]}`).join('; ')}.`)
  for (const [section, group] of Map.groupBy(steps, (step) => step.section)) {
    await inRounds(workshop, group, done)
    for (const step of group) await section.finish?.(workshop, step.key, step.from, step.to)
  }
  for (const step of steps) {
    try {
      await step.section.conclude?.(workshop, step.key, step.from, step.to)
    } catch (error) {
      throw told(step, error as Error)
    }
  }
  return steps.length
}

/** A formula may read a field that the file has further down: what fails waits for the others, as long as any of them succeeds. */
async function inRounds(workshop: Workshop, steps: readonly Step[], done: (step: Step) => void): Promise<void> {
  for (let waiting = steps; waiting.length > 0;) {
    const failed: { step: Step, error: Error }[] = []
    for (const step of waiting) {
      try {
        await step.section.apply(workshop, step.key, step.from, step.to)
        done(step)
      } catch (error) {
        if (!(error instanceof InputError)) throw told(step, error as Error)
        failed.push({ step, error })
      }
    }
    if (failed.length === waiting.length) throw told(failed[0]!.step, failed[0]!.error)
    waiting = failed.map(({ step }) => step)
  }
}

function told({ section, key }: Step, error: Error): InputError {
  return new InputError(`${section.word} ${key}: ${error.message}`)
}

function sectionsOf(file: unknown): [Section, Record<string, Item>][] {
  if (!isObject(file) || file.kartotek !== FORMAT) throw new InputError(`This is no file of a model: it begins with { "kartotek": ${FORMAT}.`)
  const unknown = Object.keys(file).filter((name) => name !== 'kartotek' && !SECTIONS.some((section) => section.name === name))
  if (unknown.length > 0) throw new InputError(`The file has "${unknown[0]}", which is none of ${SECTIONS.map((section) => section.name).join(', ')}.`)
  return SECTIONS.filter(({ name }) => file[name] !== undefined).map((section) => {
    const items = file[section.name]
    if (!isObject(items) || !Object.values(items).every(isObject)) throw new InputError(`"${section.name}" is an object of objects by key.`)
    return [section, items as Record<string, Item>]
  })
}

/** As JSON would have it: jsonb keeps no order of keys, and undefined is nothing. */
function plain(item: Item): Item {
  return JSON.parse(JSON.stringify(item)) as Item
}
