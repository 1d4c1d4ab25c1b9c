/** Where the effect of all layers sits: shares of it, and the fewest layers with half of it (exchange-effects.ts), off the rows. */
import { InputError } from '../../errors.ts';
import { type Receiver, receivers } from '../ap-exchange.ts';
import {
  type ExchangeMeasure,
  type Gained,
  gainedRows,
  halfOf,
  ofEffects,
  present,
  shareOfGain,
  writtenGains,
  writtenShare,
} from '../exchange-effects.ts';
import type { ExchangeResult, ExchangeRow } from './document.ts';
import { type ExchangedParameters, exchangedParameters, type LayerSet, layerSets } from './exchange.ts';

/** The positions in the network of the layers that are asked for, from 1; all where none is. @throws InputError that lists them. */
export function positionsOf(layers: readonly string[], asked: readonly string[]): number[] {
  const unknown = asked.filter((name) => !layers.includes(name));
  if (unknown.length > 0)
    throw new InputError(
      `the network has no normalization layer '${unknown[0]}' with AP: use some of ${layers.join(', ')}`,
    );
  return layers.flatMap((name, at) => (asked.length === 0 || asked.includes(name) ? [at + 1] : []));
}

type PlainRow = Omit<ExchangeRow, 'gain'>;
type GainedRow = Gained<PlainRow>;

/** Rows with their gains, and what they say of each direction and kind of parameters. */
export function effectsOf(
  rows: readonly PlainRow[],
  request: { readonly attack: string; readonly seed: number },
): Pick<ExchangeResult, 'rows' | 'gain' | 'halfAt' | 'share'> {
  const found = gainedRows(rows, request);
  return {
    rows: found.map(({ row, gain }) => ({ ...row, gain: writtenGains(gain) })),
    gain: byExchange(found, (_, { gain }) => writtenGains(gain)),
    halfAt: byExchange(found, (own, all) =>
      ofEffects(all.gain, (measure) => ofSets(own, ['prefix', 'suffix'], half(all, measure))),
    ),
    share: byExchange(found, (own, all) =>
      ofEffects(all.gain, (measure) => ofSets(own, layerSets, shares(all, measure))),
    ),
  };
}

/** How many layers of a set have half of the effect of all. */
const half = (all: GainedRow, measure: ExchangeMeasure) => (own: readonly GainedRow[]) => {
  const sized = ({ row, gain }: GainedRow) => ({ size: row.count, gain: gain[measure] });
  const { value, interval } = writtenShare(halfOf(own.map(sized), sized(all)));
  // Quantiles may fall between two numbers of layers.
  return { value, interval: [Math.floor(interval[0]), Math.ceil(interval[1])] as [number, number] };
};

const shares = (all: GainedRow, measure: ExchangeMeasure) => (own: readonly GainedRow[]) =>
  own.map(({ row: { layer = '' }, gain }) => ({
    layer,
    ...writtenShare(shareOfGain(gain[measure], all.gain[measure])),
  }));

/** For each direction and kind of parameters: of its rows, and of that of all layers. */
const byExchange = <T>(
  found: readonly GainedRow[],
  make: (own: readonly GainedRow[], all: GainedRow) => T,
): Partial<Record<Receiver, Partial<Record<ExchangedParameters, T>>>> =>
  present(receivers, (into) => {
    const there = found.filter(({ row }) => row.into === into);
    if (there.length === 0) return undefined;
    return present(exchangedParameters, (parameters) => {
      const own = there.filter(({ row }) => row.parameters === parameters);
      const all = own.find(({ row }) => row.which === 'all');
      return all && make(own, all);
    });
  });

/** Of the rows of each set; absent for one that was not asked for. */
const ofSets = <Set extends LayerSet, T>(
  own: readonly GainedRow[],
  sets: readonly Set[],
  make: (own: readonly GainedRow[]) => T,
): Partial<Record<Set, T>> =>
  present(sets, (set) => {
    const rows = own.filter(({ row }) => row.which === set);
    return rows.length > 0 ? make(rows) : undefined;
  });
