/**
 * Group commit: results that arrive while a commit is running wait for it and go together in the
 * next one. Alone, a result is committed at once; under load, batches grow by themselves.
 */
export interface GroupCommit<T> {
  /** Resolves when the result's batch has been dealt with; never rejects. */
  add(result: T): Promise<void>;
}

/** @param commit Deals with a batch, its own failures included. */
export function createGroupCommit<T>(
  commit: (batch: readonly T[]) => Promise<void>,
  maximumBatch: number,
): GroupCommit<T> {
  let waiting: { result: T; done: () => void }[] = [];
  let isCommitting = false;

  async function drain(): Promise<void> {
    isCommitting = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maximumBatch);
      waiting = waiting.slice(maximumBatch);
      try {
        await commit(batch.map(({ result }) => result));
      } finally {
        for (const { done } of batch) done();
      }
    }
    isCommitting = false;
  }

  return {
    add: (result) =>
      new Promise((done) => {
        waiting.push({ result, done });
        if (!isCommitting) void drain();
      }),
  };
}
