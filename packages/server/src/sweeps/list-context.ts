/** What every step of a sweep is given. */
import type { Gateway } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { FindingContext } from "./record-finding.ts";

export interface ListContext extends FindingContext {
  readonly gateway: Gateway;
  /** The latest end of a send that the provider must show by now. */
  readonly settledBy: Temporal.Instant;
  /** Called between questions. @throws {SweepStopped} */
  readonly goOn: () => Promise<void>;
  /** So many orphans of a connection may wait for a person; of further ones only that there are more is told. */
  readonly mostOrphans: number;
}
