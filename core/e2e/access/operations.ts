/**
 * Every operation of the API, and how the walk goes over it. An operation that is not here fails the test: whoever adds one
 * says here how it is kept from telling what the caller may not know.
 */

/** Objects whose generated operations (`x`, `xs`, `xAggregate`, `createX` …, `xChanged`) are walked over planted records. */
const OBJECTS: Operations['objects'] = {
  user: { plural: 'users', target: 'jobTitle' }, team: { plural: 'teams', target: 'note' }, product: { plural: 'products', target: 'unit' }, client: { plural: 'clients', target: 'industry' }, contact: { plural: 'contacts', target: 'hobbies' },
  clientContact: { plural: 'clientContacts', part: true }, contactPoint: { plural: 'contactPoints', part: true }, clientAddress: { plural: 'clientAddresses', part: true },
  clientBankAccount: { plural: 'clientBankAccounts', part: true }, order: { plural: 'orders', target: 'subject' }, orderLine: { plural: 'orderLines', part: true },
  orderProblem: { plural: 'orderProblems', part: true }, xGadget: { plural: 'xGadgets', target: 'name' }, xBolt: { plural: 'xBolts', part: true }, probeNote: { plural: 'probeNotes', target: 'text' },
  timelineEntry: { plural: 'timelineEntries', target: 'text' }, timelineMention: { plural: 'timelineMentions', part: true }, file: { plural: 'files', target: 'name' },
  task: { plural: 'tasks', target: 'title' }, taskWatcher: { plural: 'taskWatchers', part: true }, taskParticipant: { plural: 'taskParticipants', part: true },
  absence: { plural: 'absences', target: 'note' }, intakeItem: { plural: 'intakeItems', target: 'person' }, intakePoint: { plural: 'intakePoints', part: true }, intakeValue: { plural: 'intakeValues', part: true }, intakeOffer: { plural: 'intakeOffers', part: true },
  consent: { plural: 'consents', target: 'source' },
  taskStep: { plural: 'taskSteps', part: true }, taskReminder: { plural: 'taskReminders', part: true },
}

/** What the templates below may be filled with. */
export interface Samples { record(object: string): string, saved(table: 'view' | 'segment'): string, set(): string, user(): string, team(): string, role(): string, pipeline(): string, unknown: string }

/**
 * `once`: one document; `records`: one for each planted record, or each of the object `of`; `sets`: for each change set; `others`: for a
 * few ids, those of a private view and segment of the administrator among them. `{…}` of the type is generated. `also`: further
 * arguments to ask with, once each.
 */
export type Walk = { over: 'once' | 'records' | 'sets' | 'others' | 'users' | 'teams', of?: string, args: string, also?: string[] }

/** Planted beside the records: pairs of duplicates of what different people see, a hand-over, and a request on a record of a stranger. */
export const PLANTED_PAIRS = [1, 2, 3, 4].map((n) => `01900000-0000-7000-8000-00000000000${n}`)
export const PLANTED_APPROVAL = '01900000-0000-7000-8000-0000000000bb'
export const PLANTED_HAND_OVER = '01900000-0000-7000-8000-0000000000aa'

const QUERIES: Record<string, Walk> = {
  objects: { over: 'once', args: '' },
  object: { over: 'once', args: '(name: "client")' },
  pipelines: { over: 'once', args: '' },
  stageApprovals: { over: 'once', args: '', also: ['(shelf: ASKED, first: 200)'] },
  stageApproval: { over: 'records', args: '(object: "$object", id: "$id")' },
  timeline: { over: 'records', args: '(object: "$object", id: "$id", first: 200)' },
  timelineKinds: { over: 'once', args: '' },
  changeSets: { over: 'records', args: '(object: "$object", record: "$id", first: 100)', also: ['(first: 50)', '(configuration: true, first: 200)', '(object: "client", configuration: false, first: 50)'] },
  changeSet: { over: 'sets', args: '(id: "$id")' },
  fieldHistory: { over: 'records', args: '(object: "$object", id: "$id", field: "$field")' },
  stageHistory: { over: 'records', args: '(object: "$object", id: "$id")' },
  stageTimes: { over: 'records', args: '(object: "$object", id: "$id")' },
  roles: { over: 'once', args: '' },
  capabilities: { over: 'once', args: '' },
  explainAccess: { over: 'records', args: '(object: "$object", id: "$id", user: "$user")' },
  shares: { over: 'records', args: '(object: "$object", id: "$id")' },
  teamMembers: { over: 'teams', args: '(team: "$id")' },
  teamMemberships: { over: 'once', args: '' },
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
  pluginPackages: { over: 'once', args: '' },
  pluginLog: { over: 'once', args: '(id: "probe")' },
  pluginFetch: { over: 'others', args: '(id: "$id")' },
  pluginUpdate: { over: 'once', args: '(id: "probe")' },
  planPlugin: { over: 'others', args: '(upload: "$id")' },
  planPluginRemoval: { over: 'once', args: '(id: "probe")' },
  fileStorages: { over: 'once', args: '' },
  documentTemplates: { over: 'records', args: '(object: "$object", id: "$id")' },
  bookkeepingStates: { over: 'records', args: '(object: "$object", id: "$id")' },
  bookkeepingExchanges: { over: 'once', args: '' },
  bookkeepingRuns: { over: 'once', args: '(plugin: "probe", exchange: "main")' },
  bookkeepingLines: { over: 'once', args: '(plugin: "probe", exchange: "main", run: "1")', also: ['(plugin: "probe", exchange: "main", run: "1", outcomes: [REFUSED, CONFLICT], first: 100)'] },
  hiddenObjects: { over: 'once', args: '' },
  pendingModelChanges: { over: 'once', args: '' },
  imports: { over: 'once', args: '' },
  import: { over: 'others', args: '(id: "$id")' },
  uploadPreview: { over: 'others', args: '(upload: "$id")' },
  exportColumns: { over: 'once', args: '(object: "client")', also: ['(object: "order")', '(object: "orderLine")', '(object: "xGadget")'] },
  importTargets: { over: 'once', args: '(object: "client")', also: ['(object: "order")', '(object: "xGadget")'] },
  suggestImport: { over: 'others', args: '(upload: "$id", object: "client")' },
  importTemplates: { over: 'once', args: '' },
  fieldTypeChanges: { over: 'once', args: '(object: "client")' },
  taskCounters: { over: 'once', args: '' },
  myCalendarLink: { over: 'once', args: '' },
  automationRules: { over: 'once', args: '' },
  automationRule: { over: 'others', args: '(id: "$id")' },
  automationRuns: { over: 'once', args: '' },
  rehearseAutomation: { over: 'once', args: '(input: { name: "Attack", object: "client", trigger: { on: "created" }, actions: [{ do: "note", text: "{name} {territory}" }] }, first: 50)' },
  automationRecipes: { over: 'once', args: '' },
  automationOffers: { over: 'once', args: '' },
  pluginEvents: { over: 'once', args: '' },
  notifications: { over: 'once', args: '(first: 100)', also: ['(first: 3, unread: true)'] },
  unreadNotifications: { over: 'once', args: '' },
  myNotificationSettings: { over: 'once', args: '' },
  savedViews: { over: 'once', args: '(object: "client")', also: ['(object: "order")', '(object: "xGadget")'] },
  segments: { over: 'once', args: '', also: ['(object: "client")'] },
  segment: { over: 'others', args: '(id: "$id")' },
  shownByFormula: { over: 'once', args: '(object: "client", values: {})', also: ['(object: "order", values: { subject: "x" })'] },
  filterCount: { over: 'once', args: '(object: "client", filter: { name: { isNull: false } }, exact: true)', also: [
    '(object: "client", filter: { custom: { hush: { isNull: false } } })', '(object: "client", filter: { orders: { sum: [{ field: "margin", gt: "1" }] } })', '(object: "order", filter: { client: { orders: { count: { gt: 1 } } } })',
  ] },
  workingTime: { over: 'once', args: '' },
  intakeChannels: { over: 'once', args: '' },
  intakeCounters: { over: 'once', args: '' },
  intakeProposal: { over: 'records', args: '(id: "$id")' },
  intakeRaw: { over: 'records', args: '(id: "$id")' },
  intakeDecisions: { over: 'records', args: '(id: "$id")' },
  intakeConversion: { over: 'once', args: '(from: "2000-01-01T00:00:00Z", to: "2200-01-01T00:00:00Z")', also: ['(from: "2000-01-01T00:00:00Z", to: "2200-01-01T00:00:00Z", groupBy: OWNER)'] },
  intakeSettings: { over: 'once', args: '' },
  possibleDuplicates: {
    over: 'once', args: '(object: "client", input: { contactPoints: [{ kind: "phone", value: "+358401112222" }] })',
    also: ['(object: "contact", input: { contactPoints: [{ kind: "phone", value: "+358401112222" }] })'],
  },
  duplicatePairs: { over: 'records', args: '(object: "client", record: "$id")', also: ['(object: "client", first: 200)', '(object: "client", strength: STRONG, first: 1)', '(object: "client", dismissed: true)', '(object: "contact")'] },
  previewMerge: { over: 'records', args: '(object: "$object", winner: "$id", loser: "$user")' },
  previewMerges: { over: 'once', args: `(pairs: [${PLANTED_PAIRS.map((id) => `"${id}"`).join(' ')}])` },
  merges: { over: 'records', args: '(object: "client", record: "$id")', also: ['(object: "client")'] },
  duplicateScans: { over: 'once', args: '' },
  duplicateSettings: { over: 'once', args: '' },
  substitutions: { over: 'users', args: '(user: "$id")', also: ['(user: null)'] },
  handOverObjects: { over: 'users', args: '(user: "$id")' },
  previewHandOver: { over: 'users', args: '(input: { from: "$id", objects: [{ object: "client" }, { object: "order", openOnly: true }, { object: "task" }], conditions: [{ object: "client", filter: { territory: { isNull: false } }, to: "$id" }] })' },
  handOverLetters: { over: 'once', args: '' },
  handOvers: { over: 'once', args: '' },
  handOver: { over: 'once', args: `(id: "${PLANTED_HAND_OVER}")` },
  webhooks: { over: 'once', args: '' },
  webhook: { over: 'others', args: '(id: "$id")' },
  webhookDeliveries: { over: 'others', args: '(webhook: "$id")' },
  consentPurposes: { over: 'once', args: '' },
  contactPermissions: { over: 'records', args: '(object: "$object", id: "$id")' },
  erasurePlan: { over: 'records', args: '(object: "$object", id: "$id")' },
  privacyLog: { over: 'once', args: '' },
  retention: { over: 'once', args: '' },
  retentionProposals: { over: 'once', args: '(kind: "contact")' },
  completenessKinds: { over: 'once', args: '' },
  completenessReport: { over: 'once', args: '', also: ['(kinds: ["phone", "email", "industry", "territory", "custom.aText"], groupBy: TEAM, staleDays: 30)'] },
  completenessRows: { over: 'once', args: '(first: 100)' },
  ownerReport: { over: 'once', args: '(from: "2026-01-01", to: "2027-12-31", first: 200)', also: ['(from: "2026-11-01", to: "2026-11-30")'] },
  workPeople: { over: 'once', args: '' },
  workReport: { over: 'once', args: '(from: "2026-11-01", to: "2026-11-30")' },
  stageReport: { over: 'once', args: '(object: "order")', also: ['(object: "order", workingTime: true, from: "2020-01-01", to: "2030-01-01")', '(object: "order", filter: { client: { territory: { isNull: false } } })'] },
  stageReportRecords: { over: 'once', args: '(object: "order", first: 200)', also: ['(object: "order", workingTime: true)'] },
  probeAnswer: { over: 'once', args: '' },
}

/**
 * Mutations that are not of one object. `needs`: the capability without which they are refused. `own`: of the caller's own
 * account, nothing of others in reach. `records`: on records that the caller does not see; refused as if they did not exist, each by itself where
 * the answer is that of a bulk.
 */
export type Attack = { needs: string, args: (s: Samples) => string } | { records: true, bulk?: true, args: (s: Samples) => string } | { own: true }

const labels = '{ en: "Attack" }'
const MUTATIONS: Record<string, Attack> = {
  createObject: { needs: 'model.manage', args: () => `(input: { name: "attack", plural: "attacks", labels: ${labels}, labelsPlural: ${labels} })` },
  updateObject: { needs: 'model.manage', args: () => `(name: "client", input: { labels: ${labels} })` },
  hideObject: { needs: 'model.manage', args: () => '(name: "client")' },
  restoreObject: { needs: 'model.manage', args: () => '(name: "client")' },
  createField: { needs: 'model.manage', args: () => `(object: "client", input: { name: "attack", type: text, labels: ${labels} })` },
  planFieldChange: { needs: 'model.manage', args: () => '(object: "client", field: "custom.aText", input: { maxLength: 1 })' },
  updateField: { needs: 'model.manage', args: () => `(object: "client", field: "custom.aText", input: { labels: ${labels} })` },
  addOption: { needs: 'model.manage', args: () => '(object: "client", field: "lifecycle", label: "Attack")' },
  hideField: { needs: 'model.manage', args: () => '(object: "client", field: "custom.aText")' },
  restoreField: { needs: 'model.manage', args: () => '(object: "client", field: "custom.aText")' },
  deleteField: { needs: 'model.manage', args: () => '(object: "client", field: "custom.aText", confirm: "aText")' },
  createPipeline: { needs: 'pipelines.manage', args: () => `(input: { object: "order", key: "attack", labels: ${labels}, stages: [{ key: "a", labels: ${labels}, kind: OPEN }] })` },
  updatePipeline: { needs: 'pipelines.manage', args: (s) => `(id: "${s.pipeline()}", version: 1, input: { object: "order", key: "attack", labels: ${labels}, stages: [{ key: "a", labels: ${labels}, kind: OPEN }] })` },
  requestStageApproval: { records: true, args: (s) => `(object: "order", id: "${s.record('order')}", stage: "${s.unknown}")` },
  decideStageApproval: { records: true, args: () => `(id: "${PLANTED_APPROVAL}", approve: true)` },
  withdrawStageApproval: { records: true, args: () => `(id: "${PLANTED_APPROVAL}")` },
  createTasksAbout: { records: true, bulk: true, args: (s) => `(object: "client", ids: ["${s.record('client')}"], input: { title: "Attack", kind: "call" })` },
  revertChangeSet: { records: true, args: (s) => `(id: "${s.set()}")` },
  stopRevert: { records: true, args: (s) => `(id: "${s.set()}")` },
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
  addPlugin: { needs: 'plugins.manage', args: (s) => `(upload: "${s.unknown}")` },
  enablePlugin: { needs: 'plugins.manage', args: () => '(id: "nobody")' },
  disablePlugin: { needs: 'plugins.manage', args: () => '(id: "nobody")' },
  removePlugin: { needs: 'plugins.manage', args: () => '(id: "nobody", data: keep)' },
  checkPluginSettings: { needs: 'plugins.manage', args: () => '(plugin: "probe", values: {})' },
  releasePlugin: { needs: 'plugins.manage', args: () => '(id: "probe")' },
  mergeRecords: { records: true, args: (s) => `(object: "client", winner: "${s.record('client')}", loser: "${s.unknown}")` },
  undoMerge: { records: true, args: (s) => `(id: "${s.unknown}")` },
  mergePairs: { records: true, args: () => `(pairs: ["${PLANTED_PAIRS[0]}"], mark: "guessed")` },
  undoMerges: { records: true, args: (s) => `(bulk: "${s.unknown}")` },
  dismissDuplicate: { records: true, args: () => `(pair: "${PLANTED_PAIRS[0]}")` },
  reopenDuplicate: { records: true, args: () => `(pair: "${PLANTED_PAIRS[0]}")` },
  scanDuplicates: { needs: 'settings.manage', args: () => '(object: "client")' },
  updateDuplicateSettings: { needs: 'settings.manage', args: () => '(input: { autoMerge: true })' },
  startSubstitution: { needs: 'users.manage', args: (s) => `(input: { absent: "${s.user()}", substitute: "${s.unknown}", from: "2120-01-01T00:00:00Z", until: "2120-01-02T00:00:00Z" })` },
  endSubstitution: { needs: 'users.manage', args: (s) => `(id: "${s.unknown}")` },
  startHandOver: { needs: 'handover.run', args: (s) => `(input: { from: "${s.user()}", objects: [{ object: "client" }], to: ["${s.user()}"] })` },
  undoHandOver: { needs: 'handover.run', args: () => `(id: "${PLANTED_HAND_OVER}")` },
  cancelHandOver: { needs: 'handover.run', args: () => `(id: "${PLANTED_HAND_OVER}")` },
  attachFile: { records: true, args: (s) => `(subject: { object: "client", id: "${s.record('client')}" }, upload: "${s.unknown}")` },
  addFileVersion: { records: true, args: (s) => `(file: "${s.record('file')}", upload: "${s.unknown}")` },
  restoreFileVersion: { records: true, args: (s) => `(file: "${s.record('file')}", version: 1)` },
  makeDocument: { records: true, args: (s) => `(object: "client", id: "${s.record('client')}", plugin: "probe", template: "sheet")` },
  sendToBookkeeping: { needs: 'bookkeeping.exchange', args: (s) => `(object: "client", id: "${s.record('client')}", plugin: "probe", exchange: "main")` },
  createAutomationRule: { needs: 'automation.manage', args: () => '(input: { name: "Attack", object: "client", trigger: { on: "created" }, actions: [{ do: "note", text: "x" }] })' },
  updateAutomationRule: { needs: 'automation.manage', args: (s) => `(id: "${s.unknown}", version: 1, input: { name: "Attack", object: "client", trigger: { on: "created" }, actions: [{ do: "note", text: "x" }] })` },
  deleteAutomationRule: { needs: 'automation.manage', args: (s) => `(id: "${s.unknown}")` },
  restoreAutomationRule: { needs: 'automation.manage', args: (s) => `(id: "${s.unknown}")` },
  retryAutomationRun: { needs: 'automation.manage', args: (s) => `(id: "${s.unknown}")` },
  markNotifications: { own: true }, saveNotificationSettings: { own: true },
  createSavedView: { needs: 'views.share', args: () => '(object: "client", input: { name: "Attack", sharing: { everybody: true } })' },
  updateSavedView: { records: true, args: (s) => `(id: "${s.saved('view')}", version: 1, input: { name: "Attack" })` },
  deleteSavedView: { records: true, args: (s) => `(id: "${s.saved('view')}")` },
  restoreSavedView: { records: true, args: (s) => `(id: "${s.saved('view')}")` },
  setDefaultView: { records: true, args: (s) => `(object: "client", view: "${s.saved('view')}")` },
  createSegment: { needs: 'views.share', args: () => '(object: "client", input: { name: "Attack", filter: { name: { isNull: false } }, sharing: { everybody: true } })' },
  updateSegment: { records: true, args: (s) => `(id: "${s.saved('segment')}", version: 1, input: { name: "Attack" })` },
  deleteSegment: { records: true, args: (s) => `(id: "${s.saved('segment')}")` },
  restoreSegment: { records: true, args: (s) => `(id: "${s.saved('segment')}")` },
  updateWorkingTime: { needs: 'settings.manage', args: () => '(version: "", input: { holidays: "NONE" })' },
  updateIntakeSettings: { needs: 'intake.manage', args: () => '(version: "20200101000000000000", input: { forms: [] })' },
  receiveIntake: { needs: 'intake.receive', args: () => '(input: { channel: "api", text: "attack" })' },
  acceptIntake: { records: true, args: (s) => `(id: "${s.record('intakeItem')}", input: { clientValues: { name: "attack" } })` },
  linkIntake: { records: true, args: (s) => `(id: "${s.record('intakeItem')}", client: "${s.record('client')}")` },
  declineIntake: { records: true, args: (s) => `(id: "${s.record('intakeItem')}", reason: "other")` },
  markIntakeSpam: { records: true, args: (s) => `(id: "${s.record('intakeItem')}")` },
  takeIntake: { records: true, args: (s) => `(id: "${s.record('intakeItem')}")` },
  reopenIntake: { records: true, args: (s) => `(id: "${s.record('intakeItem')}")` },
  answerIntake: { records: true, args: (s) => `(id: "${s.record('intakeItem')}")` },
  planFieldType: { needs: 'model.manage', args: () => '(object: "client", field: "custom.aText", input: { type: integer })' },
  changeFieldType: { needs: 'model.manage', args: () => '(object: "client", field: "custom.aText", input: { type: integer, emptyFailing: true })' },
  stopModelChange: { needs: 'model.manage', args: (s) => `(id: "${s.unknown}")` },
  continueModelChange: { needs: 'model.manage', args: (s) => `(id: "${s.unknown}")` },
  cancelModelChange: { needs: 'model.manage', args: (s) => `(id: "${s.unknown}")` },
  cancelFieldType: { needs: 'model.manage', args: (s) => `(id: "${s.unknown}")` },
  undoFieldType: { needs: 'model.manage', args: (s) => `(id: "${s.unknown}")` },
  prepareExport: { needs: 'export.run', args: () => '(input: { object: "client", columns: ["name"] })' },
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
  saveImportTemplate: { needs: 'import.run', args: () => '(name: "Attack", mapping: { object: "client", fields: { name: "a" } })' },
  deleteImportTemplate: { needs: 'import.run', args: (s) => `(id: "${s.unknown}")` },
  cancelImport: { needs: 'import.run', args: (s) => `(id: "${s.unknown}")` },
}

/** Subscriptions that are not of one object: of the caller's own account. */
const SUBSCRIPTIONS = ['unreadNotificationsChanged']

/** A part of the schema, with all that is to be known to walk over it. */
export interface Operations {
  objects: Record<string, { plural: string, part?: true, /** A field of text to overwrite. */ target?: string }>
  queries: Record<string, Walk>
  mutations: Record<string, Attack>
  subscriptions: readonly string[]
}
/** What the core has, with the plugin of the test and a custom object. */
export const CORE: Operations = { objects: OBJECTS, queries: QUERIES, mutations: MUTATIONS, subscriptions: SUBSCRIPTIONS }

const pascal = (name: string): string => name[0]!.toUpperCase() + name.slice(1)

/** The names that these operations give the schema, those of their objects included. */
export function namesOf(all: readonly Operations[]): { queries: string[], mutations: string[], subscriptions: string[] } {
  const objects = all.flatMap((one) => Object.entries(one.objects))
  return {
    queries: [...new Set([...objects.flatMap(([name, { plural }]) => [name, plural, `${name}Aggregate`]), ...all.flatMap((one) => Object.keys(one.queries))])].sort(),
    mutations: [...objects.filter(([, o]) => !o.part).flatMap(([name, { plural }]) => ['create', 'update', 'archive', 'restore', 'delete'].flatMap((verb) => [verb + pascal(name), verb + pascal(plural)])), ...all.flatMap((one) => Object.keys(one.mutations))].sort(),
    subscriptions: [...objects.filter(([, o]) => !o.part).map(([name]) => `${name}Changed`), ...all.flatMap((one) => one.subscriptions)].sort(),
  }
}
