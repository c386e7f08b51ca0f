import { describeGateway } from "./conformance.ts";
import { startPortOneProvider } from "./portone-provider.ts";

describeGateway(await startPortOneProvider("chai"));
describeGateway(await startPortOneProvider("kakaopay"));
