/** What the control API controls. */
import type { EmulatorClock } from "../clock.ts";
import type { FaultBook } from "../faults.ts";
import type { Ledger } from "../ledger.ts";
import type { LinePay } from "../line-pay/line-pay.ts";
import type { PortOne } from "../portone/portone.ts";
import type { RequestLog } from "../request-log.ts";
import type { Toss } from "../toss/toss.ts";

export interface World {
  readonly clock: EmulatorClock;
  readonly ledger: Ledger;
  readonly requests: RequestLog;
  readonly faults: FaultBook;
  readonly toss: Toss;
  readonly linePay: LinePay;
  readonly portOne: PortOne;
  /** Back to the seed; hanging sockets are closed, the clock keeps its time. */
  reset(): void;
}
