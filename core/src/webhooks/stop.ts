import { sql } from 'kysely'
import { rolesWith } from '../access/roles.ts'
import { notify } from '../notifications/notify.ts'
import type { Engine } from '../records/engine.ts'
import { dropWaiting, listenAnew } from './change.ts'
import type { Endpoint, Stopped } from './endpoint.ts'

const WHY = {
  failing: { ru: 'Адрес «{name}» не принимал сообщения трое суток. Отправка остановлена.', uk: 'Адреса «{name}» не приймала повідомлень три доби. Надсилання зупинено.', fi: 'Osoite ”{name}” ei ole ottanut viestejä vastaan kolmeen vuorokauteen. Lähetys on pysäytetty.', en: '“{name}” has taken no messages for three days. It was switched off.' },
  gone: { ru: 'Адрес «{name}» ответил, что больше не нужен (410). Отправка остановлена.', uk: 'Адреса «{name}» відповіла, що більше не потрібна (410). Надсилання зупинено.', fi: 'Osoite ”{name}” vastasi, ettei sitä enää tarvita (410). Lähetys on pysäytetty.', en: '“{name}” answered that it is no longer needed (410). It was switched off.' },
  owner: { ru: 'Сотрудник, от имени которого отправлялись сообщения на «{name}», отключён. Отправка остановлена.', uk: 'Співробітника, від імені якого надсилалися повідомлення на «{name}», вимкнено. Надсилання зупинено.', fi: 'Henkilö, jonka nimissä osoitteeseen ”{name}” lähetettiin, on poistettu käytöstä. Lähetys on pysäytetty.', en: 'The person on whose behalf “{name}” was told is switched off. So is the webhook.' },
}

/** Switches an endpoint off and tells those who see to it, once. What waits can be replayed when it is on again. */
export async function stopEndpoint(engine: Engine, endpoint: Pick<Endpoint, 'id' | 'name' | 'owner'>, why: Stopped): Promise<void> {
  await engine.db.transaction().execute(async (trx) => {
    const { rows: [stopped] } = await sql<{ at: Date }>`update core.webhook set active = false, stopped = ${why}, stopped_at = now(), version = version + 1 where id = ${endpoint.id} and active returning stopped_at as at`.execute(trx)
    if (!stopped) return
    await dropWaiting(trx, endpoint.id)
    await listenAnew(trx)
    const text = Object.fromEntries(Object.entries(WHY[why]).map(([locale, words]) => [locale, words.replace('{name}', endpoint.name)]))
    await notify(trx, [{ key: `webhook:${endpoint.id}:${stopped.at.toISOString()}`, kind: 'webhookStopped', to: await managers(engine, trx, endpoint.owner), params: { name: endpoint.name }, text }])
  })
  engine.afterCommit()
}

/** The owner and everybody who manages webhooks. */
async function managers(engine: Engine, db: Engine['db'], owner: string): Promise<string[]> {
  const roles = rolesWith(engine.live.current.roles, 'webhooks.manage').map((role) => role.id)
  const { rows } = await sql<{ id: string }>`select distinct user_id as id from core.user_role where role_id = any(${roles}::uuid[])`.execute(db)
  return [...new Set([owner, ...rows.map((row) => row.id)])]
}
