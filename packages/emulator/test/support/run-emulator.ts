/** A process of its own that runs an emulator on the directory it is given, to be killed. */
import { startEmulator } from "../../src/index.ts";

const [dataDirectory = ""] = process.argv.slice(2);
const { ready } = await startEmulator({ ports: { control: 0, toss: 0 }, dataDirectory });
console.log(JSON.stringify(ready));
