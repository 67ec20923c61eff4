import type { Ref } from '../records/draft.ts'
import type { Item, Proposal } from './documents.ts'

type Mode = 'new' | 'existing' | 'none'
interface Part { mode: Mode, record: Ref | null, name: string }
/** What each of the three is to be, as the form holds it. */
export interface AcceptanceForm { client: Part, contact: Part, order: Part, /** What the sender is reached by is kept with the contact, else with the client. */ addPoints: boolean }

/** What the server proposes, ready to be changed. */
export function startOf(item: Item, proposal: Proposal): AcceptanceForm {
  const known = proposal.candidates.find(candidate => candidate.client?.id === proposal.client && proposal.client !== null)
  const part = (id: string | null, values: Record<string, unknown> | null, record: Ref | null | undefined, name: unknown): Part =>
    ({ mode: id ? 'existing' : values ? 'new' : 'none', record: id ? record ?? { id, title: null } : null, name: typeof name === 'string' ? name : '' })
  return {
    addPoints: true,
    client: part(proposal.client, proposal.clientValues, known?.client, proposal.clientValues?.name ?? item.company ?? item.person ?? item.heading),
    contact: part(proposal.contact, proposal.contactValues, known?.contact, proposal.contactValues?.name ?? item.person),
    order: part(proposal.order, proposal.orderValues, known?.order, proposal.orderValues?.subject ?? item.text?.split('\n')[0] ?? item.heading),
  }
}

/** The input of the mutation; null where something is still missing. */
export function acceptanceOf(form: AcceptanceForm, item: Item, proposal: Proposal): Record<string, unknown> | null {
  const { client, contact, order } = form
  if ([client, contact, order].some(part => part.mode === 'existing' ? !part.record : part.mode === 'new' && !part.name.trim())) return null
  if ([client, contact, order].every(part => part.mode === 'none')) return null
  // The server knows whose numbers are missing.
  const own = (values: Record<string, unknown> | null): Record<string, unknown> => {
    const { contactPoints: _points, ...rest } = values ?? {}
    return rest
  }
  // A new name makes the parts of the proposed one untrue.
  const person = contact.name.trim()
  const contactValues = proposal.contactValues?.name === person ? proposal.contactValues : null
  return {
    addPoints: form.addPoints,
    ...(client.mode === 'existing' ? { client: client.record!.id } : client.mode === 'new' ? { clientValues: { kind: item.company ? 'organisation' : 'person', ...own(proposal.clientValues), name: client.name.trim() } } : {}),
    ...(contact.mode === 'existing' ? { contact: contact.record!.id } : contact.mode === 'new' ? { contactValues: { ...own(contactValues), name: person } } : {}),
    ...(order.mode === 'existing' ? { order: order.record!.id } : order.mode === 'new' ? { orderValues: { comment: item.text ?? null, source: item.source ?? null, ...proposal.orderValues, subject: order.name.trim() } } : {}),
  }
}

/** Whether a new client may be made although one was recognised: of a client whom one sees by a right, of a hidden one always. */
export function mayInsist(proposal: Proposal, mayRepeat: boolean): boolean {
  return mayRepeat || !proposal.candidates.some(candidate => candidate.strong && candidate.client)
}
