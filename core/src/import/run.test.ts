import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { objectOf } from '../model/model.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'
import { testEngine, testUser } from '../testing/engine.ts'
import { testDatabase } from '../testing/index.ts'
import { errorFile } from './error-file.ts'
import { askCancel, createJob, findJob } from './job.ts'
import type { ImportJob } from './job.ts'
import { parseMapping } from './mapping.ts'
import { runImport } from './run.ts'
import type { ImportRun } from './run.ts'

const db = await testDatabase()
const engine = await testEngine(db)
const administrator = await testUser(engine, 'administrator')
const russian: Caller = { ...administrator, actor: { ...administrator.actor, locale: 'ru' } }

const CLIENTS = {
  object: 'client', system: 'excel', key: { columns: ['Код'] }, empty: ['нет данных'],
  fields: {
    name: 'Название', kind: 'Вид', lifecycle: 'Состояние', enteredOn: 'Дата', creditLimit: 'Лимит', taxId: 'УНН', owner: { column: 'Менеджер', by: 'name' },
    contactPoints: [{ kind: { constant: 'phone' }, value: 'Телефон' }, { kind: { constant: 'email' }, value: 'Почта' }],
  },
}
const HEADER = 'Код;Название;Вид;Состояние;Дата;Лимит;УНН;Менеджер;Телефон;Почта'

async function start(mapping: object, lines: string[], more: Partial<ImportRun> & { dryRun?: boolean } = {}): Promise<{ job: ImportJob, text: string }> {
  const bytes = Buffer.from(lines.join('\n'))
  const caller = more.caller ?? administrator
  const job = more.job ?? await createJob(engine.db, { mapping: parseMapping(mapping), fileName: 'clients.csv', userId: caller.actor.userId, dryRun: more.dryRun, bytes: bytes.length })
  const done = await runImport({ engine, caller, open: () => chunks(bytes), ...more, job })
  let text = ''
  for await (const piece of errorFile(engine.db, done)) text += piece
  return { job: done, text }
}
async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4096) yield bytes.subarray(at, at + 4096)
}
const numbers = ({ state, position, created, updated, skipped, failed }: ImportJob) => ({ state, position, created, updated, skipped, failed })
const count = async (where: string): Promise<number> => (await sql<{ n: number }>`select count(*)::int as n from ${sql.raw(where)}`.execute(db.kysely)).rows[0]!.n

describe('an import', () => {
  it('reads local dates, decimal commas, options by label, phones, tax numbers and references', async () => {
    const { job, text } = await start(CLIENTS, [HEADER,
      `1;"ООО ""Ромашка""";Организация;действующий;15.03.2024;1 234,50;2077474-0;${administrator.actor.name};040 1234567;Info@Romashka.example.com`,
      '2;Иванов Пётр;Частное лицо;potential;;;нет данных;;;'])
    expect(text.split('\n')).toHaveLength(2)
    expect(numbers(job)).toEqual({ state: 'done', position: 2, created: 2, updated: 0, skipped: 0, failed: 0 })
    const { rows } = await sql`select name, kind, lifecycle, entered_on, credit_limit, tax_id, owner_id from core.client where name like '%Ромашка%'`.execute(db.kysely)
    expect(rows).toEqual([{
      name: 'ООО "Ромашка"', kind: 'organisation', lifecycle: 'active', entered_on: '2024-03-15', credit_limit: '1234.50', tax_id: '2077474-0', owner_id: administrator.actor.userId,
    }])
    const points = await sql`select kind, value, key from core.contact_point order by kind`.execute(db.kysely)
    expect(points.rows).toEqual([
      { kind: 'email', value: 'Info@Romashka.example.com', key: 'info@romashka.example.com' }, { kind: 'phone', value: '040 1234567', key: '+358401234567' }])
  })

  it.each([
    ['skip', { created: 2, updated: 0, skipped: 2, failed: 1 }],
    ['update', { created: 2, updated: 2, skipped: 0, failed: 1 }],
    ['create', { created: 4, updated: 0, skipped: 0, failed: 1 }],
  ])('is foretold by its trial, rows of one key too (%s)', async (onMatch, expected) => {
    const code = `trial-${onMatch}`
    const lines = [HEADER, ...[[code, 'Первый'], [code, 'Тот же'], [`${code}2`, 'Другой'], [code, 'Он же'], [`${code}3`, '']].map(([key, name]) => `${key};${name};Организация;potential;;;;;;`)]
    for (const dryRun of [true, false]) expect([dryRun, numbers((await start({ ...CLIENTS, onMatch }, lines, { dryRun })).job)]).toEqual([dryRun, { state: 'done', position: 5, ...expected }])
  })

  it.each([true, false])('tells all that is wrong with a row at once: cells, what it names in vain, and what the card refuses (dry run: %s)', async (dryRun) => {
    const bad = 'all;;Кооператив;active;31.02.2024;;2077474-1;Кто-то;;не почта'
    const { job, text } = await start(CLIENTS, [HEADER, bad], { caller: russian, dryRun })
    expect(numbers(job)).toMatchObject({ created: 0, failed: 1 })
    const { rows: [row] } = await sql<{ problems: { column: string, rule: string }[] }>`select problems from core.import_problem where job_id = ${job.id}`.execute(db.kysely)
    expect(row!.problems.map(({ column, rule }) => [column, rule]).sort()).toEqual([['Вид', 'option'], ['Дата', 'date'], ['Менеджер', 'reference'], ['Название', 'required'], ['Почта', expect.any(String)], ['УНН', expect.any(String)]])
    for (const column of ['Вид', 'Дата', 'Менеджер', 'Название', 'Почта', 'УНН']) expect(text).toContain(`${column}: `)
    // An existing client: what is missing in the row is no mistake, all else is told.
    await start(CLIENTS, [HEADER, `seen-${dryRun};Есть;Организация;active;;;;;;`])
    const known = await start({ ...CLIENTS, onMatch: 'update' }, [HEADER, `seen-${dryRun};;Кооператив;active;;;2077474-1;;;`], { caller: russian, dryRun })
    expect(known.text.split('\n')[1]).toMatch(/^2;"?Вид: Варианта «Кооператив» нет в списке\. УНН: [^:]*;seen/)
  })

  it('reports each bad row with number, column and reason in the language of the caller, in a file that can be loaded again', async () => {
    const bad = [
      'b1;Альфа;Кооператив;active;15.03.2024;1,5;;;;',
      'b2;;Организация;active;31.02.2024;много;;;;',
      'b3;Гамма;Организация;active;;;2077474-1;;;',
      'b4;Дельта;Организация;active;;;;Кто-то;;',
      'b5;Эпсилон;Организация;active;;;;;;не почта',
      ';Без ключа;Организация;active;;;;;;',
      'b7;Лишняя;Организация;active;;;;;;;ячейка',
      'b8;"не закрыто;Организация;active;;;;;;',
      'b9;Короткая',
    ]
    const { job, text } = await start(CLIENTS, [HEADER, ...bad.slice(0, 4), 'ok;Хорошая;Организация;active;;;;;;', ...bad.slice(4)], { caller: russian })
    expect(numbers(job)).toEqual({ state: 'done', position: 10, created: 1, updated: 0, skipped: 0, failed: 9 })
    const [header, ...lines] = text.trim().split('\n')
    expect(text.startsWith('\ufeff')).toBe(true)
    expect(header).toBe(`error_row;error;${HEADER}`)
    const part = (at: number): string[] => lines.map((line) => /^(\d+);("(?:[^"]|"")*"|[^;]*);(.*)$/.exec(line)![at]!)
    const [numbersOf, reasons, raws] = [part(1), part(2), part(3)]
    expect(numbersOf).toEqual(['2', '3', '4', '5', '7', '8', '9', '10', '11'])
    expect(raws).toEqual(bad)
    expect(reasons[0]).toBe('Вид: Варианта «Кооператив» нет в списке.')
    expect(reasons[1]).toBe('Дата: «31.02.2024» не похоже на дату вида yyyy-MM-dd. Лимит: «много» — не число. Название: Заполните это поле.')
    expect(reasons[2]).toMatch(/^УНН: /)
    expect(reasons[3]).toMatch(/^"?Менеджер: Запись «Кто-то»/)
    expect(reasons[4]).toMatch(/^Почта: /)
    expect(reasons[5]).toBe('Код: Не заполнен ключ строки.')
    expect(reasons[6]).toMatch(/^В строке 11 ячеек вместо 10/)
    expect(reasons[7]).toMatch(/^Кавычки/)
    expect(reasons[8]).toBe('В строке 2 ячеек вместо 10: добавьте недостающие, хотя бы пустые.')
    const again = await start(CLIENTS, text.split('\n'), { caller: russian })
    expect(numbers(again.job)).toEqual({ state: 'done', position: 9, created: 0, updated: 0, skipped: 0, failed: 9 })
    expect(again.text.split('\n').map((line) => line.replace(/^\d+;/, ''))).toEqual(text.split('\n').map((line) => line.replace(/^\d+;/, '')))
    const mended = text.replace('Альфа;Кооператив', 'Альфа;Организация').replace('"не закрыто', 'закрыто').replace(';;;;;;;ячейка', ';;;;;;')
    expect(numbers((await start(CLIENTS, mended.split('\n'))).job)).toMatchObject({ created: 3, failed: 6 })
  })

  it('skips, updates or creates on a match, and does not erase by empty cells', async () => {
    const row = (name: string, limit: string): string => `u1;${name};Организация;active;;${limit};;;;`
    await start(CLIENTS, [HEADER, row('Первая', '100')])
    expect(numbers((await start(CLIENTS, [HEADER, row('Вторая', '')])).job)).toMatchObject({ skipped: 1 })
    expect(numbers((await start({ ...CLIENTS, onMatch: 'update' }, [HEADER, row('Третья', '')])).job)).toMatchObject({ updated: 1 })
    const { rows } = await sql`select name, credit_limit from core.client where name in ('Первая', 'Вторая', 'Третья')`.execute(db.kysely)
    expect(rows).toEqual([{ name: 'Третья', credit_limit: '100.00' }])
    expect(numbers((await start({ ...CLIENTS, onMatch: 'create' }, [HEADER, row('Четвёртая', '')])).job)).toMatchObject({ created: 1 })
  })

  it('finds clients by tax number and by contact point', async () => {
    const mapping = { ...CLIENTS, system: 'other', match: ['key', 'taxId', 'contactPoint'] }
    const { job } = await start(mapping, [HEADER, 'x1;Кто угодно;Организация;active;;;FI20774740;;;', 'x2;Ромашка ещё раз;Организация;active;;;20774740;;;',
      'x3;По телефону;Организация;active;;;;;+358 40 123 4567;', 'x4;Новая;Организация;active;;;;;+358 40 765 4321;'])
    expect(numbers(job)).toMatchObject({ created: 2, skipped: 2 })
    // The keys of the other system now mean the records that were found.
    expect(numbers((await start({ ...CLIENTS, system: 'other' }, [HEADER, 'x3;Без телефона;Организация;active;;;;;;'])).job)).toMatchObject({ skipped: 1 })
  })

  it('sees the row before when one file has a key twice', async () => {
    const { job } = await start({ ...CLIENTS, onMatch: 'update' }, [HEADER, 'd1;Раз;Организация;active;;;;;;', 'd1;Два;Организация;active;;;;;;'])
    expect(numbers(job)).toMatchObject({ created: 1, updated: 1 })
    expect(await count(`core.client where name = 'Два'`)).toBe(1)
  })

  it('sees the row before when two rows of a file have one phone or one tax number', async () => {
    const mapping = { ...CLIENTS, system: 'twice', match: ['taxId', 'contactPoint'], onMatch: 'skip' }
    const { job, text } = await start(mapping, [HEADER,
      'T1;Kaksi;Организация;active;;;;;050 7654321;', 'T2;Kaksi taas;Организация;active;;;;;+358507654321;', 'T3;Kolme;Организация;active;;;2332748-7;;;', 'T4;Kolme taas;Организация;active;;;2332748-7;;;'])
    expect(text.trim().split('\n').slice(1)).toEqual([])
    expect(numbers(job)).toMatchObject({ created: 2, skipped: 2, failed: 0 })
  })

  it('makes the further records of a row once, however often the row comes, and all those that differ', async () => {
    const mapping = (onMatch: string) => ({ object: 'client', system: 'further', key: { columns: ['K'] }, onMatch, fields: { name: 'N' },
      also: [{ object: 'contact', fields: { lastName: 'P', clients: [{ client: { record: 'main' } }] } }] })
    const people = () => count(`core.contact where last_name like 'Further%'`)
    await start(mapping('skip'), ['K;N;P', 'f1;Further;Further A', 'f1;Further;Further B', 'f3;Further;', 'f2;Further;Further A'])
    expect(await people()).toBe(3)
    await start(mapping('skip'), ['K;N;P', 'f1;Further;Further A', 'f2;Further;Further A'])
    await start(mapping('update'), ['K;N;P', 'f1;Further;Further B', 'f1;Further;Further B'])
    expect(await people()).toBe(3)
  })

  it('changes nothing in a dry run, and says what would happen', async () => {
    const before = await count('core.client')
    const { job, text } = await start(CLIENTS, [HEADER, 'n1;Сухая;Организация;active;;;;;;', 'n2;;Организация;active;;;;;;', ';;;;;;;;;'], { dryRun: true })
    expect(numbers(job)).toEqual({ state: 'done', position: 3, created: 1, updated: 0, skipped: 1, failed: 1 })
    expect(text).toContain('n2;;')
    expect(await count('core.client')).toBe(before)
    expect(await count(`core.change_set where id = '${job.changeSetId}'`)).toBe(0)
    expect(await count(`core.external_ref where external_id = 'n1'`)).toBe(0)
  })

  it('keeps all its rows in one change set', async () => {
    const lines = Array.from({ length: 1200 }, (_, i) => `s${i};Серия ${i};Организация;active;;;;;;`)
    const { job } = await start(CLIENTS, [HEADER, ...lines])
    expect(numbers(job)).toMatchObject({ created: 1200 })
    expect(await count(`core.change where change_set_id = '${job.changeSetId}' and object = 'client'`)).toBe(1200)
    const { rows } = await sql`select origin, summary, records from core.change_set where id = ${job.changeSetId}`.execute(db.kysely)
    expect(rows).toEqual([{ origin: 'import', summary: 'clients.csv', records: 1200 }])
  })

  it('goes on where it was when the process ended', async () => {
    const lines = [HEADER, ...Array.from({ length: 1300 }, (_, i) => `r${i};${i % 100 === 0 ? '' : `Снова ${i}`};Организация;active;;;;;;`)]
    const stop = new AbortController()
    const job = await createJob(engine.db, { mapping: parseMapping(CLIENTS), fileName: 'r.csv', userId: administrator.actor.userId })
    await expect(start(CLIENTS, lines, { job, signal: stop.signal, onProgress: () => { stop.abort() } })).rejects.toThrow()
    const left = (await findJob(engine.db, job.id))!
    expect(numbers(left)).toMatchObject({ state: 'running', position: 500 })
    const { job: done } = await start(CLIENTS, lines, { job: left })
    expect(numbers(done)).toEqual({ state: 'done', position: 1300, created: 1287, updated: 0, skipped: 0, failed: 13 })
    expect(await count(`core.client where name like 'Снова %'`)).toBe(1287)
  })

  it('can go on after the database failed for a reason that passes', async () => {
    const lines = [HEADER, ...Array.from({ length: 700 }, (_, i) => `p${i};Passing ${i};Организация;active;;;;;;`)]
    const job = await createJob(engine.db, { mapping: parseMapping(CLIENTS), fileName: 'p.csv', userId: administrator.actor.userId })
    await sql`create function core.test_deadlock() returns trigger language plpgsql as $$ begin raise exception 'deadlock detected' using errcode = '40P01'; end $$`.execute(db.kysely)
    await sql`create trigger test_deadlock before insert on core.client for each row when (new.name = 'Passing 650') execute function core.test_deadlock()`.execute(db.kysely)
    await expect(start(CLIENTS, lines, { job })).rejects.toThrow('deadlock')
    const left = (await findJob(engine.db, job.id))!
    expect(left).toMatchObject({ state: 'running', position: 500, error: expect.stringContaining('Try again') })
    await sql`drop trigger test_deadlock on core.client`.execute(db.kysely)
    const { job: done } = await start(CLIENTS, lines, { job: left })
    expect(numbers(done)).toMatchObject({ state: 'done', created: 700, failed: 0 })
    expect(done.error).toBeNull()
  })

  it('tries a batch again that met others at the same rows', async () => {
    await sql`create sequence core.test_meetings`.execute(db.kysely)
    await sql`create or replace function core.test_deadlock() returns trigger language plpgsql as $$ begin
      if nextval('core.test_meetings') < 3 then raise exception 'deadlock detected' using errcode = '40P01'; end if; return new; end $$`.execute(db.kysely)
    await sql`create trigger test_deadlock before insert on core.client for each row when (new.name = 'Met') execute function core.test_deadlock()`.execute(db.kysely)
    expect(numbers((await start(CLIENTS, [HEADER, 'met;Met;Организация;active;;;;;;'])).job)).toMatchObject({ state: 'done', created: 1, failed: 0 })
    await sql`drop trigger test_deadlock on core.client`.execute(db.kysely)
    await sql`drop function core.test_deadlock`.execute(db.kysely)
    await sql`drop sequence core.test_meetings`.execute(db.kysely)
  })

  it('does not let two processes load one file', async () => {
    const lines = [HEADER, ...Array.from({ length: 600 }, (_, i) => `t${i};Двое ${i};Организация;active;;;;;;`)]
    const job = await createJob(engine.db, { mapping: parseMapping(CLIENTS), fileName: 't.csv', userId: administrator.actor.userId })
    const results = await Promise.allSettled([start(CLIENTS, lines, { job }), start(CLIENTS, lines, { job })])
    // Whichever is late finds the position moved on; one that comes after the end finds nothing to do.
    expect(results.some((result) => result.status === 'fulfilled')).toBe(true)
    expect(await count(`core.client where name like 'Двое %'`)).toBeLessThanOrEqual(600)
    const after = (await findJob(engine.db, job.id))!
    expect(after.created).toBe(await count(`core.client where name like 'Двое %'`))
  })

  it('can be cancelled; what was loaded stays in its change set', async () => {
    const lines = [HEADER, ...Array.from({ length: 1100 }, (_, i) => `c${i};Отмена ${i};Организация;active;;;;;;`)]
    const job = await createJob(engine.db, { mapping: parseMapping(CLIENTS), fileName: 'c.csv', userId: administrator.actor.userId })
    const cancelling = askCancelAfterFirst(job.id)
    const { job: done } = await start(CLIENTS, lines, { job, onProgress: cancelling })
    expect(done.state).toBe('cancelled')
    expect(done.position).toBeLessThan(1100)
    expect(await askCancel(engine.db, job.id)).toBe(false)
  })

  it('says at once what does not fit the file or the model', async () => {
    await expect(start(CLIENTS, ['Код;Название', '1;x'])).rejects.toThrow('The file has no column «Вид», «Состояние»')
    await expect(start({ ...CLIENTS, fields: { nam: 'Код' } }, [HEADER, '1'])).rejects.toThrow('has no field "nam"')
    await expect(start({ ...CLIENTS, fields: { matchKey: 'Код' } }, [HEADER, '1'])).rejects.toThrow('cannot be written')
    expect(() => parseMapping({ object: 'client', fields: { name: 'x' }, colour: 1 })).toThrow('colour')
  })

  it('needs the right to import, and obeys the rights on records', async () => {
    const manager = await testUser(engine, 'manager')
    await expect(start(CLIENTS, [HEADER, 'm1;Чужая;Организация;active;;;;;;'], { caller: manager })).rejects.toThrow('import.run')
    await expect(start({ ...CLIENTS, history: { createdAt: 'Дата' } }, [HEADER], { caller: manager })).rejects.toThrow()
  })
})

/** Asks once, after the first batch. */
function askCancelAfterFirst(id: string): () => void {
  let asked = false
  return () => {
    if (asked) return
    asked = true
    void askCancel(engine.db, id)
  }
}

describe('who is there already', () => {
  const of = (onMatch: string, match: string[]) => ({ object: 'client', onMatch, match, fields: { name: 'N', note: 'T', taxId: { value: 'I', country: { constant: 'RU' } }, branchCode: 'K' } })
  const found = async (where: string) => (await sql<{ name: string, note: string | null }>`select name, note from core.client where ${sql.raw(where)} order by name`.execute(db.kysely)).rows

  it('is found by the name without its legal form', async () => {
    await start(of('create', []), ['N;T;I;K', 'ООО «Василёк»;;;'])
    const { job } = await start(of('update', ['name']), ['N;T;I;K', 'ВАСИЛЕК, ООО;узнан;;', 'Ноготок;новый;;'])
    expect(numbers(job)).toMatchObject({ created: 1, updated: 1 })
    expect(await found(`match_key = 'ВАСИЛЕК'`)).toEqual([{ name: 'ВАСИЛЕК, ООО', note: 'узнан' }])
  })

  it('is told from the branches that share its tax number', async () => {
    await start(of('create', []), ['N;T;I;K', 'Москва;;7707083893;773601001', 'Казань;;7707083893;165502001'])
    const { job } = await start(of('update', ['taxId']), ['N;T;I;K', 'Казань;вторая;7707083893;165502001', 'Пермь;третья;7707083893;590201001', 'Кто-то;;7707083893;'])
    expect(numbers(job)).toMatchObject({ created: 1, updated: 1, failed: 1 })
    expect(await found(`tax_id = '7707083893'`)).toEqual([{ name: 'Казань', note: 'вторая' }, { name: 'Москва', note: null }, { name: 'Пермь', note: 'третья' }])
  })
})

describe('a row finds its client', () => {
  it.each([
    ['registrationNumber', '1027700132195', '1 027 700 132 195', '1027739609391', '1027700067328'],
    ['bankAccount', 'FI2112345600000785', 'FI21 1234 5600 0007 85', 'FI5542345670000081', 'FI4950009420028730'], ['messenger', '@Lumi_Oy', 'lumi_oy', '@lumi', '@lumi_2'],
  ] as const)('by its %s, however it is written', async (way, stored, given, other, third) => {
    const value = way === 'registrationNumber' ? { registrationNumber: 'V' } : way === 'bankAccount' ? { bankAccounts: [{ account: 'V' }] } : { contactPoints: [{ kind: { constant: 'telegram' }, value: 'V' }] }
    const mapping = (onMatch: string) => ({ object: 'client', match: [way], onMatch, fields: { name: 'N', note: 'T', ...value } })
    expect(numbers((await start(mapping('skip'), ['N;T;V', `By ${way};;${stored}`])).job)).toMatchObject({ created: 1, failed: 0 })
    expect(numbers((await start(mapping('skip'), ['N;T;V', `Again;;${given}`, `Other;;${other}`])).job)).toMatchObject({ skipped: 1, created: 1, failed: 0 })
    expect(numbers((await start(mapping('skip'), ['N;T;V', `A;;${third}`, `B;;${third}`])).job)).toMatchObject({ skipped: 1, created: 1, failed: 0 })
  })
})

it('keeps a row that somebody adds to the same record at the same moment', async () => {
  const order = objectOf(engine.live.current.model, 'order')
  const line = (text: string) => ({ text, quantity: '1', price: { amount: '2' } })
  const { result: [made] } = await write(engine, administrator, {}, (w) => writeRecords(w, order, [{ op: 'create', input: { subject: 'Race', lines: [line('first')] } }]))
  const id = made!.id!
  const rows = async () => (await sql<{ id: string, text: string }>`select id, text from core.order_line where order_id = ${id} order by position`.execute(db.kysely)).rows
  const [first] = await rows()
  const [inside, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const colleague = write(engine, administrator, {}, async (w) => {
    await writeRecords(w, order, [{ op: 'update', id, input: { lines: [{ id: first!.id }, line('of a colleague')] } }])
    inside.resolve()
    await release.promise
  })
  await inside.promise
  const { rows: [{ number }] } = await sql<{ number: string }>`select number from core."order" where id = ${id}`.execute(db.kysely) as { rows: [{ number: string }] }
  const importing = start({ object: 'orderLine', partOf: { object: 'order', list: 'lines', key: { columns: ['Order'], field: 'number' } }, fields: { text: 'What', quantity: 'Quantity', price: { amount: 'Price' } } }, ['Order;What;Quantity;Price', `${number};imported;1;2`])
  await expect.poll(async () => (await sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and query like '%for update%'`.execute(db.kysely)).rows.length).toBeGreaterThan(0)
  release.resolve()
  await colleague
  expect((await importing).job).toMatchObject({ state: 'done', created: 1, failed: 0 })
  expect((await rows()).map(({ text }) => text)).toEqual(['first', 'of a colleague', 'imported'])
})
