/** What the tab and the button read; both see the same, because the app keeps one cache. */
export const POINTS = /* GraphQL */ `
  query LoyaltyPoints($client: ID!) {
    client(id: $client) {
      id
      loyaltyPoints { points }
      loyaltyEntries(orderBy: [{ field: createdAt, direction: DESC }], first: 100) {
        nodes { id points reason createdAt order { id title } }
        pageInfo { hasNextPage }
      }
    }
  }
`
export interface Points {
  client: {
    id: string
    loyaltyPoints: { points: number | null } | null
    loyaltyEntries: { nodes: { id: string, points: number, reason: string, createdAt: string, order: { id: string, title: string | null } | null }[], pageInfo: { hasNextPage: boolean } }
  } | null
}

export const SPEND = /* GraphQL */ `
  mutation SpendLoyaltyPoints($input: LoyaltyPointsSpendInput!) { loyaltyPointsSpend(input: $input) { client points } }
`
