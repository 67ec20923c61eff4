export type Trigger =
  | { on: 'created' } | { on: 'changed', fields?: string[] } | { on: 'stageEntered', stages?: string[] } | { on: 'stuck', hours?: number }
  | { on: 'date', field: string, days: number, time: string, working?: boolean, yearly?: boolean } | { on: 'schedule', every: 'day' | 'week' | 'month', day?: number, time: string } | { on: 'event', name: string }
export type Due = { minutes: number } | { days: number, time?: string }
export type Action =
  | { do: 'createTask', title: string, text?: string, kind?: 'task' | 'call' | 'meeting', priority?: 'low' | 'normal' | 'high', assignee: string, due?: Due }
  | { do: 'set', field: string, value?: unknown, expression?: string } | { do: 'assign', to: string[] } | { do: 'move', stage: string } | { do: 'note', text: string }
  | { do: 'notify', to: string[], text: string } | { do: 'webhook', webhook: string } | { do: 'plugin', action: string, input?: Record<string, unknown> }

export function newTrigger(on: Trigger['on'], dateField = ''): Trigger {
  switch (on) {
    case 'date': return { on, field: dateField, days: 0, time: '09:00' }
    case 'schedule': return { on, every: 'day', time: '09:00' }
    case 'event': return { on, name: '' }
    default: return { on }
  }
}

export function newAction(kind: Action['do']): Action {
  switch (kind) {
    case 'createTask': return { do: kind, title: '', kind: 'task', assignee: 'owner', due: { days: 1 } }
    case 'set': return { do: kind, field: '', expression: '' }
    case 'assign': return { do: kind, to: [] }
    case 'move': return { do: kind, stage: '' }
    case 'note': return { do: kind, text: '' }
    case 'notify': return { do: kind, to: ['owner'], text: '' }
    case 'webhook': return { do: kind, webhook: '' }
    case 'plugin': return { do: kind, action: '' }
  }
}
