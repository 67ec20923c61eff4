/** The pages of the settings; `capability` is what one needs to see one. */
export const settingsPages: { to: string, label: string, icon: string, capability?: string }[] = [
  { to: '/settings/objects', label: 'settings.objects.title', icon: 'i-lucide-shapes', capability: 'model.manage' },
  { to: '/settings/pipelines', label: 'settings.pipelines.title', icon: 'i-lucide-square-kanban', capability: 'pipelines.manage' },
  { to: '/settings/automation', label: 'automation.title', icon: 'i-lucide-zap', capability: 'automation.manage' },
  { to: '/settings/intake', label: 'settings.intake.title', icon: 'i-lucide-inbox', capability: 'intake.manage' },
  { to: '/settings/working-time', label: 'settings.working_time.title', icon: 'i-lucide-calendar-clock', capability: 'settings.manage' },
  { to: '/settings/webhooks', label: 'webhooks.title', icon: 'i-lucide-webhook', capability: 'webhooks.manage' },
  { to: '/settings/users', label: 'settings.users.title', icon: 'i-lucide-users', capability: 'users.manage' },
  { to: '/settings/hand-over', label: 'handover.title', icon: 'i-lucide-arrow-right-left', capability: 'handover.run' },
  { to: '/settings/roles', label: 'settings.roles.title', icon: 'i-lucide-shield-check', capability: 'access.manage' },
  { to: '/settings/privacy', label: 'settings.privacy.title', icon: 'i-lucide-shield-user', capability: 'privacy.manage' },
  { to: '/settings/company', label: 'settings.company.title', icon: 'i-lucide-building', capability: 'settings.manage' },
  { to: '/settings/imports', label: 'settings.imports.title', icon: 'i-lucide-file-spreadsheet', capability: 'import.run' },
  { to: '/settings/bookkeeping', label: 'bookkeeping.title', icon: 'i-lucide-landmark', capability: 'bookkeeping.exchange' },
  { to: '/settings/plugins', label: 'installed.title', icon: 'i-lucide-blocks', capability: 'plugins.manage' },
  { to: '/settings/changes', label: 'settings.changes.title', icon: 'i-lucide-history', capability: 'audit.read' },
  { to: '/settings/system', label: 'settings.system.title', icon: 'i-lucide-server' },
]
