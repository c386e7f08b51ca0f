/**
 * The style sheet and the script of every window page, as text for the same reason as the SDK
 * scripts: the compiler emits .ts files only. The pages work without the script.
 */

/** No web font, no picture: only what the page itself draws. */
export const windowStyle = `
:root {
  --ink: #17211d;
  --soft: #5b6b64;
  --line: #d9e0dc;
  --paper: #ffffff;
  --ground: #f1f4f2;
  --brand: #0d6b50;
  --brand-dark: #084b38;
  --tint: #e7f3ee;
  --wrong: #b42318;
  --wrong-tint: #fdf0ee;
}
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
body[data-channel] .notice { padding-right: 64px; } /* The SDK's close button is there. */
.notice p { margin: 0; font-weight: 600; }
.notice a { color: inherit; white-space: nowrap; }
main, footer { max-width: 480px; margin: 0 auto; padding: 0 20px; }
main { padding-top: 20px; padding-bottom: 12px; }
h1 { margin: 12px 0 8px; font-size: 22px; line-height: 1.35; letter-spacing: -0.01em; }
h2 { margin: 28px 0 8px; font-size: 17px; }
p { margin: 0 0 12px; }
a { color: var(--brand); text-underline-offset: 3px; }
code { font: 12px/1.4 ui-monospace, "SF Mono", Menlo, monospace; }
.lead { color: var(--soft); }
.aside { text-align: right; font-size: 14px; }
form + .aside { text-align: center; }
form + p, .choices + p { margin-top: 12px; }
h1 + .facts { margin-top: 16px; }
.hint + button { margin-top: 16px; }
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
.alert p { margin: 0 0 6px; }
p.alert { font-weight: 600; }
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
.steps li[aria-current] { border-color: var(--brand); color: var(--brand); font-weight: 700; }
.field { margin: 0 0 16px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; }
label, legend { display: block; margin-bottom: 6px; font-size: 14px; font-weight: 600; }
input:not([type="checkbox"], [type="radio"]), select {
  width: 100%;
  min-height: 48px;
  padding: 10px 14px;
  border: 1px solid #8b9a93;
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
  accent-color: var(--brand);
}
:focus-visible { outline: 3px solid #4a9d83; outline-offset: 2px; }
legend { padding: 0; }
fieldset { margin: 0 0 16px; padding: 0; border: 0; min-width: 0; }
.check { margin: 8px 0; }
.check label, .check-all { display: flex; gap: 10px; margin: 0; font-weight: 400; cursor: pointer; }
.check-all[hidden] { display: none; }
.check-all {
  padding: 12px;
  margin-bottom: 10px;
  border-radius: 10px;
  background: var(--tint);
  font-weight: 700;
}
.agreements .check { padding: 0 12px; }
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
button.primary, a.primary { border-color: var(--brand); background: var(--brand); color: #ffffff; }
button.primary:hover, a.primary:hover { background: var(--brand-dark); }
button.quiet { border-color: transparent; background: transparent; color: var(--soft); }
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
.account {
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
.account:has(:checked) { border-color: var(--brand); background: var(--tint); }
.account:has(:disabled) { cursor: not-allowed; color: var(--soft); background: transparent; }
.account strong, .account span span { display: block; }
.account span span { color: var(--soft); font-size: 14px; }
.account em { color: var(--wrong); font-style: normal; font-size: 13px; }
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
footer details { border-top: 1px dashed #b7c2bc; margin-top: 8px; padding-top: 12px; }
footer summary { color: var(--soft); font-size: 13px; cursor: pointer; }
footer details form, footer details > button { margin-top: 12px; }
footer details button { min-height: 40px; padding: 8px 12px; font-size: 14px; }
footer details input { margin-bottom: 8px; }
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
  button, a.primary, .choice, .account { transition: background-color 120ms ease; }
}
`;

/**
 * Tells the merchant's page how the window ended, closes the iframe when asked, and ticks all terms
 * at once. The merchant's origin limits who can read the message; the channel lets the SDK know it
 * for its own.
 */
export const windowScript = `(() => {
  "use strict";
  const { merchantOrigin, channel } = document.body.dataset;
  const isFramed = window.parent !== window && merchantOrigin !== undefined;

  function tellMerchant(content) {
    window.parent.postMessage({ ...content, channel }, merchantOrigin);
  }

  const announced = document.querySelector("[data-message]");
  if (announced) {
    const content = JSON.parse(announced.dataset.message);
    if (isFramed) tellMerchant(content);
    else if (content.type === "finished") location.replace(content.url);
  }

  if (isFramed) {
    for (const button of document.querySelectorAll("[data-close]")) {
      button.hidden = false;
      button.addEventListener("click", () => tellMerchant({ type: "closed" }));
    }
    window.addEventListener("keydown", (event) => {
      if (event.key === "Escape") tellMerchant({ type: "closed" });
    });
  }

  for (const label of document.querySelectorAll("[data-check-all]")) {
    const all = label.querySelector("input");
    const boxes = [...label.parentElement.querySelectorAll("input[name]")];
    const show = () => { all.checked = boxes.every((box) => box.checked); };
    label.hidden = false;
    show();
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
    });
    for (const box of boxes) box.addEventListener("change", show);
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
