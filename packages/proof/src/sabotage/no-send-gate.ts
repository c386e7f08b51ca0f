/** The engine's windows, but a gate that never closes, for refunds neither; leases end when they always did. */
import {
  defaultWindows,
  leaseMs as leaseWithGate,
  windowsFor as careful,
  type ProtocolWindows,
} from "../../../server/src/charges/windows.ts";

export * from "../../../server/src/charges/windows.ts";

export function windowsFor(mode: "test" | "live", configured: ProtocolWindows): ProtocolWindows {
  return { ...careful(mode, configured), sendGateMs: Infinity };
}

export function leaseMs(
  windows: ProtocolWindows,
  timeouts: { readonly connectMs: number; readonly readMs: number },
): number {
  return leaseWithGate({ ...windows, sendGateMs: defaultWindows.sendGateMs }, timeouts);
}
