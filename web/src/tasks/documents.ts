/** An open task, as the day and the cards show it. */
export interface Task {
  id: string
  version: number
  title: string
  due: string | null
  allDay: boolean | null
  minutes: number | null
  kind: { key: string } | null
  priority: { key: string } | null
  state: { key: string } | null
  place: string | null
  repeat: { key: string } | null
  subject: { object: string, id: string, title: string | null } | null
  owner: { id: string, title: string | null } | null
  can: { update: boolean } | null
}

const TASK = 'id version title due allDay minutes kind { key } priority { key } state { key } place repeat { key } subject { object id title } owner { id title } can { update }'

export const TASKS = /* GraphQL */ `
  query OpenTasks($filter: TaskFilter, $first: Int) {
    tasks(filter: $filter, orderBy: [{ field: due, direction: ASC }], first: $first) { nodes { ${TASK} } pageInfo { hasNextPage } }
  }
`
export interface TasksAnswer { tasks: { nodes: Task[], pageInfo: { hasNextPage: boolean } } }
export const ADD_TASK = 'mutation AddTask($input: TaskCreateInput!) { createTask(input: $input) { id } }'
export const CHANGE_TASK = 'mutation ChangeTask($id: ID!, $input: TaskUpdateInput!) { updateTask(id: $id, input: $input) { id version } }'
export const TASKS_CHANGED = 'subscription TasksChanged { taskChanged { kind id } }'
export const COUNTERS = 'query TaskCounters { taskCounters { open overdue today soon } }'
export interface CountersAnswer { taskCounters: { open: number, overdue: number, today: number, soon: number } | null }
