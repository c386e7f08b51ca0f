/** What pages are given, by compose.ts. */
import type { Engine } from "../engine.ts";
import type { MasterKey } from "../security/encryption.ts";

export interface PageDeps {
  readonly engine: Engine;
  /** Origin under which browsers reach us, without a slash at the end. */
  readonly baseUrl: string;
  /** Signs operators' cookies. */
  readonly masterKey: MasterKey;
}
