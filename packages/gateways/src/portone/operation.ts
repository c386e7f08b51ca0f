/** What a call to PortOne is for: the same words mean different things to different operations. */
export type PortOneOperation =
  | "token"
  | "charge"
  | "retry_schedule"
  | "refund"
  /** Asks about money: one payment or several, by PortOne's id or ours. */
  | "payment"
  /** Asks about the payment record of a window. */
  | "issuance"
  | "list"
  | "customer"
  | "delete_customer"
  | "schedule"
  | "unschedule"
  | "schedules"
  | "change_schedule"
  | "prepare"
  | "channels";

/** A look-up whose failure says nothing of the money that it asks about. */
export function asksAboutMoney(operation: PortOneOperation): boolean {
  return operation === "payment";
}
