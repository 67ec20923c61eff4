import { createRouter, createWebHistory } from 'vue-router'
import { useSession } from './accounts/session.ts'
import { whenSignedOut } from './graphql/client.ts'
import { useTexts } from './i18n/index.ts'
import { settingsPages } from './settings/pages.ts'

const authPages = [
  { path: '/setup', name: 'setup', component: () => import('./accounts/SetupPage.vue') },
  { path: '/sign-in', name: 'sign-in', component: () => import('./accounts/SignInPage.vue') },
  { path: '/reset-request', name: 'reset-request', component: () => import('./accounts/ResetRequestPage.vue') },
  { path: '/reset', name: 'reset', component: () => import('./accounts/NewPasswordPage.vue'), props: { kind: 'reset' } },
  { path: '/invitation', alias: '/accept-invitation', name: 'invitation', component: () => import('./accounts/NewPasswordPage.vue'), props: { kind: 'invitation' } },
].map(page => ({ ...page, meta: { open: true, texts: ['auth'] } }))

const settingsRoutes = [
  { path: '', redirect: () => settingsPages.find(page => !page.capability || useSession().can(page.capability))?.to ?? '/account' },
  { path: 'objects', component: () => import('./settings/objects/ObjectsPage.vue') },
  { path: 'objects/:name', component: () => import('./settings/objects/ObjectPage.vue'), props: true },
  { path: 'pipelines', component: () => import('./settings/pipelines/PipelinesPage.vue') },
  { path: 'pipelines/:id', component: () => import('./settings/pipelines/PipelinePage.vue'), props: true },
  { path: 'users', component: () => import('./settings/users/UsersPage.vue') },
  { path: 'roles', component: () => import('./settings/roles/RolesPage.vue') },
  { path: 'privacy', component: () => import('./privacy/PrivacyPage.vue'), meta: { texts: ['privacy'] } },
  { path: 'company', component: () => import('./settings/company/CompanyPage.vue') },
  { path: 'changes', component: () => import('./settings/changes/ChangesPage.vue') },
  { path: 'system', component: () => import('./settings/system/SystemPage.vue') },
]

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    ...authPages,
    {
      path: '/', name: 'app', component: () => import('./shell/AppShell.vue'),
      children: [
        { path: '', name: 'home', component: () => import('./shell/HomePage.vue') },
        { path: 'account', name: 'account', component: () => import('./settings/account/AccountPage.vue'), meta: { texts: ['settings', 'auth'] } },
        { path: 'settings', component: () => import('./settings/SettingsLayout.vue'), meta: { texts: ['settings', 'auth'] }, children: settingsRoutes },
        { path: 'reports', name: 'reports', component: () => import('./reports/ReportsPage.vue'), meta: { texts: ['reports'] } },
        { path: 'tasks/day', name: 'day', component: () => import('./tasks/DayPage.vue') },
        { path: ':plural', component: () => import('./records/ObjectView.vue'), props: route => ({ plural: route.params.plural, view: 'list' }) },
        { path: ':plural/board', component: () => import('./records/ObjectView.vue'), props: route => ({ plural: route.params.plural, view: 'board' }) },
        { path: ':plural/new', component: () => import('./records/ObjectView.vue'), props: route => ({ plural: route.params.plural, view: 'create' }) },
        { path: ':plural/:id', component: () => import('./records/ObjectView.vue'), props: route => ({ plural: route.params.plural, view: 'card', id: route.params.id }) },
        { path: ':path(.*)*', component: () => import('./shell/NotFound.vue') },
      ],
    },
  ],
})

declare module 'vue-router' {
  interface RouteMeta {
    /** Needs no sign-in. */
    open?: boolean
    /** Rooms whose texts the page needs, see `i18n`. */
    texts?: string[]
  }
}

router.beforeResolve(to => useTexts(to.matched.flatMap(route => route.meta.texts ?? [])))

router.beforeEach((to) => {
  const { status } = useSession()
  if (to.meta.open) return true
  if (status.value?.setupNeeded) return '/setup'
  return status.value?.signedIn === false ? { path: '/sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } } : true
})

whenSignedOut(() => {
  if (router.currentRoute.value.meta.open) return
  location.assign(`/sign-in?to=${encodeURIComponent(router.currentRoute.value.fullPath)}`)
})
