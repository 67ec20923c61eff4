import { createRule, updateRule } from '../automation/change.ts'
import type { RuleInput } from '../automation/check.ts'
import { loadRules, type Rule } from '../automation/rule.ts'
import { clean, type Section, type Workshop } from './section.ts'

/** Rules of automation by object and name; of several of one name, the later ones have a number. */
export const rules: Section = {
  name: 'rules',
  capability: 'automation.manage',
  word: 'rule',
  async read(workshop) {
    const references = await workshop.references()
    return new Map([...await byKey(workshop)].map(([key, { active, trigger, condition, actions }]) => [key, clean(references.named({ active, trigger, condition, actions }))]))
  },
  async apply(workshop, key, from, to) {
    const ctx = workshop.fresh()
    const references = await workshop.references()
    const [object, ...name] = key.split('/')
    const input = references.resolved({ ...to, object, name: name.join('/').replace(/ #\d+$/, '') }) as unknown as RuleInput
    const rule = from ? (await byKey(workshop)).get(key) : undefined
    if (rule) await updateRule(ctx, rule.id, rule.version, input, workshop.offers(), await workshop.outlets())
    else await createRule(ctx, input, workshop.offers(), await workshop.outlets())
  },
}

async function byKey(workshop: Workshop): Promise<Map<string, Rule>> {
  const all = await loadRules(workshop.fresh().engine.db)
  const found = new Map<string, Rule>()
  for (const rule of all.sort((a, b) => (`${a.object}/${a.name}` < `${b.object}/${b.name}` ? -1 : 1))) {
    const key = `${rule.object}/${rule.name}`
    let free = key
    for (let n = 2; found.has(free); n++) free = `${key} #${n}`
    found.set(free, rule)
  }
  return found
}
