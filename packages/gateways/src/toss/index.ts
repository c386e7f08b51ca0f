export { tossApiHost, tossSdkUrl } from "./address.ts";
export { billingLabel, readTossBilling, type TossBilling } from "./billing.ts";
export { cancelPayment, type CanceledPayment, type PaymentCancel } from "./cancel-payment.ts";
export { chargeBillingKey, type BillingKeyCharge } from "./charge-billing-key.ts";
export { deleteBillingKey } from "./delete-billing-key.ts";
export {
  tossFailureRows,
  type ErrorTables,
  type FailureBasis,
  type TossFailureRow,
} from "./failure-codes.ts";
export {
  classifyRecordedFailure,
  classifyTossFailure,
  registrationRemedy,
  type RegistrationRemedy,
  type TossVerdict,
} from "./failures.ts";
export { getPayment, getPaymentByOrderId, type FoundPayment } from "./get-payment.ts";
export { bankName, cardIssuerName } from "./institutions.ts";
export { issueBillingKey, type IssueBillingKey } from "./issue-billing-key.ts";
export { tossKeyProblems, type TossKeys, type TossMode } from "./keys.ts";
export { isCustomerKey } from "./limits.ts";
export {
  listTransactionPage,
  listTransactions,
  type TossTransaction,
  type TransactionPage,
  type TransactionRange,
} from "./list-transactions.ts";
export { paymentLabel, readTossPayment, type TossCancel, type TossPayment } from "./payment.ts";
export { createTossGateway, type TossGatewayOptions } from "./toss-gateway.ts";
export {
  createTossTransport,
  tossTimeouts,
  type TossAnswer,
  type TossCall,
  type TossOperation,
  type TossTimeouts,
  type TossTransport,
  type TossTransportOptions,
} from "./transport.ts";
export {
  readTossWebhook,
  type TossWebhook,
  type TossWebhookDelivery,
  type TossWebhookEvent,
} from "./webhook.ts";
