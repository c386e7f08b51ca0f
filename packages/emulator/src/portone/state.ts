/**
 * PortOneState: all that the emulated PortOne V1 knows, and what a buyer does in its windows. What a
 * merchant does over the API is in routes.ts and the files it names.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Ledger } from "../ledger.ts";
import type { Store } from "../store.ts";
import { createAccessTokens, type AccessTokens } from "./access-tokens.ts";
import { createCharging, type Charging } from "./charging.ts";
import { createCheckouts, type Checkouts } from "./checkouts.ts";
import { createKeys, type Keys } from "./keys.ts";
import { createMerchants, type Merchants } from "./merchants.ts";
import { createPayers, type Payers } from "./payers.ts";
import { createPayments, type PaymentNotice, type Payments } from "./payments.ts";
import { createPreparations, type Preparations } from "./preparations.ts";
import { createSchedules, type Schedules } from "./schedules.ts";
import { defaultPortOneSwitches, portOneSwitchesSchema } from "./switches.ts";
import type { PortOneSwitches } from "./switches.ts";

/**
 * For the windows: openCheckout, approveCheckout, cancelCheckout, failCheckout, findPayerByPhone,
 * meansOf, addCard, pgKeysOn, endPgKey. What can be refused returns `{ error: { code, message } }`.
 */
export interface PortOneState
  extends
    Merchants,
    AccessTokens,
    Payers,
    Keys,
    Payments,
    Preparations,
    Charging,
    Checkouts,
    Schedules {
  readonly clock: EmulatorClock;
  /** Sends a payment's webhook. */
  readonly notify: PaymentNotice;
  switches(): PortOneSwitches;
  setSwitches(changes: Partial<PortOneSwitches>): PortOneSwitches;
  /** Puts the default merchant and one payer there: 010-1234-5678, CHAI's own test accounts. */
  seed(): void;
  /** Takes up what a stopped emulator was waiting for. */
  resume(): void;
}

export interface PortOneStateDeps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly ledger: Ledger;
  /** Told of each payment whose new state merchants hear of. */
  readonly notify: PaymentNotice;
}

export function createPortOneState({
  store,
  clock,
  ledger,
  notify,
}: PortOneStateDeps): PortOneState {
  const switchTable = store.table("portone.switches", portOneSwitchesSchema);
  const switches = () => switchTable.get("current") ?? defaultPortOneSwitches;
  const merchants = createMerchants(store);
  const payers = createPayers(store, clock);
  const keys = createKeys(store, clock);
  const preparations = createPreparations(store);
  const payments = createPayments({ store, clock, ledger, payers, switches, notify });
  const charging = createCharging({ clock, payers, keys, payments, switches });
  const parts = { merchants, payers, keys, payments, preparations, charging, switches };
  const schedules = createSchedules({ ...parts, store, clock, notify });

  return {
    ...merchants,
    ...createAccessTokens(store, clock),
    ...payers,
    ...keys,
    ...payments,
    ...preparations,
    ...charging,
    ...createCheckouts(parts),
    ...schedules,
    clock,
    notify,
    switches,
    setSwitches(changes) {
      const next = { ...switches(), ...changes };
      switchTable.put("current", next);
      return next;
    },
    seed() {
      merchants.seedMerchants();
      if (payers.payers.size === 0) seedPayer(payers);
    },
    resume() {
      payments.resumeApprovals();
      schedules.resumeSchedules();
    },
  };
}

/** The accounts of the archived page "차이 설정": two that are well, one with too little money. */
function seedPayer(payers: Payers): void {
  const { id } = payers.addPayer({ name: "김차이", phone: "010-1234-5678" });
  payers.addAccount(id, { bankCode: "004", number: "201602181111" });
  payers.addAccount(id, { bankCode: "020", number: "201602182222" });
  const poor = payers.addAccount(id, { bankCode: "088", number: "110438106449" });
  payers.means.put(poor.id, { ...poor, balance: 0 });
  payers.addCard({ number: "5365-1000-2000-3005", expiry: "2099-12" }, id);
}
