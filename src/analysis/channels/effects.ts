/** How much of the effect of all channels some carry (exchange-effects.ts), off the rows; and where those that matter are. */
import { type Receiver, receivers } from '../ap-exchange.ts';
import {
  type ExchangeMeasure,
  type Gained,
  gainedRows,
  ofEffects,
  present,
  shareOfGain,
  writtenGains,
  writtenShare,
} from '../exchange-effects.ts';
import { combine, type Resampled } from '../measures.ts';
import type { ChannelsResult, ChannelsRow } from './document.ts';
import { orderNames } from './orders.ts';

type PlainRow = Omit<ChannelsRow, 'gain'>;
type GainedRow = Gained<PlainRow>;

/** Rows with their gains, and what they say of each direction. */
export function effectsOf(
  rows: readonly PlainRow[],
  request: { readonly attack: string; readonly seed: number },
): Pick<ChannelsResult, 'rows' | 'gain' | 'carried'> {
  const found = gainedRows(rows, request);
  return {
    rows: found.map(({ row, gain }) => ({ ...row, gain: writtenGains(gain) })),
    gain: byDirection(found, (_, { gain }) => writtenGains(gain)),
    carried: byDirection(found, (own, all) =>
      ofEffects(all.gain, (measure) => {
        const shares = [...new Set(own.flatMap(({ row }) => row.share ?? []))];
        return Object.fromEntries(shares.map((share) => [share, carried(own, share, all, measure)]));
      }),
    ),
  };
}

function byDirection<T>(
  found: readonly GainedRow[],
  make: (own: readonly GainedRow[], all: GainedRow) => T,
): Partial<Record<Receiver, T>> {
  return present(receivers, (into) => {
    const own = found.filter(({ row }) => row.into === into);
    const all = own.find(({ row }) => row.order === 'all');
    return all && make(own, all);
  });
}

/** The share of the effect that each order has with so many channels, the mean of its draws. */
function carried(own: readonly GainedRow[], share: string, all: GainedRow, measure: ExchangeMeasure) {
  return present(orderNames, (order) => {
    const draws = own
      .filter(({ row }) => row.share === share && row.order === order)
      .map(({ gain }): Resampled => shareOfGain(gain[measure], all.gain[measure]));
    if (draws.length === 0) return undefined;
    const mean = combine(draws, (values) => values.reduce((sum, value) => sum + value, 0) / values.length);
    return { ...writtenShare(mean), draws: draws.map((each) => writtenShare(each).value) };
  });
}
