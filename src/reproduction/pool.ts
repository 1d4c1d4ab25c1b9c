/**
 * Several runs at a time, each performed by whoever is given: in this process, or in one of its own (child.ts). Knows the
 * order and the number, and nothing of what a run is.
 */

export interface Pool<Item> {
  readonly items: readonly Item[];
  /** At most so many at once. */
  readonly jobs: number;
  readonly perform: (item: Item) => Promise<'done' | 'interrupted'>;
  readonly onDone?: (item: Item) => void;
  /** A failure ends that item alone, unless this throws. */
  readonly onFailure: (item: Item, error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Ends when all items are done, have failed, or were interrupted; no item begins after the signal. */
export async function runPool<Item>({
  items,
  jobs,
  perform,
  onDone,
  onFailure,
  signal,
}: Pool<Item>): Promise<void> {
  const waiting = [...items];
  let fatal: unknown;
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      if (signal.aborted) return;
      try {
        if ((await perform(item)) === 'done') onDone?.(item);
      } catch (error) {
        try {
          onFailure(item, error);
        } catch (worse) {
          fatal ??= worse;
          waiting.length = 0;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, worker));
  if (fatal !== undefined) throw fatal;
}
