/**
 * Learning rates over training, as values. The position is the epoch as a real number (step / steps an epoch + epoch), so
 * a schedule does not know the batch size.
 *
 *   piecewise  base times the factor of the last milestone that was reached
 *   cosine     base (1 + cos(pi t)) / 2 over the epochs after a linear warm-up
 *   cyclic     linear from 0 up to base at `peak`, and down to 0 at the end  (Rice et al. 2020; Wong et al. 2020)
 */
export type Schedule =
  | {
      readonly kind: 'piecewise';
      readonly milestones: readonly number[];
      readonly factors: readonly number[];
    }
  | { readonly kind: 'cosine'; readonly warmup: number }
  | { readonly kind: 'cyclic'; readonly peak: number };

/** The learning rate at a position of a training of `epochs` epochs. */
export function learningRateAt(schedule: Schedule, base: number, epochs: number, position: number): number {
  switch (schedule.kind) {
    case 'piecewise': {
      const reached = schedule.milestones.filter((milestone) => position >= milestone).length;
      return base * (reached === 0 ? 1 : (schedule.factors[reached - 1] ?? 1));
    }
    case 'cosine': {
      const { warmup } = schedule;
      if (position < warmup) return (base * position) / warmup;
      return (base * (1 + Math.cos((Math.PI * (position - warmup)) / (epochs - warmup)))) / 2;
    }
    case 'cyclic': {
      const { peak } = schedule;
      return position < peak ? (base * position) / peak : (base * (epochs - position)) / (epochs - peak);
    }
  }
}
