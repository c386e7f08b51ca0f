/** The emulator's control API, as the tests use it. The ledger is the judge of money. */
import type { RunningEmulator } from "@maedal/emulator";

export interface LedgerEntry {
  readonly kind: string;
  readonly orderId: string;
  readonly amount: number;
  readonly currency: string;
  readonly key: string;
  readonly paymentId: string;
  readonly at: string;
}

export interface LoggedRequest {
  /** 1, 2, 3, … in the order in which they came, over all providers. */
  readonly sequence: number;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** See `POST /faults` on the emulator's control page. */
export interface Fault {
  /** `toss` when not given. */
  readonly provider?: string;
  readonly operation: string;
  readonly match?: Readonly<Record<string, unknown>>;
  readonly times?: number | null;
  readonly skip?: number;
  readonly action: Readonly<Record<string, unknown>>;
}

export interface EmulatorControl {
  payments(): Promise<LedgerEntry[]>;
  ledger(): Promise<LedgerEntry[]>;
  requests(operation: string): Promise<LoggedRequest[]>;
  fault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  post<T = unknown>(path: string, body: unknown): Promise<T>;
}

export function controlOf(emulator: RunningEmulator): EmulatorControl {
  const call = async <T>(path: string, init?: RequestInit): Promise<T> => {
    const answer = await fetch(new URL(path, emulator.ready.control), init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  };
  const post = <T>(path: string, body: unknown): Promise<T> =>
    call<T>(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  return {
    post,
    ledger: () => call<LedgerEntry[]>("/ledger"),
    payments: () => call<LedgerEntry[]>("/ledger?kind=payment"),
    requests: (operation) => call<LoggedRequest[]>(`/requests?operation=${operation}`),
    fault: async (fault) => void (await post("/faults", { provider: "toss", ...fault })),
    clearFaults: async () => void (await call("/faults", { method: "DELETE" })),
  };
}
