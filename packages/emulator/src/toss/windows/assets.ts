/** The style sheet of the Toss windows: one colour, and what only they have. */
import { brandRule, styleSheet } from "../../windows/style.ts";

const colours = {
  ink: "#17211d",
  soft: "#5b6b64",
  line: "#d9e0dc",
  fieldLine: "#8b9a93",
  testLine: "#b7c2bc",
  ground: "#f1f4f2",
  focus: "#4a9d83",
};

const brand = {
  brand: "#0d6b50",
  brandDark: "#084b38",
  onBrand: "#ffffff",
  tint: "#e7f3ee",
  link: "#0d6b50",
};

const ownRules = `
form + p, .choices + p { margin-top: 12px; }
h1 + .facts { margin-top: 16px; }
.hint + button { margin-top: 16px; }
.alert p { margin: 0 0 6px; }
p.alert { font-weight: 600; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; }
.check-all {
  display: flex;
  gap: 10px;
  margin: 0 0 10px;
  padding: 12px;
  border-radius: 10px;
  background: var(--tint);
  font-weight: 700;
  cursor: pointer;
}
.check-all[hidden] { display: none; }
.agreements .check { padding: 0 12px; }
.choices { display: grid; gap: 12px; }
.choice {
  display: block;
  padding: 18px 20px;
  border: 1px solid var(--line);
  border-radius: 14px;
  background: var(--paper);
  color: inherit;
  text-decoration: none;
}
.choice:hover { border-color: var(--brand); background: var(--tint); }
.choice strong { display: block; font-size: 17px; }
.choice span { color: var(--soft); font-size: 14px; }
.option:has(:disabled) { cursor: not-allowed; color: var(--soft); background: transparent; }
.segments { display: flex; gap: 10px; flex-wrap: wrap; }
.segments legend { width: 100%; }
.segments label {
  flex: 1;
  display: flex;
  gap: 10px;
  margin: 0;
  padding: 13px 14px;
  border: 1px solid var(--line);
  border-radius: 10px;
  background: var(--paper);
  cursor: pointer;
}
.segments label:has(:checked) { border-color: var(--brand); background: var(--tint); }
.account-item {
  margin: 0 0 12px;
  padding: 16px;
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--paper);
}
.account-item .amount { font-size: 22px; font-weight: 700; margin-bottom: 12px; }
.keys { margin: 0; padding: 0; list-style: none; }
.keys li {
  margin: 0 0 10px;
  padding: 14px 16px;
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--paper);
}
.keys li span { display: block; color: var(--soft); font-size: 14px; }
.keys li em { font-style: normal; font-size: 13px; font-weight: 600; }
.danger { margin: 24px 0 16px; padding: 4px 16px 16px; border: 1px solid var(--wrong); border-radius: 12px; }
.danger h2 { margin-top: 14px; color: var(--wrong); }
.danger button { border-color: var(--wrong); color: var(--wrong); }
@media (prefers-reduced-motion: no-preference) {
  button, a.primary, .choice, .option { transition: background-color 120ms ease; }
}
`;

/** CSS text as the browser gets it. */
export const windowStyle = styleSheet(colours, brandRule("body", brand), ownRules);
