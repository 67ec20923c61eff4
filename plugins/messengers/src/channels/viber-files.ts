import type { PluginContext, RouteDefinition, RouteResponse } from '@kartotek/sdk'
import { SendFailure, type OutgoingMessage } from '@kartotek/sdk/contracts'
import { idOf } from '../conversations/records.ts'
import { allowed, addressOf, OPEN, signed, unsigned } from '../public-door.ts'
import type { Settings } from '../settings.ts'

/**
 * Viber takes no contents: it is told an address, from which it and the person's telephone fetch the file. Whoever holds the address
 * reads the file, so it is signed, ends, and goes with the file.
 */

const MIB = 1024 * 1024
/** Days in which the person can fetch it. */
const DAYS = 30
/** What is shown in the conversation, with its endings and greatest size; all else is a file. */
const SHOWN: Record<string, { endings: RegExp, most: number, as: object }> = {
  'image/jpeg': { endings: /\.jpe?g$/i, most: MIB, as: { type: 'picture', text: '' } },
  'image/png': { endings: /\.png$/i, most: MIB, as: { type: 'picture', text: '' } },
  'video/mp4': { endings: /\.mp4$/i, most: 26 * MIB, as: { type: 'video' } },
}
const MOST_OF_FILE = 50 * MIB
const MOST_A_MINUTE = 120

/** What is sent for a file of a conversation. @throws SendFailure for what Viber could not fetch or would not take */
export async function viberFile({ id, open }: NonNullable<OutgoingMessage['files']>[number], ctx: PluginContext<Settings>): Promise<Record<string, unknown>> {
  if (!ctx.publicUrl.startsWith('https:')) throw new SendFailure('refused', 'Viber fetches files from here by https: set PUBLIC_URL to the address under which Kartotek is reached from outside.')
  const { name, mime, bytes, content } = await open()
  content.destroy()
  if (bytes > MOST_OF_FILE) throw new SendFailure('refused', 'Viber takes files of up to 50 MB.')
  const file = await ctx.records.get('file', id, ['contentVersion'])
  const token = await signed(ctx as never, `viber:${id}:${String(file?.contentVersion ?? 1)}:${Math.floor(Date.now() / 1000) + DAYS * 86_400}`)
  const media = `${ctx.publicUrl}/plugins/messengers/viber/files/${token}/${encodeURIComponent(name)}`
  const shown = SHOWN[mime]
  return { media, size: bytes, ...shown && shown.endings.test(name) && bytes <= shown.most ? shown.as : { type: 'file', file_name: name } }
}

/** Gives what a signed address names, as long as it hangs on a conversation by Viber. */
export const viberFileRoute: RouteDefinition<Settings> = {
  method: 'GET', path: '/viber/files/:token/:name', access: 'public',
  async run({ params, ip }, ctx): Promise<RouteResponse> {
    if (!await allowed(ctx as never, `viber file ${addressOf(ip)}`, MOST_A_MINUTE, 60)) return { status: 429, headers: { 'retry-after': '60' } }
    const [what, id, version, until] = (await unsigned(ctx as never, params.token))?.split(':') ?? []
    if (what !== 'viber' || !(Number(until) > Date.now() / 1000)) return gone
    const file = await ctx.records.get('file', id!, ['subject', 'trashedAt'])
    const at = file && !file.trashedAt ? idOf(file.subject) : null
    const conversation = at ? await ctx.records.get('conversation', at, ['channel']) : null
    if (conversation?.channel !== 'viber') return gone
    const { name, mime, bytes, content } = await ctx.files.open(id!, Number(version))
    return {
      headers: {
        ...OPEN, 'cache-control': 'private, max-age=3600', 'content-length': String(bytes), 'content-type': mime in SHOWN ? mime : 'application/octet-stream',
        'content-disposition': `${mime in SHOWN ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(name)}`,
      },
      body: content,
    }
  },
}
const gone = { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }, body: 'There is no such file any more.' }
