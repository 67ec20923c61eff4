/** The part of the API that is about accounts: yourself, and for `users.manage` the others. */
export const typeDefs = /* GraphQL */ `
  extend type Query {
    "The signed-in person."
    me: AccountMe!
    "Where you are signed in, the latest used first."
    mySessions: [AccountSession!]!
    "Your API tokens, revoked and expired ones included."
    myTokens: [AccountToken!]!
    "What a person's account is like. Needs users.manage."
    accountOf(user: ID!): Account!
    "The accounts of up to 200 people at once, for a list; who does not exist is left out. Needs users.manage."
    accountsOf(users: [ID!]!): [Account!]!
    "Where a person is signed in. Needs users.manage."
    userSessions(user: ID!): [AccountSession!]!
    "A person's API tokens. Needs users.manage."
    userTokens(user: ID!): [AccountToken!]!
    "Links that were not mailed and wait to be handed over. Needs users.manage; links of administrators are seen by administrators only."
    resetLinks: [AccountOpenLink!]!
    "Sign-ins, refusals and changes of accounts, the latest first. Needs audit.read."
    accessLog(
      user: ID
      "For example sign_in_denied."
      kind: String
      "Only entries before this time, for the next page."
      before: DateTime
      "1–200."
      first: Int = 50
    ): [AccountLogEntry!]!
  }

  extend type Mutation {
    "Changes your own name or language (ru, uk, fi, en)."
    updateMe(name: String, locale: String): AccountMe!
    "Changes your password and ends your other sessions."
    changePassword(currentPassword: String!, newPassword: String!): Boolean!
    "Ends one of your sessions at once."
    revokeSession(id: ID!): Boolean!
    "Ends all of your sessions but this one; says how many."
    revokeOtherSessions: Int!
    "Begins switching on the second factor: show the secret to an authenticator app, then confirm with its code."
    startTotp(password: String!): AccountTotpStart!
    "Switches the second factor on, ends your other sessions and gives recovery codes, shown this once."
    confirmTotp(code: String!): AccountRecoveryCodes!
    "Makes new recovery codes; the old ones end."
    renewRecoveryCodes(password: String!): AccountRecoveryCodes!
    "Switches the second factor off and ends your other sessions."
    disableTotp(password: String!): Boolean!
    "Makes an API token of yours. The secret is shown this once."
    createToken(input: AccountTokenInput!): AccountNewToken!
    "Ends one of your API tokens at once."
    revokeToken(id: ID!): Boolean!

    "Creates a person, or takes one whose record exists, and mails a link for setting the password, or returns it. Needs users.manage."
    inviteUser(input: AccountInvitation!): AccountLink!
    "A link for setting a new password; mailed, or returned to hand over. Needs users.manage."
    makeResetLink(user: ID!): AccountLink!
    "Locks a person out: sessions, API tokens and links end at once. The last administrator cannot be deactivated. Needs users.manage."
    deactivateUser(user: ID!): Boolean!
    "Lets a person in again. Needs users.manage."
    activateUser(user: ID!): Boolean!
    "Ends all sessions of a person; says how many. Needs users.manage."
    endUserSessions(user: ID!): Int!
    "Ends an API token of a person at once. Needs users.manage."
    revokeUserToken(user: ID!, id: ID!): Boolean!
    "For who lost the second factor and the recovery codes; ends all sessions. Needs users.manage."
    switchOffUserTotp(user: ID!): Boolean!
    "Gives a person exactly these roles. Nobody can give a role that grants more than they have. Needs users.manage."
    setUserRoles(user: ID!, roles: [ID!]!): Boolean!
  }

  type AccountMe {
    id: ID!
    name: String!
    email: String!
    "ru, uk, fi or en."
    locale: String!
    roles: [AccountRole!]!
    "What you may do besides records, for example users.manage."
    capabilities: [String!]!
    twoFactorEnabled: Boolean!
    "Unused recovery codes."
    recoveryCodesLeft: Int!
    "False over plain http: passwords and cookies can be read on the way."
    secureConnection: Boolean!
  }

  type AccountRole {
    id: ID!
    key: String!
    "In your language."
    name: String!
  }

  type Account {
    userId: ID!
    "Has set a password."
    hasPassword: Boolean!
    "May sign in."
    active: Boolean!
    twoFactorEnabled: Boolean!
    "False for administrators, where you are none: you see the account but cannot change it."
    manageable: Boolean!
    "Latest use of a session; null where there is none."
    lastSeenAt: DateTime
    roles: [AccountRole!]!
  }

  type AccountSession {
    id: ID!
    "The session of this request."
    current: Boolean!
    createdAt: DateTime!
    lastSeenAt: DateTime!
    "When it ends however busy it is. Idle sessions end after 14 days."
    expiresAt: DateTime!
    ip: String
    userAgent: String
  }

  type AccountToken {
    id: ID!
    name: String!
    "Its last four characters."
    hint: String!
    "Null: all roles that the person has at the time of use."
    roles: [AccountRole!]
    "Null: all that the roles grant."
    narrowedTo: AccountNarrowing
    createdAt: DateTime!
    expiresAt: DateTime!
    "To the minute."
    lastUsedAt: DateTime
    revokedAt: DateTime
  }

  "What is left of the rights of a person."
  type AccountNarrowing {
    "\`*\` stands for all objects that are not named. Parts follow their whole."
    objects: [AccountNarrowedObject!]!
    capabilities: [String!]!
  }

  type AccountNarrowedObject {
    object: String!
    actions: [AccountAction!]!
  }

  "DELETE is the trash; archiving is UPDATE."
  enum AccountAction {
    READ
    CREATE
    UPDATE
    DELETE
  }

  type AccountNewToken {
    token: AccountToken!
    "Send it as \`Authorization: Bearer kt_…\`. It cannot be shown again."
    secret: String!
  }

  type AccountTotpStart {
    "Base32, for typing in by hand."
    secret: String!
    "otpauth:// address, for a QR code."
    uri: String!
  }

  type AccountRecoveryCodes {
    "Each works once, instead of a code of the app."
    recoveryCodes: [String!]!
  }

  type AccountLink {
    userId: ID!
    mailed: Boolean!
    "Null where it was mailed."
    link: String
    expiresAt: DateTime!
  }

  enum AccountLinkKind {
    INVITATION
    RESET
  }

  type AccountOpenLink {
    id: ID!
    userId: ID!
    name: String!
    email: String!
    kind: AccountLinkKind!
    link: String!
    createdAt: DateTime!
    expiresAt: DateTime!
  }

  type AccountLogEntry {
    id: ID!
    at: DateTime!
    kind: String!
    userId: ID
    ip: String
    detail: JSON!
  }

  input AccountTokenInput {
    "What it is for."
    name: String!
    "A subset of your roles. Default: all that you have at the time of use."
    roles: [ID!]
    "Leaves of these rights only what is named; nothing is added. Default: all of them."
    narrowedTo: AccountNarrowingInput
    "1–3650."
    days: Int = 365
  }

  input AccountNarrowingInput {
    "READ goes with every other action."
    objects: [AccountNarrowedObjectInput!]!
    "Never access.manage or users.manage."
    capabilities: [String!] = []
  }

  input AccountNarrowedObjectInput {
    "Name of an object that is no part of another; \`*\`: all that are not named, future ones too."
    object: String!
    actions: [AccountAction!]!
  }

  input AccountInvitation {
    name: String!
    email: String!
    "Language of the person. Default: yours."
    locale: String
    roles: [ID!]
  }
`
