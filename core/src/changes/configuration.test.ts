import { afterAll, describe, expect, it } from 'vitest'
import type { PluginDefinition } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'

const phone: PluginDefinition = {
  id: 'phone', version: '1.0.0', permissions: { listen: { label: { en: 'Listen to calls', fi: 'Kuunnella puheluja' } } },
  settings: { type: 'object', properties: { url: { type: 'string' }, key: { type: 'string', format: 'secret' } } },
}
const crm = await testCrm({ plugins: [phone] })
const { db, engine } = crm.kartotek
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const russian: Caller = { ...admin, actor: { ...admin.actor, locale: 'ru' } }

interface Field { key: string, label: string, before: unknown, after: unknown, beforeText: string | null, afterText: string | null }
interface Set { id: string, summary: string, origin: string, revertible: boolean, revertedBy: string | null, reverts: string | null, actor: { name: string }, configuration: { subject: string, subjectId: string, name: string, action: string, fields: Field[] } | null }

const SET = 'id summary origin revertible reverts revertedBy actor { name } configuration { subject subjectId name action fields { key label before after beforeText afterText } }'

// Results are whatever the test asks for.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const run = <T = any>(source: string, variables: Record<string, unknown> = {}, caller = admin): Promise<T> => crm.ask(caller, source, variables)
async function changes(caller = admin, args = 'configuration: true'): Promise<Set[]> {
  return (await run<{ changeSets: { nodes: Set[] } }>(`{ changeSets(${args}) { nodes { ${SET} } } }`, {}, caller)).changeSets.nodes
}
const last = async (caller = admin): Promise<Set> => (await changes(caller))[0]!
const lines = (set: Set): string[] => set.configuration!.fields.map((f) => `${f.label}: ${f.beforeText ?? '–'} → ${f.afterText ?? '–'}`)

const manager = () => engine.live.current.roles.find((r) => r.key === 'manager')!
const setRole = (rules: object, labels: object = manager().name) => run('mutation ($id: ID!, $version: Int!, $input: RoleInput!) { updateRole(id: $id, version: $version, input: $input) { id } }',
  { id: manager().id, version: manager().version, input: { key: 'manager', labels, rules } })

describe('the audit trail keeps who changed', () => {
  it('a role, with each right before and after, in the words of the reader', async () => {
    const { rules } = manager()
    await setRole({ ...rules, objects: { ...rules.objects, client: { read: 'team', create: 'own' } }, fields: { ...rules.fields, 'client.taxId': { write: false } }, capabilities: ['share', 'phone.listen'] })
    const set = await last(russian)
    expect(set).toMatchObject({ summary: 'Роль «Менеджер»', origin: 'api', actor: { name: admin.actor.name }, configuration: { subject: 'role', subjectId: manager().id, name: 'Менеджер', action: 'update' } })
    expect(lines(set)).toEqual([
      'Клиенты · Читать: – → отдела', 'Клиенты · Создавать: – → свои', 'Клиенты · Налоговый номер · Изменять: – → закрыто',
      'Узнавать, чей это двойник: Да → Нет', 'Создавать, несмотря на найденный двойник: Да → Нет', 'Listen to calls: Нет → Да',
    ])
    await setRole(rules)
    expect(await last()).toMatchObject({ summary: 'Role “Manager”' })
    await run('mutation ($input: RoleInput!) { createRole(input: $input) { id } }', { input: { key: 'guest', labels: { en: 'Guest' }, rules: { objects: { client: { read: 'own' } } } } })
    expect(await last()).toMatchObject({ summary: 'Role “Guest”', revertible: false, configuration: { action: 'create' } })
    await run('mutation ($id: ID!) { deleteRole(id: $id) }', { id: engine.live.current.roles.find((r) => r.key === 'guest')!.id })
    const gone = await last()
    expect(gone.configuration).toMatchObject({ action: 'delete', name: 'Guest' })
    expect(lines(gone)).toContain('Clients · Read: own → –')
  })

  it('a gate and the stages of a pipeline', async () => {
    const { id, version, key, name, stages } = engine.live.current.pipelines[0]!
    const input = (more: (key: string) => object, without = '') => ({
      object: 'order', key, labels: name,
      stages: stages.filter((s) => s.key !== without).map((s) => ({ id: s.id, key: s.key, labels: s.name, kind: s.kind.toUpperCase(), color: s.color, probability: s.probability, normHours: s.normHours, ...more(s.key) })),
    })
    const save = (at: number, value: object) => run('mutation ($id: ID!, $version: Int!, $input: PipelineInput!) { updatePipeline(id: $id, version: $version, input: $input) { id } }', { id, version: at, input: value })
    const gate = { requiredFields: ['client', 'lines'], mayPass: [manager().id], allowedNext: ['won'], condition: { total: { gte: '10' } } }
    await save(version, input((k) => (k === 'offer' ? { probability: 60, gate } : {})))
    expect(lines(await last())).toEqual(expect.arrayContaining([
      'Stage Offer · Probability, %: 50 → 60', 'Stage Offer · Required fields: – → Client, Order lines', 'Stage Offer · Only for roles: – → Manager',
      'Stage Offer · From here only to: – → Done', 'Stage Offer · Condition: – → {"total":{"gte":"10"}}',
    ]))
    expect((await last()).configuration).toMatchObject({ subject: 'pipeline', subjectId: id, name: 'Sales' })
    await save(version + 1, input((k) => (k === 'offer' ? { probability: 60, gate } : {}), 'agreement'))
    expect(lines(await last())).toEqual(['Stage Agreed: Agreed → –', expect.stringMatching(/^Order: New, In work, Offer, Agreed, Shipping, Done, Lost → New, In work, Offer, Shipping, Done, Lost$/)])
    // Nothing different is nothing to keep.
    const { length } = await changes()
    await save(version + 2, input((k) => (k === 'offer' ? { probability: 60, gate } : {}), 'agreement'))
    expect(await changes()).toHaveLength(length)
  })

  it('the settings of the company and of plugins, and of a secret only that it is another one', async () => {
    await run('mutation { updateCompany(input: { name: "Ромашка", country: "UA", weekStart: "sunday" }) { name } }')
    expect(lines(await last())).toEqual(['Name: – → Ромашка', 'Country: FI → UA', 'The week begins on: Monday → Sunday'])
    const save = (values: object) => run('mutation ($values: JSON!) { updatePluginSettings(plugin: "phone", values: $values) { values } }', { values })
    await save({ url: 'https://pbx', key: 'top-secret' })
    expect(await last()).toMatchObject({ summary: 'Settings of the plugin “phone”', configuration: { subject: 'plugin', subjectId: 'phone' } })
    expect(lines(await last()).sort()).toEqual(['key: – → set', 'url: – → https://pbx'])
    await save({ key: 'other-secret' })
    expect(lines(await last())).toEqual(['key: set → set anew'])
    await save({ key: null })
    expect(lines(await last())).toEqual(['key: set → –'])
    const { rows } = await db.pool.query('select * from core.configuration_change')
    expect(JSON.stringify(rows)).not.toMatch(/top-secret|other-secret|\$secret/)
  })

  it('the members of a team and the shares of a record', async () => {
    const [anna, boris] = [await crm.as('manager'), await crm.as('manager')]
    const { createTeam: { id: team } } = await run('mutation { createTeam(input: { name: "North" }) { id } }')
    const members = (users: string[], leaders: string[]) => run('mutation ($team: ID!, $users: [ID!]!, $leaders: [ID!]) { setTeamMembers(team: $team, users: $users, leaders: $leaders) }', { team, users, leaders })
    await members([anna.actor.userId!], [])
    await members([anna.actor.userId!, boris.actor.userId!], [anna.actor.userId!])
    expect(await last()).toMatchObject({ summary: 'Members of “North”' })
    expect(lines(await last())).toEqual([`${anna.actor.name}: member → leader`, `${boris.actor.name}: – → member`])

    const { createClient: { id: client } } = await run('mutation { createClient(input: { name: "Acme" }) { id } }')
    const share = (level: string) => run('mutation ($id: ID!, $user: ID!, $level: ShareLevel!) { shareRecord(object: "client", id: $id, user: $user, level: $level) }', { id: client, user: anna.actor.userId, level })
    await share('READ')
    await share('WRITE')
    expect(await last()).toMatchObject({ summary: 'Sharing of “Acme”', configuration: { subject: 'share', subjectId: client, name: 'Acme' } })
    expect(lines(await last())).toEqual([`${anna.actor.name}: to read → to change`])
    await run('mutation ($id: ID!, $user: ID!) { unshareRecord(object: "client", id: $id, user: $user) }', { id: client, user: anna.actor.userId })
    expect(lines(await last())).toEqual([`${anna.actor.name}: to change → –`])
    const history = await changes(admin, `object: "client", record: "${client}"`)
    expect(history.map((s) => s.summary)).toEqual(['Sharing of “Acme”', 'Sharing of “Acme”', 'Sharing of “Acme”', null])
  })

  it('objects and fields', async () => {
    await run('mutation { createObject(input: { name: "car", plural: "cars", labels: { en: "Car" }, labelsPlural: { en: "Cars" } }) { name } }')
    expect(await last()).toMatchObject({ summary: 'Object “Car”', configuration: { subject: 'object', subjectId: 'xCar', action: 'create' } })
    await run('mutation ($input: FieldInput!) { createField(object: "client", input: $input) { key } }', { input: { name: 'tier', type: 'select', labels: { en: 'Tier' }, options: [{ key: 'a', labels: { en: 'Gold' } }, { key: 'b', labels: { en: 'Silver' } }] } })
    expect(await last()).toMatchObject({ summary: 'Field “Client · Tier”', configuration: { subject: 'field', subjectId: 'client.custom.tier', action: 'create' } })
    await run('mutation ($input: FieldUpdate!) { updateField(object: "client", field: "custom.tier", input: $input) { key } }', { input: { labels: { en: 'Class' }, required: true, options: [{ key: 'b', labels: { en: 'Silver' } }, { key: 'c', labels: { en: 'Bronze' } }], backfill: 'b' } })
    expect(lines(await last())).toEqual(expect.arrayContaining(['Name · en: Tier → Class', 'Required: No → Yes', 'Option Gold: Gold → –', 'Option Bronze · Colour: – → grey', 'Option Bronze · Name · en: – → Bronze', 'Order: Gold, Silver → Silver, Bronze']))
    await run('mutation { hideField(object: "client", field: "custom.tier") { key } }')
    expect(lines(await last())).toEqual(['Hidden: No → Yes'])
  })
})

describe('it shows changes of the configuration', () => {
  it('to who manages their subject and may see their object, and to nobody else', async () => {
    const subjects = async (caller: Caller) => [...new Set((await changes(caller)).map((s) => s.configuration!.subject))].sort()
    expect(await subjects(admin)).toEqual(['company', 'field', 'object', 'pipeline', 'plugin', 'role', 'share', 'team'])
    const reads = { objects: { '*': { read: 'all' } } } as const
    const as = (rules: object) => crm.withRules(rules)
    expect(await subjects(await as({ ...reads, capabilities: ['access.manage'] }))).toEqual(['role', 'share'])
    expect(await subjects(await as({ capabilities: ['access.manage', 'model.manage', 'pipelines.manage', 'users.manage'] }))).toEqual(['role'])
    expect(await subjects(await as({ ...reads, capabilities: ['model.manage'] }))).toEqual(['field', 'object'])
    expect(await subjects(await as({ ...reads, capabilities: ['model.manage'], fields: { 'client.custom.tier': { read: false } } }))).toEqual(['object'])
    expect(await subjects(await as({ ...reads, capabilities: ['settings.manage', 'plugins.manage'] }))).toEqual(['company', 'plugin'])
    for (const role of ['head_of_sales', 'manager', 'accountant']) expect(await subjects(await crm.as(role))).toEqual([])
    const set = (await changes()).find((s) => s.configuration!.subject === 'role')!
    for (const role of ['head_of_sales', 'manager']) {
      const caller = await crm.as(role)
      expect((await run<{ changeSet: null }>('query ($id: ID!) { changeSet(id: $id) { id } }', { id: set.id }, caller)).changeSet).toBeNull()
      expect((await crm.query(caller, 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted } }', { id: set.id })).errors![0]!.extensions.code).toBe('NOT_FOUND')
    }
  })

  it('beside those of records only to who asks for all of them', async () => {
    const all = await changes(admin, 'first: 200')
    expect(all.some((s) => s.configuration) && all.some((s) => !s.configuration)).toBe(true)
    expect((await changes(admin, 'first: 200, configuration: false')).every((s) => !s.configuration)).toBe(true)
  })

  it('to a manager those of his own shares, without names that he may not know', async () => {
    const seller = await crm.withRules({ objects: { client: { read: 'own', create: 'own', update: 'own' }, user: { read: 'all' } }, capabilities: ['share'] })
    const { createClient: { id } } = await run('mutation { createClient(input: { name: "Mine" }) { id } }', {}, seller)
    await run('mutation ($id: ID!, $user: ID!) { shareRecord(object: "client", id: $id, user: $user, level: READ) }', { id, user: admin.actor.userId }, seller)
    expect((await changes(seller)).map((s) => s.summary)).toEqual(['Sharing of “Mine”'])
    await run('mutation ($id: ID!, $owner: ID!) { updateClient(id: $id, input: { owner: $owner }) { id } }', { id, owner: admin.actor.userId })
    expect((await changes(seller)).map((s) => s.summary)).toEqual(['Sharing of “…”'])
  })
})

describe('a change of the configuration is taken back', () => {
  const revert = (id: string, caller = admin) => crm.query(caller, 'mutation ($id: ID!) { revertChangeSet(id: $id) { changeSet reverted kept { reason } } }', { id })

  it('for a role and the company, once, and only while nobody changed it since', async () => {
    const { rules } = manager()
    await setRole({ ...rules, capabilities: [] })
    const wrong = await last()
    expect(wrong.revertible).toBe(true)
    const { data } = await revert(wrong.id)
    expect(data.revertChangeSet).toEqual({ changeSet: expect.any(String), reverted: 1, kept: [] })
    expect(manager().rules).toEqual(rules)
    expect(await last()).toMatchObject({ id: data.revertChangeSet.changeSet, origin: 'revert', reverts: wrong.id })
    expect((await revert(wrong.id)).errors![0]!.message).toBe('This change was undone already.')

    await setRole({ ...rules, capabilities: [] })
    const old = await last()
    await setRole({ ...rules, capabilities: ['share'] })
    expect((await revert(old.id)).errors![0]!.extensions.code).toBe('CONFLICT')
    expect(manager().rules.capabilities).toEqual(['share'])

    await run('mutation { updateCompany(input: { name: "Wrong", phoneCountry: "FI" }) { name } }')
    const named = await last()
    await run('mutation { updateCompany(input: { weekStart: "saturday" }) { name } }')
    expect((await revert(named.id)).errors).toBeUndefined()
    expect(crm.kartotek.settings.company).toMatchObject({ name: 'Ромашка', phoneCountry: null, weekStart: 'saturday' })
  })

  it('for a role that was deleted, with its id', async () => {
    const { createRole: { id } } = await run('mutation ($input: RoleInput!) { createRole(input: $input) { id } }', { input: { key: 'guest', labels: { en: 'Guest' }, rules: { objects: { client: { read: 'own' } } } } })
    await run('mutation ($id: ID!) { deleteRole(id: $id) }', { id })
    const gone = await last()
    expect(gone.revertible).toBe(true)
    expect((await revert(gone.id)).errors).toBeUndefined()
    expect(engine.live.current.roles.find((role) => role.id === id)).toMatchObject({ key: 'guest', name: { en: 'Guest' }, rules: { objects: { client: { read: 'own' } } } })
    expect((await revert(gone.id)).errors![0]!.message).toBe('This change was undone already.')
    await run('mutation ($id: ID!) { deleteRole(id: $id) }', { id })
  })

  it('for working time and the rules of intake, as long as nobody changed them since', async () => {
    const hours = async (from: string) => {
      const { workingTime: { version } } = await run('{ workingTime { version } }')
      await run('mutation ($version: String!, $hours: WorkingWeekInput!) { updateWorkingTime(version: $version, input: { hours: $hours }) { version } }', { version, hours: { monday: [`${from}-17:00`] } })
      return last()
    }
    const [first, second] = [await hours('08:00'), await hours('09:00')]
    expect((await revert(first.id)).errors![0]!.extensions.code).toBe('CONFLICT')
    expect((await revert(second.id)).errors).toBeUndefined()
    expect((await run('{ workingTime { hours { monday } } }')).workingTime.hours).toEqual({ monday: ['08:00-17:00'] })

    const { intakeSettings: { version } } = await run('{ intakeSettings { version } }')
    const save = (at: string, rules: object[]) => run('mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version rules { id name } } }', { version: at, input: { rules } }).then((data) => data.updateIntakeSettings)
    const made = await save(version, [{ name: 'South', strategy: 'queue', pool: [] }])
    await save(made.version, [])
    expect((await revert((await last()).id)).errors).toBeUndefined()
    expect((await run('{ intakeSettings { rules { id name } } }')).intakeSettings.rules).toEqual(made.rules)
  })

  it('for nothing else, and it says so', async () => {
    const set = (await changes()).find((s) => s.configuration!.subject === 'field')!
    expect(set.revertible).toBe(false)
    expect((await revert(set.id)).errors![0]).toMatchObject({ message: 'This change cannot be taken back here: change it anew in the settings.', extensions: { code: 'CONFLICT' } })
  })

  it('by nobody who could not change it', async () => {
    const clerk = await crm.withRules({ objects: { '*': { read: 'all' } }, capabilities: ['access.manage', 'changes.revert', 'audit.read'] })
    const { rules } = manager()
    await setRole({ ...rules, capabilities: ['model.manage'] })
    await setRole(rules)
    const strong = await last(clerk)
    expect((await revert(strong.id, clerk)).errors![0]!.extensions.code).toBe('FORBIDDEN')
    expect(manager().rules).toEqual(rules)
  })
})

describe('what a change set says of itself', () => {
  it('is told to each reader in his language, old texts as they were', async () => {
    await run('mutation ($input: FieldInput!) { createField(object: "client", input: $input) { key } }', { input: { name: 'grade', type: 'text', labels: { en: 'Grade', ru: 'Оценка' } } })
    await run('mutation ($input: FieldUpdate!) { updateField(object: "client", field: "custom.grade", input: $input) { key } }', { input: { required: true, backfill: 'x' } })
    const summaries = async (caller: Caller) => (await changes(caller, 'configuration: false, first: 1')).map((s) => s.summary)
    expect(await summaries(admin)).toEqual(['Filling in “Grade”'])
    expect(await summaries(russian)).toEqual(['Заполнение поля «Оценка»'])
    expect(await summaries(await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'client.custom.grade': { read: false } }, capabilities: ['audit.read'] }))).toEqual(['Filling in “…”'])
    await db.pool.query(`update core.change_set set message = null, summary = 'backfill client.custom.grade' where message is not null`)
    expect(await summaries(russian)).toEqual(['backfill client.custom.grade'])
  })
})
