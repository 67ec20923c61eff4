/**
 * Every operation of the API, and how the walk goes over it. An operation that is not here fails the test: whoever adds one
 * says here how it is kept from telling what the caller may not know.
 */

/** Objects whose generated operations (`x`, `xs`, `xAggregate`, `createX` …, `xChanged`) are walked over planted records. */
export const OBJECTS: Record<string, { plural: string, part?: true }> = {
  user: { plural: 'users' }, team: { plural: 'teams' }, product: { plural: 'products' }, client: { plural: 'clients' }, contact: { plural: 'contacts' },
  clientContact: { plural: 'clientContacts', part: true }, contactPoint: { plural: 'contactPoints', part: true }, clientAddress: { plural: 'clientAddresses', part: true },
  clientBankAccount: { plural: 'clientBankAccounts', part: true }, order: { plural: 'orders' }, orderLine: { plural: 'orderLines', part: true },
  orderProblem: { plural: 'orderProblems', part: true }, xGadget: { plural: 'xGadgets' }, probeNote: { plural: 'probeNotes' },
  timelineEntry: { plural: 'timelineEntries' }, timelineMention: { plural: 'timelineMentions', part: true }, file: { plural: 'files' },
  task: { plural: 'tasks' }, taskWatcher: { plural: 'taskWatchers', part: true }, taskParticipant: { plural: 'taskParticipants', part: true },
  consent: { plural: 'consents' },
  taskStep: { plural: 'taskSteps', part: true }, taskReminder: { plural: 'taskReminders', part: true },
}

/** What the templates below may be filled with. */
export interface Samples { record(object: string): string, set(): string, user(): string, team(): string, role(): string, pipeline(): string, unknown: string }

/** `once`: one document; `records`: one for each planted record; `sets`: for each change set. `{…}` of the type is generated. `also`: further arguments to ask with, once each. */
export type Walk = { over: 'once' | 'records' | 'sets' | 'users' | 'teams', args: string, also?: string[] }

export const QUERIES: Record<string, Walk> = {
  objects: { over: 'once', args: '' },
  object: { over: 'once', args: '(name: "client")' },
  pipelines: { over: 'once', args: '' },
  timeline: { over: 'records', args: '(object: "$object", id: "$id", first: 200)' },
  timelineKinds: { over: 'once', args: '' },
  changeSets: { over: 'records', args: '(object: "$object", record: "$id", first: 100)', also: ['(first: 50)', '(configuration: true, first: 200)', '(object: "client", configuration: false, first: 50)'] },
  changeSet: { over: 'sets', args: '(id: "$id")' },
  fieldHistory: { over: 'records', args: '(object: "$object", id: "$id", field: "$field")' },
  stageHistory: { over: 'records', args: '(object: "$object", id: "$id")' },
  roles: { over: 'once', args: '' },
  capabilities: { over: 'once', args: '' },
  explainAccess: { over: 'records', args: '(object: "$object", id: "$id", user: "$user")' },
  shares: { over: 'records', args: '(object: "$object", id: "$id")' },
  teamMembers: { over: 'teams', args: '(team: "$id")' },
  me: { over: 'once', args: '' },
  mySessions: { over: 'once', args: '' },
  myTokens: { over: 'once', args: '' },
  accountOf: { over: 'users', args: '(user: "$id")' },
  accountsOf: { over: 'users', args: '(users: ["$id"])' },
  userSessions: { over: 'users', args: '(user: "$id")' },
  userTokens: { over: 'users', args: '(user: "$id")' },
  resetLinks: { over: 'once', args: '' },
  accessLog: { over: 'once', args: '(first: 200)' },
  failedJobs: { over: 'once', args: '' },
  company: { over: 'once', args: '' },
  pluginSettings: { over: 'once', args: '(plugin: "probe")' },
  plugins: { over: 'once', args: '' },
  imports: { over: 'once', args: '' },
  import: { over: 'sets', args: '(id: "$id")' },
  uploadPreview: { over: 'sets', args: '(upload: "$id")' },
  taskCounters: { over: 'once', args: '' },
  myCalendarLink: { over: 'once', args: '' },
  automationRules: { over: 'once', args: '' },
  automationRule: { over: 'sets', args: '(id: "$id")' },
  automationRuns: { over: 'once', args: '' },
  rehearseAutomation: { over: 'once', args: '(input: { name: "Attack", object: "client", trigger: { on: "created" }, actions: [{ do: "note", text: "{name} {territory}" }] }, first: 50)' },
  automationRecipes: { over: 'once', args: '' },
  automationOffers: { over: 'once', args: '' },
  webhooks: { over: 'once', args: '' },
  webhook: { over: 'sets', args: '(id: "$id")' },
  webhookDeliveries: { over: 'sets', args: '(webhook: "$id")' },
  consentPurposes: { over: 'once', args: '' },
  contactPermissions: { over: 'records', args: '(object: "$object", id: "$id")' },
  erasurePlan: { over: 'records', args: '(object: "$object", id: "$id")' },
  privacyLog: { over: 'once', args: '' },
  retention: { over: 'once', args: '' },
  retentionProposals: { over: 'once', args: '(kind: "contact")' },
  completenessKinds: { over: 'once', args: '' },
  completenessReport: { over: 'once', args: '', also: ['(kinds: ["phone", "email", "industry", "territory", "custom.aText"], groupBy: TEAM, staleDays: 30)'] },
  completenessRows: { over: 'once', args: '(first: 100)' },
  workPeople: { over: 'once', args: '' },
  workReport: { over: 'once', args: '(from: "2026-11-01", to: "2026-11-30")' },
  probeAnswer: { over: 'once', args: '' },
}

/**
 * Mutations that are not of one object. `needs`: the capability without which they are refused. `own`: of the caller's own
 * account, nothing of others in reach. `records`: on records that the caller does not see; refused as if they did not exist.
 */
export type Attack = { needs: string, args: (s: Samples) => string } | { records: true, args: (s: Samples) => string } | { own: true }

const labels = '{ en: "Attack" }'
export const MUTATIONS: Record<string, Attack> = {
  createObject: { needs: 'model.manage', args: () => `(input: { name: "attack", plural: "attacks", labels: ${labels}, labelsPlural: ${labels} })` },
  createField: { needs: 'model.manage', args: () => `(object: "client", input: { name: "attack", type: text, labels: ${labels} })` },
  planFieldChange: { needs: 'model.manage', args: () => '(object: "client", field: "custom.aText", input: { maxLength: 1 })' },
  updateField: { needs: 'model.manage', args: () => `(object: "client", field: "custom.aText", input: { labels: ${labels} })` },
  hideField: { needs: 'model.manage', args: () => '(object: "client", field: "custom.aText")' },
  restoreField: { needs: 'model.manage', args: () => '(object: "client", field: "custom.aText")' },
  createPipeline: { needs: 'pipelines.manage', args: () => `(input: { object: "order", key: "attack", labels: ${labels}, stages: [{ key: "a", labels: ${labels}, kind: OPEN }] })` },
  updatePipeline: { needs: 'pipelines.manage', args: (s) => `(id: "${s.pipeline()}", version: 1, input: { object: "order", key: "attack", labels: ${labels}, stages: [{ key: "a", labels: ${labels}, kind: OPEN }] })` },
  revertChangeSet: { records: true, args: (s) => `(id: "${s.set()}")` },
  createRole: { needs: 'access.manage', args: () => `(input: { key: "attack", labels: ${labels}, rules: {} })` },
  updateRole: { needs: 'access.manage', args: (s) => `(id: "${s.role()}", version: 1, input: { key: "attack", labels: ${labels}, rules: {} })` },
  deleteRole: { needs: 'access.manage', args: (s) => `(id: "${s.role()}")` },
  shareRecord: { records: true, args: (s) => `(object: "client", id: "${s.record('client')}", user: "${s.user()}", level: WRITE)` },
  unshareRecord: { records: true, args: (s) => `(object: "client", id: "${s.record('client')}", user: "${s.user()}")` },
  setTeamMembers: { needs: 'users.manage', args: (s) => `(team: "${s.team()}", users: ["${s.user()}"])` },
  updateMe: { own: true }, changePassword: { own: true }, revokeSession: { own: true }, revokeOtherSessions: { own: true }, startTotp: { own: true },
  confirmTotp: { own: true }, renewRecoveryCodes: { own: true }, disableTotp: { own: true }, makeCalendarLink: { own: true }, revokeCalendarLink: { own: true }, createToken: { own: true }, revokeToken: { own: true },
  inviteUser: { needs: 'users.manage', args: () => '(input: { name: "Attack", email: "attack@example.com" })' },
  makeResetLink: { needs: 'users.manage', args: (s) => `(user: "${s.user()}")` },
  deactivateUser: { needs: 'users.manage', args: (s) => `(user: "${s.user()}")` },
  activateUser: { needs: 'users.manage', args: (s) => `(user: "${s.user()}")` },
  endUserSessions: { needs: 'users.manage', args: (s) => `(user: "${s.user()}")` },
  revokeUserToken: { needs: 'users.manage', args: (s) => `(user: "${s.user()}", id: "${s.unknown}")` },
  switchOffUserTotp: { needs: 'users.manage', args: (s) => `(user: "${s.user()}")` },
  setUserRoles: { needs: 'users.manage', args: (s) => `(user: "${s.user()}", roles: ["${s.role()}"])` },
  retryJob: { needs: 'plugins.manage', args: (s) => `(id: "${s.unknown}")` },
  updateCompany: { needs: 'settings.manage', args: () => '(input: { name: "Attack" })' },
  updatePluginSettings: { needs: 'plugins.manage', args: () => '(plugin: "probe", values: {})' },
  releasePlugin: { needs: 'plugins.manage', args: () => '(id: "probe")' },
  attachFile: { records: true, args: (s) => `(subject: { object: "client", id: "${s.record('client')}" }, upload: "${s.unknown}")` },
  addFileVersion: { records: true, args: (s) => `(file: "${s.record('file')}", upload: "${s.unknown}")` },
  createAutomationRule: { needs: 'automation.manage', args: () => '(input: { name: "Attack", object: "client", trigger: { on: "created" }, actions: [{ do: "note", text: "x" }] })' },
  updateAutomationRule: { needs: 'automation.manage', args: (s) => `(id: "${s.unknown}", version: 1, input: { name: "Attack", object: "client", trigger: { on: "created" }, actions: [{ do: "note", text: "x" }] })` },
  deleteAutomationRule: { needs: 'automation.manage', args: (s) => `(id: "${s.unknown}")` },
  restoreAutomationRule: { needs: 'automation.manage', args: (s) => `(id: "${s.unknown}")` },
  retryAutomationRun: { needs: 'automation.manage', args: (s) => `(id: "${s.unknown}")` },
  createWebhook: { needs: 'webhooks.manage', args: () => '(input: { name: "Attack", url: "https://example.com/", events: ["client.*"] })' },
  updateWebhook: { needs: 'webhooks.manage', args: (s) => `(id: "${s.unknown}", version: 1, input: { name: "Attack", url: "https://example.com/", events: ["client.*"] })` },
  deleteWebhook: { needs: 'webhooks.manage', args: (s) => `(id: "${s.unknown}")` },
  restoreWebhook: { needs: 'webhooks.manage', args: (s) => `(id: "${s.unknown}")` },
  rotateWebhookSecret: { needs: 'webhooks.manage', args: (s) => `(id: "${s.unknown}")` },
  testWebhook: { needs: 'webhooks.manage', args: (s) => `(id: "${s.unknown}")` },
  replayWebhookDelivery: { needs: 'webhooks.manage', args: (s) => `(id: "${s.unknown}")` },
  replayFailedWebhookDeliveries: { needs: 'webhooks.manage', args: (s) => `(webhook: "${s.unknown}")` },
  saveConsentPurpose: { needs: 'privacy.manage', args: () => `(input: { key: "attack", labels: ${labels}, needsConsent: false })` },
  saveRetention: { needs: 'privacy.manage', args: () => '(kind: "contact", months: 1, mode: ERASE)' },
  erasePerson: { needs: 'privacy.manage', args: (s) => `(object: "contact", id: "${s.record('contact')}", confirm: "Attack")` },
  saveCompletenessRule: { needs: 'settings.manage', args: () => '(clientKind: "person", kinds: [])' },
  startImport: { needs: 'import.run', args: (s) => `(upload: "${s.unknown}", mapping: { object: "client" })` },
  cancelImport: { needs: 'import.run', args: (s) => `(id: "${s.unknown}")` },
}

const pascal = (name: string): string => name[0]!.toUpperCase() + name.slice(1)

/** The names that the objects above give the schema. */
export function generatedNames(): { queries: string[], mutations: string[], subscriptions: string[] } {
  const objects = Object.entries(OBJECTS)
  return {
    queries: objects.flatMap(([name, { plural }]) => [name, plural, `${name}Aggregate`]),
    mutations: objects.filter(([, o]) => !o.part).flatMap(([name, { plural }]) => ['create', 'update', 'archive', 'restore', 'delete'].flatMap((verb) => [verb + pascal(name), verb + pascal(plural)])),
    subscriptions: objects.filter(([, o]) => !o.part).map(([name]) => `${name}Changed`),
  }
}
