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
