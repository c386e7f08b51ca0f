/** The guide's curl as it is printed, host and all, run by a shell and curl itself. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startStandIn } from "../support/https-stand-in.ts";
import type { Json } from "../support/world.ts";

const run = promisify(execFile);

/** Blanks behind the guide's first backslash, which no shell takes, are left out. */
const printed = `curl -H "Content-Type: application/json" \\
     -X POST -d '{"customer_uid":"your-customer-unique-id", "merchant_uid":"merchant_xxxxxxxx", "amount":3000}' \\
     https://api.iamport.kr/subscribe/payments/again`;

export interface GuideCurl {
  /**
   * @param accessToken Sent in the header that the guide does not show; undefined sends none.
   * @returns the answer's envelope.
   */
  again(accessToken?: string): Promise<Json>;
  stop(): Promise<void>;
}

export async function startGuideCurl(emulatorUrl: string): Promise<GuideCurl> {
  const standIn = await startStandIn("api.iamport.kr", emulatorUrl);
  const directory = await mkdtemp(join(tmpdir(), "guide-curl-"));
  const certificatePath = join(directory, "certificate.pem");
  await writeFile(certificatePath, standIn.certificate);
  const env = {
    PATH: process.env["PATH"],
    https_proxy: standIn.proxyUrl,
    CURL_CA_BUNDLE: certificatePath,
  };
  return {
    async again(accessToken) {
      const header =
        accessToken === undefined ? "" : ` \\\n     -H "Authorization: Bearer ${accessToken}"`;
      const { stdout } = await run("sh", ["-c", printed + header], { env });
      return JSON.parse(stdout);
    },
    async stop() {
      await standIn.stop();
      await rm(directory, { recursive: true });
    },
  };
}
