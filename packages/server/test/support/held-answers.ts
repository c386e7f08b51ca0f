/** A provider whose answers to confirmations can be held up on their way. */
import type { HttpSender } from "@maedal/gateways";

export interface HeldAnswers {
  readonly sender: (real: HttpSender) => HttpSender;
  /** From now on confirmations arrive and their answers do not. */
  hold(): void;
  letGo(): void;
}

export function holdConfirmations(): HeldAnswers {
  let letGo: () => void = () => undefined;
  let held = Promise.resolve();
  return {
    hold() {
      held = new Promise((resolve) => (letGo = resolve));
    },
    letGo: () => letGo(),
    sender: (real) => ({
      close: () => real.close(),
      async send(request) {
        const answer = await real.send(request);
        if (request.url.endsWith("/confirm")) await held;
        return answer;
      },
    }),
  };
}
