import { listAccountChannels } from "./account-channels.ts";
import { cancelPayment } from "./cancel-payment.ts";
import { chargeCustomer } from "./charge-customer.ts";
import { checkSettings, credentialProblems } from "./credentials.ts";
import { deleteCustomer, getCustomer, getCustomers } from "./customers.ts";
import {
  findAllPayments,
  findPayment,
  getPayment,
  getPayments,
  listCustomerPayments,
  listPayments,
} from "./payments.ts";
import { changePreparedPayment, getPreparedPayment, preparePayment } from "./prepare-payment.ts";
import {
  getSchedule,
  listCustomerSchedules,
  listSchedules,
  moveSchedule,
  rescheduleCharge,
  retrySchedule,
  scheduleCharges,
  unscheduleCharges,
} from "./schedules.ts";
import {
  createPortOneTransport,
  type PortOneTransport,
  type PortOneTransportOptions,
} from "./transport.ts";

export type PortOneClientOptions = PortOneTransportOptions;

/** A call of the API without its transport. */
type Bound<Call> = Call extends (transport: PortOneTransport, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

/**
 * Every call of PortOne's V1 API that payments on a billing key need. Each throws a GatewayError whose
 * class says what it means for the money; the functions of the same names document which.
 *
 * Left out are the two calls that take card numbers (`onetime` and issuance by API): nobody who uses
 * this client ever holds one.
 */
export interface PortOneClient {
  readonly chargeCustomer: Bound<typeof chargeCustomer>;
  readonly cancelPayment: Bound<typeof cancelPayment>;
  readonly getPayment: Bound<typeof getPayment>;
  readonly getPayments: Bound<typeof getPayments>;
  readonly findPayment: Bound<typeof findPayment>;
  readonly findAllPayments: Bound<typeof findAllPayments>;
  readonly listPayments: Bound<typeof listPayments>;
  readonly getCustomer: Bound<typeof getCustomer>;
  readonly getCustomers: Bound<typeof getCustomers>;
  readonly deleteCustomer: Bound<typeof deleteCustomer>;
  readonly listCustomerPayments: Bound<typeof listCustomerPayments>;
  readonly listCustomerSchedules: Bound<typeof listCustomerSchedules>;
  readonly scheduleCharges: Bound<typeof scheduleCharges>;
  readonly unscheduleCharges: Bound<typeof unscheduleCharges>;
  readonly listSchedules: Bound<typeof listSchedules>;
  readonly getSchedule: Bound<typeof getSchedule>;
  readonly moveSchedule: Bound<typeof moveSchedule>;
  readonly rescheduleCharge: Bound<typeof rescheduleCharge>;
  readonly retrySchedule: Bound<typeof retrySchedule>;
  readonly preparePayment: Bound<typeof preparePayment>;
  readonly changePreparedPayment: Bound<typeof changePreparedPayment>;
  readonly getPreparedPayment: Bound<typeof getPreparedPayment>;
  readonly listAccountChannels: Bound<typeof listAccountChannels>;
}

/** @throws {GatewayError} `configuration`, naming what is wrong with credentials or host. */
export function createPortOneClient(options: PortOneClientOptions): PortOneClient {
  checkSettings(credentialProblems(options));
  return clientOn(createPortOneTransport(options));
}

function clientOn(transport: PortOneTransport): PortOneClient {
  const bound =
    <Rest extends unknown[], Result>(
      call: (transport: PortOneTransport, ...rest: Rest) => Result,
    ) =>
    (...rest: Rest): Result =>
      call(transport, ...rest);
  return {
    chargeCustomer: bound(chargeCustomer),
    cancelPayment: bound(cancelPayment),
    getPayment: bound(getPayment),
    getPayments: bound(getPayments),
    findPayment: bound(findPayment),
    findAllPayments: bound(findAllPayments),
    listPayments: bound(listPayments),
    getCustomer: bound(getCustomer),
    getCustomers: bound(getCustomers),
    deleteCustomer: bound(deleteCustomer),
    listCustomerPayments: bound(listCustomerPayments),
    listCustomerSchedules: bound(listCustomerSchedules),
    scheduleCharges: bound(scheduleCharges),
    unscheduleCharges: bound(unscheduleCharges),
    listSchedules: bound(listSchedules),
    getSchedule: bound(getSchedule),
    moveSchedule: bound(moveSchedule),
    rescheduleCharge: bound(rescheduleCharge),
    retrySchedule: bound(retrySchedule),
    preparePayment: bound(preparePayment),
    changePreparedPayment: bound(changePreparedPayment),
    getPreparedPayment: bound(getPreparedPayment),
    listAccountChannels: bound(listAccountChannels),
  };
}
