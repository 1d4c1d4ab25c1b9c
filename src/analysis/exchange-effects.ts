/**
 * What an exchange of AP does: the difference to the receiving cell as it is, and its share of what exchanging everything does,
 *
 *   gain(S) = accuracy with S exchanged - accuracy with nothing exchanged        share(S) = gain(S) / gain(all)
 *
 * and from how much on at least half of it is there. Differences of accuracies of the same images; whether one is more than chance
 * is decided from the outcomes of single images, elsewhere.
 */
import { z } from 'zod';
import { type Parts, partsName } from '../figures/index.ts';

/** Below this, everything exchanged changes too little for half of it to mean anything: a point. */
export const leastEffect = 0.01;

export interface Gains {
  readonly clean: number;
  /** Under the attack of the request. */
  readonly robust: number;
}

/** A direction of a document; see ap-exchange.ts. */
interface WrittenDirection {
  readonly into: string;
  readonly receiver: Parts;
  readonly donor: Parts;
  readonly source?: string | undefined;
}

interface Measured {
  readonly clean: number;
  readonly robust: Readonly<Record<string, number>>;
}

export function gainsOf(row: Measured, none: Measured, attack: string): Gains {
  return { clean: digits(row.clean - none.clean), robust: digits(row.robust[attack] - none.robust[attack]) };
}

/** Ten: an accuracy is a fraction of whole images, and its difference need not show rounding. */
const digits = (value: number) => Number(value.toFixed(10));

/**
 * The smallest size from which on an exchange reaches half of the full gain: the least of `sizes` with share >= 1/2.
 *
 * @returns undefined where the full gain is below a point, or none of the sizes reaches half.
 */
export function halfOf(
  rows: readonly { readonly size: number; readonly gain: number }[],
  full: number,
): number | undefined {
  if (Math.abs(full) < leastEffect) return undefined;
  const reached = rows.filter(({ gain }) => gain / full >= 0.5).map(({ size }) => size);
  return reached.length === 0 ? undefined : Math.min(...reached);
}

export const gainsShape = { clean: z.number(), robust: z.number() };

/** In percentage points. */
export const gainCell = (gain: number): string => `${gain > 0 ? '+' : ''}${(100 * gain).toFixed(1)}`;

/** What is put where, above a table and in a figure. */
export function directionName({ into, receiver, donor, source }: WrittenDirection): string {
  const how = source === undefined ? '' : `, NS re-estimated from ${source} images`;
  return `AP ${partsName(donor)} into AP ${partsName(receiver)} (the ${into} cell)${how}`;
}

/** The same in a few words: 'AP adv into clean'. */
export function shortDirection(directions: readonly WrittenDirection[], into: string): string {
  const found = directions.find((direction) => direction.into === into);
  return found ? `AP ${partsName(found.donor)} into ${partsName(found.receiver)}` : into;
}
