/** The engine's windows, but "not found" is believed at once, and twice in a row. */
import {
  windowsFor as careful,
  type ProtocolWindows,
} from "../../../server/src/charges/windows.ts";

export * from "../../../server/src/charges/windows.ts";

export function windowsFor(mode: "test" | "live", configured: ProtocolWindows): ProtocolWindows {
  return { ...careful(mode, configured), settleWindowMs: 0, notFoundSpacingMs: 0 };
}
