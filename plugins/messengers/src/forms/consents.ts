import { InputError, type PluginContext, type RecordData } from '@kartotek/sdk'
import { idOf } from '../conversations/records.ts'

interface Given { item: string, purpose: string, version: number | null, at: Date, name: string }

/** What was agreed to in a form stands at the person, as soon as it is known who it is. */
export async function keepConsents(ctx: PluginContext, item: RecordData): Promise<void> {
  const subject = idOf(item.contact) ? { object: 'contact', id: idOf(item.contact)! } : idOf(item.client) ? { object: 'client', id: idOf(item.client)! } : null
  if (!subject) return
  const given = await ctx.db.query<Given>('select item, purpose, version, at, form as name from form_consent where item = $1 and purpose is not null and kept_for is null', [item.id])
  for (const { purpose, version, at, name } of given) {
    // One takes it, though it be told twice.
    const [mine] = await ctx.db.query('update form_consent set kept_for = $2 where item = $1 and kept_for is null returning item', [item.id, subject.id])
    if (!mine) continue
    const form = await ctx.records.get('webForm', name, ['name'])
    const points = ((item.points ?? []) as { kind: string }[]).map(({ kind }) => kind)
    try {
      for (const channel of [...points.includes('email') ? ['email'] : [], ...points.includes('phone') ? ['phone'] : []]) {
        await ctx.records.create('consent', { subject, purpose, channel, state: 'given', at: new Date(at).toISOString(), source: String(form?.name ?? 'Web form').slice(0, 300), ...version ? { textVersion: version } : {} })
      }
    } catch (error) {
      await ctx.db.query('update form_consent set kept_for = null where item = $1', [item.id])
      if (!(error instanceof InputError)) throw error
      ctx.log.warn({ err: error, item: item.id }, 'A consent of a form does not fit the purposes of the company; the form keeps it.')
    }
  }
}
