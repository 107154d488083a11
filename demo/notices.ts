/** What the demo asks for of each attempt. */
export const ATTEMPTS = `subscription Attempts($organizationId: ID!) {
  deliveryAttempts(organizationId: $organizationId) {
    attempt {
      number
      startedAt
      durationMs
      request { tokenRenewed }
      outcome {
        __typename
        ... on ResponseReceived { status }
        ... on TimedOut { message }
        ... on ConnectionFailed { message }
        ... on AddressRefused { message }
        ... on AuthenticationFailed { message }
      }
      delivery { status nextAttemptAt event { id type } }
    }
  }
}`;

/** What it asks for of each delivery that has become final. */
export const RESULTS = `subscription Results($organizationId: ID!) {
  deliveryResults(organizationId: $organizationId) { delivery { status event { id type } } }
}`;

export interface SeenAttempt {
  number: number;
  startedAt: string;
  durationMs: number;
  request: { tokenRenewed: boolean };
  outcome: { __typename: string; status?: number; message?: string };
  delivery: { status: DeliveryStatus; nextAttemptAt: string | null; event: { id: string; type: string } };
}

export interface SeenResult {
  status: DeliveryStatus;
  event: { id: string; type: string };
}

export type DeliveryStatus = 'PENDING' | 'RETRYING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
