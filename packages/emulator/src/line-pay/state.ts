/**
 * LinePayState: all that the emulated LINE Pay knows, and what a customer does in its windows. What
 * a merchant does over the API is in routes.ts and the files it names.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Ledger } from "../ledger.ts";
import type { Store } from "../store.ts";
import { createKeys, type Keys } from "./keys.ts";
import { createMerchants, type Merchants } from "./merchants.ts";
import { createPayers, type Payers } from "./payers.ts";
import { createPayments, type Payments } from "./payments.ts";
import type { Reservation } from "./records.ts";
import { createReservations, type Reservations } from "./reservations.ts";
import { defaultLinePaySwitches, linePaySwitchesSchema } from "./switches.ts";
import type { LinePaySwitches } from "./switches.ts";

/**
 * For the windows: findReservationByWebToken, findPayer, methodsOf, approveReservation,
 * cancelReservation, failReservation; keysOfPayer, deleteKeyAsCustomer; the tables merchants, payers and cards. What can be refused
 * returns `{ error: { code, message } }`.
 */
export interface LinePayState extends Merchants, Payers, Reservations, Keys, Payments {
  readonly clock: EmulatorClock;
  switches(): LinePaySwitches;
  setSwitches(changes: Partial<LinePaySwitches>): LinePaySwitches;
  /** Puts the default merchants and one payer there: mei@line.example, money and two cards. */
  seed(): void;
}

export interface LinePayStateDeps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly ledger: Ledger;
  /** Told of each approval in a window, once the reservation can be confirmed. */
  readonly approved: (reservation: Reservation) => void;
}

export function createLinePayState(deps: LinePayStateDeps): LinePayState {
  const { store, clock, ledger, approved } = deps;
  const switchTable = store.table("linePay.switches", linePaySwitchesSchema);
  const switches = () => switchTable.get("current") ?? defaultLinePaySwitches;
  const merchants = createMerchants(store);
  const payers = createPayers(store, clock);

  return {
    ...merchants,
    ...payers,
    ...createReservations({ store, clock, payers, switches, approved }),
    ...createKeys({ store, clock, merchants, switches }),
    ...createPayments({ store, clock, ledger, payers, switches }),
    clock,
    switches,
    setSwitches(changes) {
      const next = { ...switches(), ...changes };
      switchTable.put("current", next);
      return next;
    },
    seed() {
      merchants.seedMerchants();
      if (payers.payers.size > 0) return;
      const balances = { TWD: 30_000, THB: 3_000_000, USD: 100_000 };
      const payer = payers.addPayer({ name: "王小美", email: "mei@line.example", balances });
      const payerId = payer.id;
      payers.addCard({ payerId, brand: "VISA", nickname: "薪轉卡", last4: "1111" });
      payers.addCard({ payerId, brand: "JCB", nickname: "", last4: "0505" });
    },
  };
}
