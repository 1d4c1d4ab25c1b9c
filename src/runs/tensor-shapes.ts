/** Whether tensors that were read are those a network has. */

import type { Problem } from '../errors.ts';
import type { StoredTensor } from './safetensors/index.ts';

/** Names and shapes of what a network has. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

// A checkpoint of another network differs everywhere; a screenful says so.
const LISTED = 12;

/** Every tensor that is missing, not expected, or of another shape; at most a dozen, then their number. */
export function compareTensors(
  found: ReadonlyMap<string, StoredTensor>,
  expected: Shapes,
  isExtra: (name: string) => boolean = () => false,
): Problem[] {
  const problems: Problem[] = [];
  for (const [name, shape] of expected) {
    const tensor = found.get(name);
    if (tensor === undefined) {
      problems.push({ where: name, what: `missing, expected shape ${text(shape)}` });
    } else if (text(tensor.shape) !== text(shape)) {
      problems.push({ where: name, what: `expected shape ${text(shape)}, found ${text(tensor.shape)}` });
    }
  }
  for (const [name, { shape }] of found) {
    if (!expected.has(name) && !isExtra(name)) {
      problems.push({ where: name, what: `unexpected, of shape ${text(shape)}` });
    }
  }
  if (problems.length <= LISTED) return problems;
  const more = { where: '...', what: `and ${problems.length - LISTED} more` };
  return [...problems.slice(0, LISTED), more];
}

function text(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
