import { describeGateway, describeGatewayMoney } from "./conformance.ts";
import { startLinePayProvider } from "./line-pay-provider.ts";

describeGateway(await startLinePayProvider("TWD", "card"));
describeGatewayMoney(await startLinePayProvider("THB", "balance"));
describeGatewayMoney(await startLinePayProvider("USD", "card"));
