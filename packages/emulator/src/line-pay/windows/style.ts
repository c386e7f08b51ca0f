/** The style sheet of every LINE Pay page: no web font, no picture, no address but its own. */
export const windowStyle = `
:root {
  --green: #06c755;
  --green-dark: #05b34c;
  --green-ink: #03732f;
  --on-green: #032611;
  --ink: #16191d;
  --soft: #59626b;
  --line: #dfe3e6;
  --paper: #ffffff;
  --ground: #f0f2f3;
  --tint: #e8faef;
  --wrong: #b42318;
  --wrong-tint: #fdf0ee;
  --control: #6b4a00;
}
* { box-sizing: border-box; }
body {
  margin: 0;
  min-height: 100vh;
  background: var(--ground);
  color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Apple SD Gothic Neo",
    "Malgun Gothic", "Noto Sans KR", "Hiragino Sans", "Noto Sans JP", "PingFang TC",
    "Microsoft JhengHei", "Noto Sans TC", "Noto Sans SC", "Noto Sans Thai", "Leelawadee UI",
    sans-serif;
  overflow-wrap: anywhere;
}
:lang(ko) { word-break: keep-all; }
.bar {
  display: flex;
  gap: 10px;
  align-items: center;
  justify-content: space-between;
  padding: 12px 20px;
  background: var(--green);
  color: var(--on-green);
}
.bar strong { font-size: 20px; font-weight: 800; letter-spacing: -0.01em; }
.badge {
  padding: 2px 10px;
  border-radius: 999px;
  background: var(--on-green);
  color: #ffffff;
  font-size: 12px;
  font-weight: 700;
}
.notice {
  margin: 0;
  padding: 8px 20px;
  background: #fff4d1;
  color: #5a4300;
  font-size: 13px;
  font-weight: 600;
  text-align: center;
}
main { width: 100%; max-width: 480px; margin: 0 auto; padding: 20px 16px 8px; }
.panel {
  padding: 24px;
  border: 1px solid var(--line);
  border-radius: 18px;
  background: var(--paper);
}
h1 { margin: 0 0 14px; font-size: 22px; line-height: 1.3; letter-spacing: -0.01em; }
h2 { margin: 0 0 12px; font-size: 18px; line-height: 1.4; }
h3 { margin: 0; font-size: 16px; }
p { margin: 0 0 12px; }
a { color: var(--green-ink); text-underline-offset: 3px; }
code { font: 13px/1.4 ui-monospace, "SF Mono", Menlo, monospace; }
section { margin-top: 26px; }
.lead { color: var(--soft); }
.aside { margin: 14px 0 0; text-align: center; font-size: 14px; }
.hint { margin: 6px 0 0; color: var(--soft); font-size: 13px; }
.mistake { margin: 6px 0 0; color: var(--wrong); font-size: 14px; font-weight: 600; }
.caution { color: var(--wrong); font-size: 13px; font-weight: 600; }
.information {
  margin: 18px 0 0;
  padding: 12px 14px;
  border-radius: 12px;
  background: var(--ground);
  color: var(--soft);
  font-size: 13px;
}
.steps {
  display: flex;
  gap: 6px;
  margin: 0 4px 16px;
  padding: 0;
  list-style: none;
  counter-reset: step;
  color: var(--soft);
  font-size: 13px;
}
.steps li { flex: 1; padding-top: 8px; border-top: 4px solid #d3d9dd; counter-increment: step; }
.steps li::before { content: counter(step) " "; }
.steps li[aria-current] { border-color: var(--green); color: var(--ink); font-weight: 700; }
.amount { margin: 0 0 4px; font-size: 30px; line-height: 1.2; font-weight: 800; letter-spacing: -0.02em; }
.amount + p { margin-bottom: 18px; }
.field { margin: 0 0 18px; }
label, legend { display: block; margin-bottom: 6px; font-size: 14px; font-weight: 600; }
input:not([type="checkbox"], [type="radio"]) {
  width: 100%;
  min-height: 50px;
  padding: 10px 14px;
  border: 1px solid #87919a;
  border-radius: 12px;
  background: var(--paper);
  color: inherit;
  font: inherit;
}
input[type="password"] { font-size: 26px; letter-spacing: 0.4em; text-align: center; }
input[aria-invalid]:not([type="checkbox"]) { border: 2px solid var(--wrong); }
input[type="checkbox"], input[type="radio"] {
  width: 22px;
  height: 22px;
  margin: 1px 0 0;
  flex: none;
  accent-color: #04873a;
}
:focus-visible { outline: 3px solid #0a7d3b; outline-offset: 2px; }
fieldset { margin: 0 0 18px; padding: 0; border: 0; min-width: 0; }
legend { padding: 0; }
button, a.primary, a.secondary, summary.secondary {
  display: block;
  width: 100%;
  min-height: 52px;
  padding: 13px 16px;
  border: 1px solid #c5ccd1;
  border-radius: 12px;
  background: var(--paper);
  color: var(--ink);
  font: inherit;
  font-weight: 700;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
button:hover, a.secondary:hover, summary.secondary:hover { background: var(--ground); }
button.primary, a.primary {
  border-color: var(--green);
  background: var(--green);
  color: var(--on-green);
}
button.primary:hover, a.primary:hover { background: var(--green-dark); }
button.quiet { border-color: transparent; background: transparent; color: var(--soft); }
button.danger { border-color: var(--wrong); color: var(--wrong); }
button.small, a.small, summary.small { min-height: 44px; padding: 9px 14px; font-size: 14px; }
main > form { margin-top: 10px; }
.method {
  display: flex;
  gap: 12px;
  align-items: flex-start;
  margin: 0 0 10px;
  padding: 14px 16px;
  border: 1px solid var(--line);
  border-radius: 14px;
  font-weight: 400;
  cursor: pointer;
}
.method:has(:checked) { border-color: var(--green); background: var(--tint); box-shadow: inset 0 0 0 1px var(--green); }
.method > span:not(.brand) { flex: 1; }
.method strong, .method span span { display: block; }
.method span span { color: var(--soft); font-size: 14px; }
.method span.caution { color: var(--wrong); font-size: 13px; }
.brand {
  flex: none;
  min-width: 62px;
  padding: 4px 6px;
  border-radius: 7px;
  background: #1b2a4a;
  color: #ffffff;
  font-size: 12px;
  font-weight: 800;
  letter-spacing: 0.03em;
  text-align: center;
}
.brand.balance { background: var(--green); color: var(--on-green); }
.consent { padding: 16px; border: 1px solid var(--line); border-radius: 14px; background: #fafbfb; }
.consent h2 { margin-bottom: 8px; font-size: 16px; }
.consent p { font-size: 14px; }
.consent, .panel form > .aside { margin-bottom: 18px; }
.check label { display: flex; gap: 12px; margin: 0; cursor: pointer; }
.facts { margin: 0 0 20px; padding: 4px 0; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
.facts > div { display: flex; gap: 16px; justify-content: space-between; padding: 7px 0; }
.facts dt { flex: none; color: var(--soft); }
.facts dd { margin: 0; text-align: right; font-weight: 600; }
.items { margin: 0; padding: 0; list-style: none; font-weight: 600; }
.items span { color: var(--soft); font-weight: 400; white-space: nowrap; }
.control {
  margin: 16px 0 0;
  padding: 14px 16px;
  border: 2px dashed #c9a24a;
  border-radius: 14px;
  background: repeating-linear-gradient(135deg, #fffaf0 0 12px, #fff5df 12px 24px);
  color: var(--control);
  font-size: 13px;
}
.control button { min-height: 44px; padding: 9px 14px; border-color: #c9a24a; color: var(--control); font-size: 14px; }
details.control { padding: 10px 16px; border-width: 1px; }
.control summary { cursor: pointer; }
.control .field { margin-bottom: 10px; }
.control .hint { color: var(--control); }
.languages {
  display: flex;
  flex-wrap: wrap;
  gap: 4px 16px;
  justify-content: center;
  max-width: 560px;
  margin: 8px auto 0;
  padding: 8px 16px 28px;
  font-size: 13px;
}
.languages a { padding: 4px 0; color: var(--soft); }
.languages strong { padding: 4px 0; }
.tabs { display: flex; gap: 4px; margin: 0 0 14px; padding: 4px; border-radius: 14px; background: #e1e5e8; }
.tabs a {
  flex: 1;
  display: grid;
  place-items: center;
  min-height: 44px;
  padding: 4px 6px;
  border-radius: 11px;
  color: var(--soft);
  font-size: 14px;
  font-weight: 600;
  line-height: 1.25;
  text-align: center;
  text-decoration: none;
}
.tabs a[aria-current] { background: var(--paper); color: var(--ink); }
.entry { margin: 0 0 12px; padding: 16px; border: 1px solid var(--line); border-radius: 14px; }
.entry .head { display: flex; gap: 10px; align-items: flex-start; justify-content: space-between; }
.entry .head > :first-child { flex: 1; }
.entry .amount { font-size: 24px; margin-bottom: 12px; }
.entry .facts { margin: 12px 0 0; padding: 4px 0 0; border-bottom: 0; font-size: 14px; }
.entry .facts > div { padding: 4px 0; }
.entry .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }
.entry .field { margin-bottom: 10px; }
.entry form + .control, .entry details, .entry .head + form { margin-top: 12px; }
.entry summary.secondary { list-style: none; }
.entry details[open] summary { margin-bottom: 12px; }
.state { flex: none; padding: 2px 10px; border-radius: 999px; background: var(--ground); color: var(--soft); font-size: 12px; font-weight: 700; }
.state.good { background: var(--tint); color: var(--green-ink); }
.state.bad { background: var(--wrong-tint); color: var(--wrong); }
@media (max-width: 420px) {
  main { padding: 14px 12px 8px; }
  .panel { padding: 20px 18px; border-radius: 16px; }
}
@media (prefers-reduced-motion: no-preference) {
  button, a.primary, .method { transition: background-color 120ms ease; }
}
`;
