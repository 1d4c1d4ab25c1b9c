/**
 * The results of single examples as text, for files.
 *
 * Flags are a row of 0 and 1, indices rising ranges (`0-99,105`): compact enough for ten thousand examples, and one
 * line each in a language without this program.
 */
import type { Flags } from './cell.ts';

export function writeFlags(flags: Flags): string {
  return flags.join('');
}

export function readFlags(text: string): Flags {
  return Uint8Array.from(text, Number);
}

/**
 * Which stage of an attack broke each example, a character each: `-` misclassified as it is, `.` robust, else the place of the stage
 * that broke it, 1 to 9 and on from `a`.
 */
export function writeBrokenBy(clean: Flags, brokenBy: Uint8Array): string {
  return Array.from(brokenBy, (stage, at) => {
    if (clean[at] === 0) return '-';
    return stage === 0 ? '.' : stage.toString(36);
  }).join('');
}

/** The places of stages, 0 for an example that none broke. */
export function readBrokenBy(text: string): Uint8Array {
  return Uint8Array.from(text, (character) =>
    character === '-' || character === '.' ? 0 : Number.parseInt(character, 36),
  );
}

/** Indices in their order; only runs that rise by one are shortened. */
export function writeIndices(indices: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const index of indices) {
    const range = ranges.at(-1);
    if (range && index === range.last + 1) range.last = index;
    else ranges.push({ first: index, last: index });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

export function readIndices(text: string): number[] {
  if (text === '') return [];
  return text.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}
