/** What a report takes an accuracy to be. How it is written is in format.ts. */

/** A 95% interval, low and high end. */
export type Interval = readonly [low: number, high: number];

/** An accuracy as a fraction, with its 95% interval where one is known. */
export interface Accuracy {
  readonly value: number;
  readonly interval?: Interval;
}
