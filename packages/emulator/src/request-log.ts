/**
 * Request log: what the emulated providers were asked and what became of it. Kept in memory only,
 * the last 10,000.
 */
import type { EmulatorClock } from "./clock.ts";
import type { FaultTarget } from "./faults.ts";

const longest = 10_000;

export interface LoggedRequest extends FaultTarget {
  /** 1, 2, 3, … since the emulator started; clearing the log does not start it over. */
  readonly sequence: number;
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** The headers of interest, by lower-case name; never the credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON where it was JSON, else the text. Null without a body. */
  readonly body: unknown;
  /** On the emulator's clock, UTC. */
  readonly receivedAt: string;
  /** A status when answered; null while on its way. */
  outcome: { answered: number } | "swallowed" | "closed" | null;
  /** Whether the provider's own logic ran, not a refusal at the door, a replay or a fault. */
  processed: boolean;
  /** The fault that spoiled it. */
  fault: { id: string; type: string } | null;
}

/** What is known when the request arrives. */
export type ArrivedRequest = FaultTarget &
  Pick<LoggedRequest, "method" | "path" | "headers" | "body">;

export interface RequestLog {
  /** The returned entry is completed in place as the request goes on. */
  begin(request: ArrivedRequest): LoggedRequest;
  list(filter: {
    operation?: string | undefined;
    orderId?: string | undefined;
    provider?: string | undefined;
  }): LoggedRequest[];
  clear(): void;
}

export function createRequestLog(clock: EmulatorClock): RequestLog {
  let requests: LoggedRequest[] = [];
  let sequence = 0;
  return {
    begin(request) {
      sequence += 1;
      const entry: LoggedRequest = {
        sequence,
        ...request,
        receivedAt: clock.nowText(),
        outcome: null,
        processed: false,
        fault: null,
      };
      requests.push(entry);
      if (requests.length > longest) requests.shift();
      return entry;
    },
    list: ({ operation, orderId, provider }) =>
      requests.filter(
        (request) =>
          (operation === undefined || request.operation === operation) &&
          (orderId === undefined || request.orderId === orderId) &&
          (provider === undefined || request.provider === provider),
      ),
    clear() {
      requests = [];
    },
  };
}
