/** A progress bar for long work: on standard error, and on a terminal only. */
import { progress } from "@clack/prompts";

export interface ProgressBar {
  /** @param share Of all the work, 0 to 1; never goes back. */
  reach(share: number, message: string): void;
  end(message: string): void;
}

const steps = 1_000;

/** Elsewhere than on a terminal nothing is written. */
export function startProgress(message: string): ProgressBar {
  if (!process.stderr.isTTY) return { reach: () => undefined, end: () => undefined };
  const bar = progress({ max: steps, output: process.stderr, withGuide: false });
  bar.start(message);
  let reached = 0;
  return {
    reach(share, text) {
      const step = Math.min(steps, Math.floor(share * steps));
      bar.advance(Math.max(0, step - reached), text);
      reached = Math.max(reached, step);
    },
    end: (text) => bar.stop(text),
  };
}
