export const automationSdl = `
"""A rule: when something happens to a record, and a condition holds, then something is done. See docs/automation.md."""
type AutomationRule {
  id: ID!
  name: String!
  object: String!
  active: Boolean!
  "{ on: stageEntered, stages: [id] } and the like."
  trigger: JSON!
  "A filter of the object; beside it or alone a \`formula\` that gives yes or no."
  condition: JSON
  "[{ do: createTask, … }]"
  actions: [JSON!]!
  version: Int!
  "Why the clock could not look for the rule's records, the last time. Null: it could, or the rule waits for events."
  problem: String
  "Of the last 30 days."
  runs: AutomationRunCount!
}
type AutomationRunCount { done: Int! failed: Int! stopped: Int! last: DateTime }
enum AutomationRunState { DONE FAILED STOPPED RUNNING }
"""One run of a rule for one record. STOPPED: it came from itself (circle), the chain of rules was too long (chain), it came too often (often), or its condition no longer held when it was tried again (condition)."""
type AutomationRun {
  id: ID!
  rule: ID!
  object: String!
  record: ID!
  "Null where the reader may not see the record."
  title: String
  "The event or the kind of trigger that caused it."
  cause: String!
  state: AutomationRunState!
  attempts: Int!
  "What each action did. Of a run that failed the last one has an \`error\`, and all before it were taken back."
  steps: [JSON!]!
  error: String
  "What it changed; can be undone as any change set."
  changeSet: ID
  at: DateTime!
}
type AutomationRunPage { nodes: [AutomationRun!]! hasNextPage: Boolean! endCursor: String }
"""What a rule would do to one record. \`meets\` false: the condition does not hold."""
type AutomationRehearsal { record: ID! title: String meets: Boolean! steps: [JSON!]! error: String }
"Records that the rule would change, the newest first. Of given records also those that do not meet its condition."
type AutomationRehearsals {
  nodes: [AutomationRehearsal!]!
  "Only records for which the trigger came in the last days. False: of such events nothing is kept, or records were given."
  byTrigger: Boolean!
  total: Total!
  pageInfo: PageInfo!
}
type AutomationRecipe { key: String! name: String! help: String! rule: JSON! }
"An action that a plugin offers to rules."
type AutomationOffer { key: String! label: String! object: String input: JSON }
"An event of a plugin, by the name that rules and webhooks listen to."
type PluginEvent { name: String! label: String! plugin: ID! }
input AutomationRuleInput {
  name: String!
  object: String!
  active: Boolean = false
  trigger: JSON!
  condition: JSON
  actions: [JSON!]!
}
extend type Query {
  automationRules: [AutomationRule!]!
  automationRule(id: ID!): AutomationRule
  automationRuns(rule: ID, state: AutomationRunState, first: Int = 50, after: String): AutomationRunPage!
  "Rehearses a rule on these records, or on those for which its trigger came in the last days (1–366) and that meet its condition now; nothing of it is kept."
  rehearseAutomation(input: AutomationRuleInput!, records: [ID!], days: Int = 30, first: Int = 10, after: String): AutomationRehearsals!
  automationRecipes: [AutomationRecipe!]!
  automationOffers: [AutomationOffer!]!
  "The own events of plugins, for who sets up rules or webhooks."
  pluginEvents: [PluginEvent!]!
}
extend type Mutation {
  createAutomationRule(input: AutomationRuleInput!): AutomationRule!
  updateAutomationRule(id: ID!, version: Int!, input: AutomationRuleInput!): AutomationRule!
  deleteAutomationRule(id: ID!): Boolean!
  "Brings a rule back from the trash, switched off."
  restoreAutomationRule(id: ID!): AutomationRule!
  "Tries a failed run again. The rule must be switched on."
  retryAutomationRun(id: ID!): Boolean!
}
`
