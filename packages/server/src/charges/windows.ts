/**
 * The protocol's windows: how long things may take before silence becomes an unknown outcome, and
 * how an unknown outcome is asked about. All on the database's clock (rule 16 of docs/charge-protocol.md), all in
 * milliseconds. In live mode they have floors; against the emulator, tests scale them down.
 */
export interface ProtocolWindows {
  /** Not sent so long after the claim → not sent at all (rule 4). */
  readonly sendGateMs: number;
  /** Added to gate, connect and read timeout to make the lease. */
  readonly leaseSlackMs: number;
  /** A look-up is nobody else's so long: longer than it takes. One that is forgotten is only asked again. */
  readonly lookUpLeaseMs: number;
  /** How long after the last possible send a provider may still be booking the payment (rule 6). */
  readonly settleWindowMs: number;
  /** Two "not found" answers count as two only when they are so far apart. */
  readonly notFoundSpacingMs: number;
  /** Waits before each look-up; the last one repeats while the provider gives no answer. */
  readonly lookUpLadderMs: readonly number[];
  /** How often one order id may be sent again after its outcome stayed unknown. */
  readonly maximumResends: number;
  /** Wait before a charge that was provably not sent is claimed again. */
  readonly notSentHoldMs: number;
  /** Wait before a charge is claimed again that the provider refused for announced maintenance. */
  readonly outageHoldMs: number;
  /** How much older than its send a provider's failed record may look: whole seconds, clock skew. */
  readonly recordToleranceMs: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

export const defaultWindows: ProtocolWindows = {
  sendGateMs: 20 * second,
  leaseSlackMs: 30 * second,
  lookUpLeaseMs: 2 * minute,
  settleWindowMs: 15 * minute,
  notFoundSpacingMs: minute,
  lookUpLadderMs: [15 * second, minute, 5 * minute, 15 * minute, hour, 6 * hour, 24 * hour],
  maximumResends: 3,
  notSentHoldMs: minute,
  outageHoldMs: 5 * minute,
  recordToleranceMs: 2 * second,
};

/**
 * The same protocol in less time: every duration multiplied. For test mode only.
 *
 * @param callFactor Of what hangs on how long one call takes, on a machine that may be busy.
 */
export function scaledWindows(factor: number, callFactor = factor): ProtocolWindows {
  const times = (by: number) => (ms: number) => Math.max(1, Math.round(ms * by));
  const scale = times(factor);
  const scaleCall = times(callFactor);
  return {
    sendGateMs: scaleCall(defaultWindows.sendGateMs),
    leaseSlackMs: scaleCall(defaultWindows.leaseSlackMs),
    lookUpLeaseMs: scaleCall(defaultWindows.lookUpLeaseMs),
    settleWindowMs: scale(defaultWindows.settleWindowMs),
    notFoundSpacingMs: scale(defaultWindows.notFoundSpacingMs),
    lookUpLadderMs: defaultWindows.lookUpLadderMs.map(scale),
    maximumResends: defaultWindows.maximumResends,
    notSentHoldMs: scale(defaultWindows.notSentHoldMs),
    outageHoldMs: scale(defaultWindows.outageHoldMs),
    recordToleranceMs: defaultWindows.recordToleranceMs,
  };
}

/**
 * The windows that a connection is charged with: as configured in test mode, never below the
 * defaults in live mode, whatever the configuration says.
 */
export function windowsFor(mode: "test" | "live", configured: ProtocolWindows): ProtocolWindows {
  if (mode === "test") return configured;
  const floor = defaultWindows;
  return {
    sendGateMs: floor.sendGateMs,
    leaseSlackMs: Math.max(configured.leaseSlackMs, floor.leaseSlackMs),
    lookUpLeaseMs: Math.max(configured.lookUpLeaseMs, floor.lookUpLeaseMs),
    settleWindowMs: Math.max(configured.settleWindowMs, floor.settleWindowMs),
    notFoundSpacingMs: Math.max(configured.notFoundSpacingMs, floor.notFoundSpacingMs),
    lookUpLadderMs: floor.lookUpLadderMs,
    maximumResends: Math.min(configured.maximumResends, floor.maximumResends),
    notSentHoldMs: Math.max(configured.notSentHoldMs, floor.notSentHoldMs),
    outageHoldMs: Math.max(configured.outageHoldMs, floor.outageHoldMs),
    recordToleranceMs: floor.recordToleranceMs,
  };
}

/** How long a claim holds its charge: nobody else touches it before this is over (rule 4). */
export function leaseMs(
  windows: ProtocolWindows,
  timeouts: { readonly connectMs: number; readonly readMs: number },
): number {
  return windows.sendGateMs + timeouts.connectMs + timeouts.readMs + windows.leaseSlackMs;
}
