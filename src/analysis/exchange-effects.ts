/**
 * What an exchange of AP does: the difference to the receiving cell as it is, and its share of what exchanging everything does,
 *
 *   gain(S) = accuracy with S exchanged - accuracy with nothing exchanged        share(S) = gain(S) / gain(all)
 *
 * in clean accuracy and under the attack of the request. All are of the same images: gains have paired intervals (Bonett & Price
 * 2012), shares and what follows from them those of paired bootstrap samples of the images (measures.ts). They allow for other images,
 * not for a network of another seed. Where the interval of gain(all) contains 0 there is no effect to have a share of.
 */
import { z } from 'zod';
import { readFlags } from '../evaluation/index.ts';
import { groupBy, type Parts, partsName, percent } from '../figures/index.ts';
import { type Interval, pairedInterval } from '../statistics/index.ts';
import { type AccuracyRow, intervalSchema } from './accuracies.ts';
import { combine, type Estimate, estimateOf, type Resampled, resampledMean } from './measures.ts';

export const exchangeMeasures = ['clean', 'robust'] as const;
export type ExchangeMeasure = (typeof exchangeMeasures)[number];

/** Clean accuracy, and that under the attack of the request. */
export type ByMeasure<T> = Readonly<Record<ExchangeMeasure, T>>;

/** What is made for each of the two. */
export const byMeasure = <T>(make: (measure: ExchangeMeasure) => T): ByMeasure<T> => ({
  clean: make('clean'),
  robust: make('robust'),
});

/** A gain, of the images and of bootstrap samples of them. */
export interface Gain extends Resampled {
  readonly interval: Interval;
}

/** Gains of rows of a direction over its first, in which nothing is exchanged. */
export function gainsOver(
  rows: readonly Pick<AccuracyRow, 'outcomes'>[],
  attack: string,
  seed: number,
): ByMeasure<Gain>[] {
  const flags = rows.map(({ outcomes }) => ({
    clean: readFlags(outcomes.clean),
    robust: readFlags(outcomes.robust[attack]),
  }));
  const [none] = flags;
  const count = none.clean.length;
  const resample = resampledMean(count, { seed, draws: 1000 });
  return flags.map((own) =>
    byMeasure((measure) => {
      const change = Float64Array.from(own[measure], (flag, at) => flag - none[measure][at]);
      const of = (sign: number) => change.filter((each) => each === sign).length;
      return { ...resample(change), interval: pairedInterval(of(1), of(-1), count) };
    }),
  );
}

/** A row of a document, with its gain. */
export interface Gained<Row> {
  readonly row: Row;
  readonly gain: ByMeasure<Gain>;
}

/** Rows with their gains; of each direction, the first is that in which nothing is exchanged. */
export function gainedRows<Row extends { readonly into: string } & Pick<AccuracyRow, 'outcomes'>>(
  rows: readonly Row[],
  { attack, seed }: { readonly attack: string; readonly seed: number },
): Gained<Row>[] {
  return [...groupBy(rows, ({ into }) => into).values()].flatMap((own) => {
    const gains = gainsOver(own, attack, seed);
    return own.map((row, at) => ({ row, gain: gains[at] }));
  });
}

export const shareOfGain = (part: Resampled, full: Resampled): Resampled =>
  // A sample of images without any gain has nothing to share.
  combine([part, full], ([own, all]) => (all === 0 ? 0 : own / all));

/** Whether there is an effect to have a share of. */
export const isEffect = ({ interval: [low, high] }: Gain): boolean => low > 0 || high < 0;

/**
 * The smallest size whose exchange has half of the full gain: the least of `sizes` with share >= 1/2, and the full one's if no other's.
 * Gains need not rise with size; this is the first that is large enough.
 */
export function halfOf(
  parts: readonly { readonly size: number; readonly gain: Resampled }[],
  full: { readonly size: number; readonly gain: Resampled },
): Resampled {
  const bySize = [...parts].sort((a, b) => a.size - b.size);
  return combine([full.gain, ...bySize.map(({ gain }) => gain)], ([all, ...gains]) => {
    // As a product, so that a sample without any gain divides by nothing.
    const at = gains.findIndex((gain) => gain * all >= all ** 2 / 2);
    return at < 0 ? full.size : bySize[at].size;
  });
}

export const estimateSchema = z.object({ value: z.number(), interval: intervalSchema });
export const measuredSchema = z.object({ clean: estimateSchema, robust: estimateSchema });

/** To six digits, which are more than it means. */
const written = ({ value, interval }: Estimate): { value: number; interval: [number, number] } => {
  // Plus nothing: no -0, which JSON would not keep.
  const digits = (number: number) => Math.round(1e6 * number) / 1e6 + 0;
  return { value: digits(value), interval: [digits(interval[0]), digits(interval[1])] };
};

/** With the interval of its bootstrap samples. */
export const writtenShare = (share: Resampled) => written(estimateOf(share));

export const writtenGains = (gains: ByMeasure<Gain>) => byMeasure((measure) => written(gains[measure]));

/** What is made for each of the two that has an effect. */
export const ofEffects = <T>(full: ByMeasure<Gain>, make: (measure: ExchangeMeasure) => T) =>
  present(exchangeMeasures, (measure) => (isEffect(full[measure]) ? make(measure) : undefined));

/** What is made for each key, without those for which it is nothing. */
export function present<Key extends string, T>(
  keys: readonly Key[],
  make: (key: Key) => T | undefined,
): Partial<Record<Key, T>> {
  const made: Partial<Record<Key, T>> = {};
  for (const key of keys) {
    const value = make(key);
    if (value !== undefined) made[key] = value;
  }
  return made;
}

// As tables and captions.

/** In percentage points. */
const points = (gain: number): string => `${gain > 0 ? '+' : ''}${(100 * gain).toFixed(1)}`;

export const gainCell = ({ value, interval: [low, high] }: Estimate): string =>
  `${points(value)} [${points(low)}, ${points(high)}]`;

export const shareCell = (estimate: Estimate | undefined): string =>
  estimate
    ? `${percent(estimate.value)} [${percent(estimate.interval[0])}, ${percent(estimate.interval[1])}]`
    : '';

/** A direction of a document; see ap-exchange.ts. */
interface WrittenDirection {
  readonly into: string;
  readonly receiver: Parts;
  readonly donor: Parts;
  readonly source?: string | undefined;
}

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
