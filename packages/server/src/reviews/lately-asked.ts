/**
 * What a provider answered a moment ago: a page that is opened again and again asks it only so often.
 * Kept in this process and for one engine. No decision is made by it: each asks anew.
 */
import type { Engine } from "../engine.ts";

const leastSpacingMs = 10_000;
const mostKept = 1_000;

interface Asked<Answer> {
  readonly atMs: number;
  readonly answer: Promise<Answer>;
}

export class LatelyAsked<Answer> {
  readonly #byEngine = new WeakMap<Engine, Map<string, Asked<Answer>>>();

  /** The last answer about it, or a new one when that is older than ten seconds. */
  async about(engine: Engine, id: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.#byEngine.get(engine) ?? new Map<string, Asked<Answer>>();
    this.#byEngine.set(engine, known);
    const nowMs = engine.effects.clock.monotonicMs();
    const last = known.get(id);
    if (last !== undefined && nowMs - last.atMs < leastSpacingMs) return await last.answer;
    const answer = ask();
    known.delete(id);
    known.set(id, { atMs: nowMs, answer });
    const [oldest] = known.keys();
    if (known.size > mostKept && oldest !== undefined) known.delete(oldest);
    try {
      return await answer;
    } catch (error) {
      known.delete(id);
      throw error;
    }
  }
}
