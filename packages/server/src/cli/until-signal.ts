/** Waits for Ctrl-C or a polite end; a second one ends the process at once. */
export function untilSignal(say: (text: string) => void): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false;
    const onSignal = () => {
      if (isAsked) process.exit(130);
      isAsked = true;
      say("Stopping: open calls are finished first. Once more ends at once.");
      resolve();
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
}
