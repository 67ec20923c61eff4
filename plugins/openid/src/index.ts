import { definePlugin } from '@kartotek/sdk'
import { identityProvider } from '@kartotek/sdk/contracts'
import { OpenIdProvider } from './provider.ts'
import { settings } from './settings.ts'

/** People sign in with the account that they have at the company: Keycloak, Microsoft Entra, Google Workspace, Authentik … */
export default definePlugin({
  id: 'openid',
  version: '1.0.0',
  compat: { sdk: '^0.1' },
  label: { en: 'OpenID Connect', ru: 'OpenID Connect', uk: 'OpenID Connect', fi: 'OpenID Connect' },
  settings,
  outbound: ['{settings.issuer}', '{settings.otherHost}', 'https://oauth2.googleapis.com', 'https://www.googleapis.com', 'https://openidconnect.googleapis.com'],
  provides: [identityProvider.by((ctx) => ctx.get(OpenIdProvider))],
})
