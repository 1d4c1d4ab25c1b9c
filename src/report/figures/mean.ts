/** Means over seeds, of what was measured alike. */
import type { Accuracy } from '../accuracy.ts';

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean; with the interval over test images where there is one value only, since that of the mean is not known here. */
export const meanAccuracy = (all: readonly Accuracy[]): Accuracy =>
  all.length === 1 ? all[0] : { value: mean(all.map(({ value }) => value)) };

/** Items by a key, in order of first appearance. */
export function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
