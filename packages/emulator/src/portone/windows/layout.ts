/** The frame around every PortOne page: whose window it is, and what it tells the merchant's page. */
import { page as framedPage, type FrameParent, type Html } from "../../windows/page.ts";
import type { Language } from "../../windows/texts.ts";
import type { PgProvider } from "../channels.ts";
import type { Say } from "./texts.ts";

/** What the page's script tells the merchant's page as soon as it runs. */
export type Message =
  | { readonly type: "opened" }
  /** A path is one of the host that the script came from: only the browser knows its name for sure. */
  | { readonly type: "leave"; readonly url: string }
  | { readonly type: "ended"; readonly rsp: object };

interface PageContent {
  readonly language: Language;
  readonly say: Say;
  readonly title: string;
  readonly body: Html;
  /** Whose colours it wears. */
  readonly pgProvider?: PgProvider;
  /** The name in the bar. */
  readonly brand?: string;
  /** Below the panel: how to leave the window. */
  readonly foot?: Html;
  readonly parent?: FrameParent | undefined;
  readonly message?: Message | undefined;
}

/** One whole page, in PortOne's own name unless it says another. */
export function page({ pgProvider = "chai", brand = "PortOne", ...content }: PageContent): Html {
  return framedPage({ ...content, brand: { name: brand, pg: pgProvider } });
}
