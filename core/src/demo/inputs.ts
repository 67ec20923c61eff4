import type { DemoClient, DemoContact } from './client.ts'
import type { Company } from './company.ts'
import type { DemoOrder } from './order.ts'
import type { DemoProduct } from './product.ts'

/** Ids of what was written before. */
export interface Written { users: readonly string[], teams: readonly string[], products: readonly string[], tags: ReadonlyMap<string, string>, stages: ReadonlyMap<string, string> }

type Input = Record<string, unknown>

export function productInput(company: Company, product: DemoProduct, taxRate: string): Input {
  const money = (amount: string) => ({ amount, currency: company.currency })
  return {
    name: product.name, code: product.sku, kind: 'good', category: product.category, unit: product.unit,
    price: money(product.price), cost: money(product.cost), taxRate, active: true,
  }
}

export function clientInput(company: Company, client: DemoClient, written: Written): Input {
  const own = client.requisites
  return {
    name: client.name, kind: client.kind, lifecycle: client.lifecycle, legalName: client.legalName, industry: client.industry?.label ?? null,
    source: client.source.label, territory: String(client.territory), enteredOn: client.enteredAt.toISOString().slice(0, 10),
    tags: client.tags.map((tag) => written.tags.get(tag)).filter((key) => key !== undefined),
    owner: written.users[client.owner], team: client.team === null ? null : written.teams[client.team],
    taxId: own && { value: own.taxId, country: company.country }, registrationNumber: own?.registration ?? null, branchCode: own?.taxBranch ?? null,
    contactPoints: [
      ...client.phones.map((value, i) => ({ kind: 'phone', value, isPrimary: i === 0 })),
      ...client.emails.map((value, i) => ({ kind: 'email', value, isPrimary: i === 0 })),
      ...(client.site ? [{ kind: 'site', value: client.site }] : []),
    ],
    addresses: [{ kind: client.kind === 'person' ? 'delivery' : 'legal', address: client.address }],
    ...(own ? { bankAccounts: [{ account: own.bank.account, bank: own.bank.name, bic: own.bank.code, currency: company.currency }] } : {}),
  }
}

export function contactInput(contact: DemoContact, client: DemoClient, clientId: string, isPrimary: boolean, written: Written): Input {
  return {
    name: contact.name, jobTitle: contact.position, owner: written.users[client.owner], team: client.team === null ? null : written.teams[client.team],
    contactPoints: [{ kind: 'phone', value: contact.phone, isPrimary: true }, { kind: 'email', value: contact.email, isPrimary: true }],
    clients: [{ client: clientId, role: contact.position, isPrimary }],
  }
}

export function orderInput(company: Company, order: DemoOrder, client: DemoClient, ids: { client: string, contacts: readonly string[] }, written: Written): Input {
  const money = (amount: string) => ({ amount, currency: company.currency })
  return {
    subject: order.title, client: ids.client, contact: order.contact === null ? null : (ids.contacts[order.contact] ?? null),
    owner: written.users[order.owner], team: client.team === null ? null : written.teams[client.team],
    source: order.source.label, priority: order.priority, currency: order.currency, orderedOn: order.createdAt.toISOString().slice(0, 10), dueOn: order.dueDate,
    comment: order.comment, stage: written.stages.get(order.stages.at(-1)!.stage), lossReason: order.lossReason?.key ?? null,
    lines: order.lines.map((line) => ({
      product: line.product === null ? null : written.products[line.product], text: line.title, quantity: String(line.quantity), unit: line.unit,
      price: money(line.price), discount: String(line.discountPercent), taxRate: line.taxPercent, cost: money(line.cost),
    })),
    problems: order.problems.map((problem) => ({
      text: problem.text, happenedOn: problem.at.toISOString().slice(0, 10), responsible: written.users[order.owner], solved: problem.solution !== null, solution: problem.solution,
    })),
  }
}
