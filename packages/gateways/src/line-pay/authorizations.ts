import type { Authorizations, CaptureOrder, ProviderPayment, VoidOrder } from "../gateway.ts";
import type { LinePayClient } from "./client.ts";
import { paidAmount } from "./confirm-payment.ts";
import { methodLabel } from "./labels.ts";
import { providerPayment } from "./provider-payment.ts";

export function authorizations(client: LinePayClient): Authorizations {
  return {
    capture: (order) => capture(client, order),
    void: (order) => voidAuthorization(client, order),
  };
}

async function capture(client: LinePayClient, order: CaptureOrder): Promise<ProviderPayment> {
  const { paymentId, orderId, amount } = order;
  const result = await client.capture({ transactionId: paymentId, orderId, amount });
  const { exchange } = result;
  if (result.kind === "voided") {
    const { failure, code, message } = result;
    return providerPayment({
      paymentId,
      state: "voided",
      providerStatus: code,
      failure: { failure, code, message },
      exchange,
    });
  }
  return providerPayment({
    paymentId,
    state: "captured",
    providerStatus: "0000",
    orderId: result.orderId ?? undefined,
    amount: paidAmount(result, amount),
    methodLabel: methodLabel(result.payInfo),
    exchange,
  });
}

async function voidAuthorization(
  client: LinePayClient,
  { paymentId }: VoidOrder,
): Promise<ProviderPayment> {
  const { exchange } = await client.void(paymentId);
  return providerPayment({ paymentId, state: "voided", providerStatus: "0000", exchange });
}
