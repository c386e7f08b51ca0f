/**
 * The conformance suite: what the engine relies on of any Gateway, against a provider that counts
 * the money. A gateway that passes may differ in its capabilities and in nothing else.
 */
import { afterAll, describe } from "vitest";
import { describeAuthorizations } from "./conformance-authorizations.ts";
import { describeCharges } from "./conformance-charges.ts";
import { describeKeys } from "./conformance-keys.ts";
import { describeNotifications } from "./conformance-notifications.ts";
import { describeOrderedWindow } from "./conformance-ordered-window.ts";
import { describePaymentWindow } from "./conformance-payment-window.ts";
import { describeRefunds } from "./conformance-refunds.ts";
import { describeRefusals } from "./conformance-refusals.ts";
import { describeRegistrations } from "./conformance-registrations.ts";
import { describeTroubles } from "./conformance-troubles.ts";
import type { ProviderUnderTest } from "./provider-under-test.ts";

/** Declares every case; the provider is stopped after the last. */
export function describeGateway(provider: ProviderUnderTest): void {
  describe(provider.name, () => {
    afterAll(() => provider.stop());
    describeRegistrations(provider);
    describeOrderedWindow(provider);
    describePaymentWindow(provider);
    describeCharges(provider);
    describeRefusals(provider);
    describeKeys(provider);
    describeAuthorizations(provider);
    describeRefunds(provider);
    describeTroubles(provider);
    describeNotifications(provider);
  });
}

/** What amounts can go wrong with: for a provider that passes the whole suite in another currency. */
export function describeGatewayMoney(provider: ProviderUnderTest): void {
  describe(provider.name, () => {
    afterAll(() => provider.stop());
    describeRegistrations(provider);
    describeCharges(provider);
    describeAuthorizations(provider);
    describeRefunds(provider);
  });
}
