/** The style sheet of the PortOne windows: a colour for each PG, and what only they have. */
import { brandRule, styleSheet, type BrandColours } from "../../windows/style.ts";
import type { PgProvider } from "../channels.ts";

const colours = {
  ink: "#1b1d24",
  soft: "#5d6270",
  line: "#dcdfe6",
  fieldLine: "#8a90a0",
  testLine: "#b5bac8",
  ground: "#f3f4f7",
  focus: "#4b7bd8",
};

/** Every PG that has no colours of its own wears these. */
const commonBrand = {
  brand: "#1c2a5e",
  brandDark: "#101a40",
  onBrand: "#ffffff",
  tint: "#eceffa",
  link: "#1c2a5e",
};

const brands: Partial<Readonly<Record<PgProvider, BrandColours>>> = {
  kakaopay: {
    brand: "#fee500",
    brandDark: "#f2d600",
    onBrand: "#1b1d24",
    tint: "#fffbe0",
    link: "#4b4300",
  },
  naverpay: {
    brand: "#06793c",
    brandDark: "#04592c",
    onBrand: "#ffffff",
    tint: "#e6f5ec",
    link: "#06793c",
  },
  settle_acc: {
    brand: "#7a2e8e",
    brandDark: "#5a2069",
    onBrand: "#ffffff",
    tint: "#f6ecf9",
    link: "#7a2e8e",
  },
  html5_inicis: {
    brand: "#b3261e",
    brandDark: "#8a1c16",
    onBrand: "#ffffff",
    tint: "#fbedec",
    link: "#b3261e",
  },
};

const brandRules = [
  brandRule("body", commonBrand),
  ...Object.entries(brands).map(([pg, brand]) => brandRule(`body[data-pg="${pg}"]`, brand)),
].join("");

const ownRules = `
.brand {
  display: inline-block;
  margin: 0 0 4px;
  padding: 3px 12px;
  border-radius: 999px;
  background: var(--brand);
  color: var(--on-brand);
  font-size: 13px;
  font-weight: 700;
}
h1 { margin: 8px 0; }
.charged { font-weight: 700; }
.alert { font-weight: 600; }
.check { margin: 8px 0 16px; }
button.danger { border-color: var(--wrong); color: var(--wrong); }
.more { display: grid; gap: 10px; margin-top: 12px; }
.rows strong, .rows > li > span, .rows span span { display: block; }
.rows span { color: var(--soft); font-size: 14px; }
.rows strong { color: var(--ink); font-size: 16px; }
.rows em { color: var(--wrong); font-style: normal; font-size: 13px; }
.rows { margin: 0 0 12px; padding: 0; list-style: none; }
.rows li {
  margin: 0 0 12px;
  padding: 14px 16px;
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--paper);
}
.rows form { margin-top: 10px; }
.inline input { margin-bottom: 8px; }
.facts { margin-bottom: 14px; }
@media (prefers-reduced-motion: no-preference) {
  button, a.secondary, .option { transition: background-color 120ms ease; }
}
`;

/** CSS text as the browser gets it. */
export const windowStyle = styleSheet(colours, brandRules, ownRules);
