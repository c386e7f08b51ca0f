/**
 * The style sheet and the script of every window page, as text for the same reason as the browser
 * script: the compiler emits .ts files only. The pages work without the script.
 */

/** No web font, no picture: only what the page itself draws. Each PG has a colour of its own. */
export const windowStyle = `
:root {
  --ink: #1b1d24;
  --soft: #5d6270;
  --line: #dcdfe6;
  --paper: #ffffff;
  --ground: #f3f4f7;
  --wrong: #b42318;
  --wrong-tint: #fdf0ee;
}
body { --brand: #1c2a5e; --brand-dark: #101a40; --on-brand: #ffffff; --tint: #eceffa; --link: #1c2a5e; }
body[data-pg="kakaopay"] { --brand: #fee500; --brand-dark: #f2d600; --on-brand: #1b1d24; --tint: #fffbe0; --link: #4b4300; }
body[data-pg="naverpay"] { --brand: #06793c; --brand-dark: #04592c; --tint: #e6f5ec; --link: #06793c; }
body[data-pg="settle_acc"] { --brand: #7a2e8e; --brand-dark: #5a2069; --tint: #f6ecf9; --link: #7a2e8e; }
body[data-pg="html5_inicis"] { --brand: #b3261e; --brand-dark: #8a1c16; --tint: #fbedec; --link: #b3261e; }
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
body[data-channel] .notice { padding-right: 64px; } /* The script's close button is there. */
.notice p { margin: 0; font-weight: 600; }
.notice a { color: inherit; white-space: nowrap; }
main, footer { max-width: 480px; margin: 0 auto; padding: 0 20px; }
main { padding-top: 20px; padding-bottom: 12px; }
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
h1 { margin: 8px 0; font-size: 22px; line-height: 1.35; letter-spacing: -0.01em; }
h2 { margin: 28px 0 8px; font-size: 17px; }
p { margin: 0 0 12px; }
a { color: var(--link); text-underline-offset: 3px; }
code { font: 12px/1.4 ui-monospace, "SF Mono", Menlo, monospace; }
.lead { color: var(--soft); }
.charged { font-weight: 700; }
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
  font-weight: 600;
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
  border: 1px solid #8a90a0;
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
:focus-visible { outline: 3px solid #4b7bd8; outline-offset: 2px; }
legend { padding: 0; }
fieldset { margin: 0 0 16px; padding: 0; border: 0; min-width: 0; }
.check { margin: 8px 0 16px; }
.check label { display: flex; gap: 10px; margin: 0; font-weight: 400; cursor: pointer; }
button, a.secondary {
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
button.primary { border-color: var(--brand); background: var(--brand); color: var(--on-brand); }
button.primary:hover { background: var(--brand-dark); }
button.quiet { border-color: transparent; background: transparent; color: var(--soft); }
button.danger { border-color: var(--wrong); color: var(--wrong); }
.more { display: grid; gap: 10px; margin-top: 12px; }
.means {
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
.means:has(:checked) { border-color: var(--brand); background: var(--tint); }
.means strong, .means span span, .rows strong, .rows > li > span, .rows span span { display: block; }
.means span span, .rows span { color: var(--soft); font-size: 14px; }
.rows strong { color: var(--ink); font-size: 16px; }
.means em, .rows em { color: var(--wrong); font-style: normal; font-size: 13px; }
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
.facts {
  display: grid;
  grid-template-columns: auto 1fr;
  gap: 8px 16px;
  margin: 0 0 14px;
  padding: 16px;
  border-radius: 12px;
  background: var(--paper);
  border: 1px solid var(--line);
}
.facts dt { color: var(--soft); }
.facts dd { margin: 0; text-align: right; font-weight: 600; }
footer { padding-bottom: 32px; }
footer details { border-top: 1px dashed #b5bac8; margin-top: 8px; padding-top: 12px; }
footer summary { color: var(--soft); font-size: 13px; cursor: pointer; }
footer details form, footer details > button { margin-top: 12px; }
footer details button { min-height: 40px; padding: 8px 12px; font-size: 14px; }
footer details input { margin-bottom: 8px; }
@media (prefers-reduced-motion: no-preference) {
  button, a.secondary, .means { transition: background-color 120ms ease; }
}
`;

/**
 * Tells the merchant's page what became of the window, and closes the frame when asked. The
 * merchant's origin limits who can read the message; the channel lets the script know it for its
 * own.
 */
export const windowScript = `(() => {
  "use strict";
  const { merchantOrigin, channel, message } = document.body.dataset;
  const isFramed = window.parent !== window && merchantOrigin !== undefined;

  function tellMerchant(content) {
    window.parent.postMessage({ ...content, channel }, merchantOrigin);
  }

  if (message && isFramed) tellMerchant(JSON.parse(message));

  if (isFramed) {
    for (const button of document.querySelectorAll("[data-close]")) {
      button.hidden = false;
      button.addEventListener("click", () => tellMerchant({ type: "closed" }));
    }
    window.addEventListener("keydown", (event) => {
      if (event.key === "Escape") tellMerchant({ type: "closed" });
    });
  }

  /* A second click must not send a second form: the first one's answer would be lost. */
  let isSending = false;
  document.addEventListener("submit", (event) => {
    if (isSending) event.preventDefault();
    isSending = true;
  });
  window.addEventListener("pageshow", () => { isSending = false; });

  const firstMistake = document.querySelector("[aria-invalid]");
  if (firstMistake) firstMistake.focus();
})();
`;
