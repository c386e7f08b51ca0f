/**
 * @maedal/emulator: payment providers on your own machine, with faults, time travel and a ledger
 * that judges.
 */
export {
  startEmulator,
  type EmulatorOptions,
  type ReadyLine,
  type RunningEmulator,
} from "./emulator.ts";
export { linePayMerchants } from "./line-pay/merchants.ts";
export { portOneMerchant } from "./portone/merchants.ts";
/** The JSON that the control API tells. */
export type { Fault } from "./faults.ts";
export type { LedgerEntry } from "./ledger.ts";
export type { LoggedRequest } from "./request-log.ts";
