/** Progress of long work, on standard error: a bar for people, a line every few seconds for logs. */
import { progress as clackProgress } from "@clack/prompts";
import type { Terminal } from "./terminal.ts";

export interface Progress {
  /** @param done In all, so far. */
  report(done: number, words: string): void;
  /** Before anything else is said. */
  end(): void;
}

/** Between two lines where nobody watches. */
const lineEveryMs = 5_000;

export function startProgress(terminal: Terminal, total: number, words: string): Progress {
  return process.stderr.isTTY ? bar(total, words) : lines(terminal, total);
}

/** Of work that knows only its share done, 0 to 1: told in percent. */
export function startShare(terminal: Terminal, words: string) {
  const progress = startProgress(terminal, 100, words);
  return {
    reach: (share: number, next: string) => progress.report(Math.floor(share * 100), next),
    end: () => progress.end(),
  };
}

function bar(total: number, words: string): Progress {
  const shown = clackProgress({
    max: total,
    output: process.stderr,
    cancelMessage: "Stopping",
    withGuide: false,
  });
  shown.start(words);
  // The bar takes the keyboard and ends the program at Ctrl-C; given back, Ctrl-C is a signal again.
  if (process.stdin.isTTY) process.stdin.setRawMode(false);
  let done = 0;
  return {
    report(now, nextWords) {
      shown.advance(now - done, nextWords);
      done = now;
    },
    end: () => shown.clear(),
  };
}

function lines({ say }: Terminal, total: number): Progress {
  let saidAt = performance.now();
  return {
    report(done, words) {
      if (performance.now() - saidAt < lineEveryMs) return;
      saidAt = performance.now();
      say(`${words} (${done} of ${total})`);
    },
    end: () => undefined,
  };
}
