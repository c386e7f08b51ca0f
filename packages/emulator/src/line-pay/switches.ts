/**
 * Switches: what LINE Pay's documents leave open, each way of it playable. The defaults are the
 * worse world for the caller wherever nobody has measured, unless a client that follows the
 * documents would be refused.
 */
import { z } from "zod";

export const linePaySwitchesSchema = z.strictObject({
  reservationMinutes: z.int().min(1).describe("how long a request may be paid"),
  expiredConfirm: z.enum(["1180", "1159"]).describe("answer to confirming after that time"),
  declinedConfirmFails: z
    .boolean()
    .describe("a declined confirm ends the reservation (0122); else it may be confirmed again"),
  zeroAmountRegistration: z.boolean().describe("a key may be registered with amount 0; else 1183"),
  declinedOrderIdReusable: z
    .boolean()
    .describe("a declined orderId may be charged again; otherwise 1172"),
  paysOneOrderIdTwice: z
    .boolean()
    .describe("a broken provider: a paid orderId is paid again when asked again"),
  keyDeadCodes: z
    .enum(["current", "seed", "v2"])
    .describe("declines that kill the key: 1141, 1282–1287, 1290–1295; without 129x; v2 manual's"),
  deadKey: z.enum(["1190", "1193"]).describe("answer of a key that was expired or has declined"),
  keyLifetimeDays: z
    .int()
    .min(1)
    .describe("a key unused for longer answers 1193; 1 in the sandbox"),
  checkRenewsKey: z.boolean().describe("a key check counts as use"),
  failedChargeRenewsKey: z.boolean().describe("a declined charge counts as use"),
  busyKey: z.enum(["1198", "1197"]).describe("answer to a charge while the key is being charged"),
  authorizationDays: z.int().min(1).describe("how long an authorization holds"),
  refundDays: z.int().min(0).describe("how long a payment can be refunded; then 1163"),
  detailsLagSeconds: z
    .int()
    .min(0)
    .describe("payment details find a payment only so long after it, on the emulator's clock"),
  mixedDetails: z
    .enum(["known", "1150"])
    .describe("details asked for known and unknown ids at once: the known ones, or 1150"),
  commaJoinedIds: z.boolean().describe("orderId=A,B asks for two; else for one named `A,B`"),
  bracketedIds: z.boolean().describe("orderId[]=A is understood; else ignored"),
  detailsCarryRegKey: z.boolean().describe("payment details tell the regKey"),
  detailsCarryPayStatus: z.boolean().describe("payment details tell payStatus"),
  repeatedNonceRefused: z.boolean().describe("a nonce used before answers 1106"),
  emptyBody: z
    .boolean()
    .describe("a POST may have no body, signed as the empty text; else 2102, send {}"),
  errorShape: z
    .enum(["returnCode", "resultCode"])
    .describe("errors as documented, or as the official sample: a number, and statusMessage"),
  cancelUrlCarriesIds: z.boolean().describe("orderId and transactionId are added to cancelUrl"),
});
export type LinePaySwitches = z.infer<typeof linePaySwitchesSchema>;

export const defaultLinePaySwitches: LinePaySwitches = {
  reservationMinutes: 20,
  expiredConfirm: "1180",
  declinedConfirmFails: true,
  zeroAmountRegistration: false,
  declinedOrderIdReusable: false,
  paysOneOrderIdTwice: false,
  keyDeadCodes: "current",
  deadKey: "1190",
  keyLifetimeDays: 180,
  checkRenewsKey: false,
  failedChargeRenewsKey: false,
  busyKey: "1198",
  authorizationDays: 5,
  refundDays: 60,
  detailsLagSeconds: 0,
  mixedDetails: "1150",
  commaJoinedIds: false,
  bracketedIds: false,
  detailsCarryRegKey: false,
  detailsCarryPayStatus: true,
  repeatedNonceRefused: false,
  emptyBody: true,
  errorShape: "returnCode",
  cancelUrlCarriesIds: true,
};
