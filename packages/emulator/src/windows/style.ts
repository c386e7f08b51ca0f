/**
 * The style sheet of the windows of Toss and PortOne, as text for the same reason as the browser
 * scripts: the compiler emits .ts files only. No web font, no picture: only what the page draws.
 */

/** The colours of a provider's windows, as CSS. */
export interface Colours {
  /** Text, and text that matters less. */
  readonly ink: string;
  readonly soft: string;
  /** Borders of panels, of fields, and of what only the emulator has. */
  readonly line: string;
  readonly fieldLine: string;
  readonly testLine: string;
  /** Behind everything. */
  readonly ground: string;
  /** Around what has the keyboard's focus. */
  readonly focus: string;
}

/** The colours of one brand. */
export interface BrandColours {
  readonly brand: string;
  /** Under the pointer. */
  readonly brandDark: string;
  readonly onBrand: string;
  /** Behind what is chosen. */
  readonly tint: string;
  /** The brand as text on the ground. */
  readonly link: string;
}

/** CSS that gives what the selector selects the colours of a brand. */
export function brandRule(selector: string, colours: BrandColours): string {
  const { brand, brandDark, onBrand, tint, link } = colours;
  return `${selector} {
  --brand: ${brand};
  --brand-dark: ${brandDark};
  --on-brand: ${onBrand};
  --tint: ${tint};
  --link: ${link};
}
`;
}

/** One style sheet: the colours, what all windows share, and then the provider's own rules. */
export function styleSheet(colours: Colours, brandRules: string, ownRules: string): string {
  const { ink, soft, line, fieldLine, testLine, ground, focus } = colours;
  return `:root {
  --ink: ${ink};
  --soft: ${soft};
  --line: ${line};
  --field-line: ${fieldLine};
  --test-line: ${testLine};
  --paper: #ffffff;
  --ground: ${ground};
  --focus: ${focus};
  --wrong: #b42318;
  --wrong-tint: #fdf0ee;
}
${brandRules}${sharedRules}${ownRules}`;
}

const sharedRules = `
* { box-sizing: border-box; }
body {
  margin: 0;
  min-height: 100vh;
  background: var(--ground);
  color: var(--ink);
  font: 16px/1.55 "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR",
    system-ui, sans-serif;
  word-break: keep-all;
  overflow-wrap: anywhere;
}
.notice {
  display: flex;
  gap: 12px;
  align-items: center;
  justify-content: space-between;
  padding: 10px 20px;
  background: #fff5d6;
  color: #5a4300;
  font-size: 13px;
  min-height: 60px;
}
body[data-channel] .notice { padding-right: 64px; } /* The browser script's close button is there. */
.notice p { margin: 0; font-weight: 600; }
.notice a { color: inherit; white-space: nowrap; }
main, footer { max-width: 480px; margin: 0 auto; padding: 0 20px; }
main { padding-top: 20px; padding-bottom: 12px; }
h1 { margin: 12px 0 8px; font-size: 22px; line-height: 1.35; letter-spacing: -0.01em; }
h2 { margin: 28px 0 8px; font-size: 17px; }
p { margin: 0 0 12px; }
a { color: var(--link); text-underline-offset: 3px; }
code { font: 12px/1.4 ui-monospace, "SF Mono", Menlo, monospace; }
.lead { color: var(--soft); }
.aside { text-align: right; font-size: 14px; }
form + .aside { text-align: center; margin-top: 12px; }
.hint { margin: 4px 0 0; color: var(--soft); font-size: 13px; }
.mistake { margin: 4px 0 0; color: var(--wrong); font-size: 13px; font-weight: 600; }
.alert {
  margin: 0 0 16px;
  padding: 12px 14px;
  border-radius: 10px;
  background: var(--wrong-tint);
  color: var(--wrong);
  font-size: 14px;
}
.visually-hidden {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}
.steps {
  display: flex;
  gap: 6px;
  margin: 14px 0 18px;
  padding: 0;
  list-style: none;
  counter-reset: step;
  font-size: 13px;
  color: var(--soft);
}
.steps li {
  flex: 1;
  padding-top: 8px;
  border-top: 3px solid var(--line);
  counter-increment: step;
}
.steps li::before { content: counter(step) ". "; }
.steps li[aria-current] { border-color: var(--brand); color: var(--link); font-weight: 700; }
.field { margin: 0 0 16px; }
label, legend { display: block; margin-bottom: 6px; font-size: 14px; font-weight: 600; }
input:not([type="checkbox"], [type="radio"]), select {
  width: 100%;
  min-height: 48px;
  padding: 10px 14px;
  border: 1px solid var(--field-line);
  border-radius: 10px;
  background: var(--paper);
  color: inherit;
  font: inherit;
}
input[aria-invalid], select[aria-invalid] { border-color: var(--wrong); border-width: 2px; }
input[type="checkbox"], input[type="radio"] {
  width: 20px;
  height: 20px;
  margin: 2px 0 0;
  flex: none;
  accent-color: var(--link);
}
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
legend { padding: 0; }
fieldset { margin: 0 0 16px; padding: 0; border: 0; min-width: 0; }
.check { margin: 8px 0; }
.check label { display: flex; gap: 10px; margin: 0; font-weight: 400; cursor: pointer; }
button, a.primary, a.secondary {
  display: block;
  width: 100%;
  min-height: 48px;
  padding: 12px 16px;
  border: 1px solid var(--line);
  border-radius: 10px;
  background: var(--paper);
  color: var(--ink);
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
button[hidden] { display: none; }
button:hover, a.secondary:hover { background: var(--tint); }
button.primary, a.primary { border-color: var(--brand); background: var(--brand); color: var(--on-brand); }
button.primary:hover, a.primary:hover { background: var(--brand-dark); }
button.quiet { border-color: transparent; background: transparent; color: var(--soft); }
.option {
  display: flex;
  gap: 12px;
  margin: 0 0 10px;
  padding: 14px 16px;
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--paper);
  font-weight: 400;
  cursor: pointer;
}
.option:has(:checked) { border-color: var(--brand); background: var(--tint); }
.option strong, .option span span { display: block; }
.option span span { color: var(--soft); font-size: 14px; }
.option em { color: var(--wrong); font-style: normal; font-size: 13px; }
.facts {
  display: grid;
  grid-template-columns: auto 1fr;
  gap: 8px 16px;
  margin: 0 0 18px;
  padding: 16px;
  border-radius: 12px;
  background: var(--paper);
  border: 1px solid var(--line);
}
.facts dt { color: var(--soft); }
.facts dd { margin: 0; text-align: right; font-weight: 600; }
footer { padding-bottom: 32px; }
footer details { border-top: 1px dashed var(--test-line); margin-top: 8px; padding-top: 12px; }
footer summary { color: var(--soft); font-size: 13px; cursor: pointer; }
footer details form, footer details > button { margin-top: 12px; }
footer details button { min-height: 40px; padding: 8px 12px; font-size: 14px; }
footer details input { margin-bottom: 8px; }
`;
