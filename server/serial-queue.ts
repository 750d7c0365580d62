/** Runs a task after those given before have ended; resolves or rejects as the task does. */
export type SerialQueue = <T>(task: () => Promise<T>) => Promise<T>;

/** Runs asynchronous tasks one after another; a task that rejects does not keep later ones from running. */
export function createSerialQueue(): SerialQueue {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => {});
    return result;
  };
}
