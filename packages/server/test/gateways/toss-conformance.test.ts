import { describeGateway } from "./conformance.ts";
import { startTossProvider } from "./toss-provider.ts";

describeGateway(await startTossProvider("TRANSFER"));
describeGateway(await startTossProvider("CARD"));
