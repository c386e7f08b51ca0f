/**
 * The script of every window page of Toss and PortOne, as text for the same reason as the browser
 * scripts: the compiler emits .ts files only. The pages work without it.
 */

/**
 * Tells the merchant's page how the window ended, closes the iframe when asked, and ticks all terms
 * at once. The merchant's origin limits who can read the message; the channel lets the browser
 * script know it for its own.
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
