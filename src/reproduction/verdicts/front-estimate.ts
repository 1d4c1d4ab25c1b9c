/**
 * A variant's robustness less that of a front at the same clean accuracy, seed by seed. Between the two neighbours a and b of the
 * front around its clean accuracy c, with c_a >= c >= c_b and w = (c - c_b) / (c_a - c_b):
 *
 *   d_e = (r_e - w r_ae - (1 - w) r_be) - slope (c_e - w c_ae - (1 - w) c_be),   slope = (r_a - r_b) / (c_a - c_b)
 *
 * of robust and clean outcomes r, c of example e. The second part is nothing in the mean, and makes the spread over examples that
 * of the distance: an example that moves the clean accuracy moves the point of the front that is compared with (delta method).
 */
import { mean } from '../../statistics/index.ts';
import { own, type Task } from '../hypotheses/statements.ts';
import { labelOf, type Outcomes, outcomesOf } from '../results/outcomes.ts';
import { overSeeds } from './estimate.ts';
import {
  alarmText,
  type Estimated,
  estimated,
  reasoned,
  refuseOtherImages,
  type Setting,
  type Side,
} from './layout.ts';

interface Point {
  readonly variant: string;
  readonly clean: Outcomes;
  readonly robust: Outcomes;
}

export function frontEstimate(
  variant: string,
  task: Task,
  front: readonly string[],
  setting: Setting,
): Estimated {
  const { epsilon, seeds, find } = setting;
  const pointOf = (name: string, seed: number): Point | undefined => {
    const results = find(name, seed);
    const clean = results && outcomesOf(results, own(name, 'clean', task), epsilon);
    const robust = results && outcomesOf(results, own(name, 'robust', task), epsilon);
    return clean && robust && { variant: name, clean, robust };
  };
  const rows = seeds.flatMap((seed) => {
    const point = pointOf(variant, seed);
    const points = front.map((name) => pointOf(name, seed));
    const known = points.flatMap((each) => each ?? []);
    return point && known.length === front.length
      ? [{ point, distances: aboveFront(point, known), known }]
      : [];
  });
  const all = rows.flatMap(({ point, known }) =>
    [point, ...known].flatMap((each) => [each.clean, each.robust]),
  );
  refuseOtherImages(all);
  const runs = [...new Set(all.map(({ run }) => run))];
  const sides = (['clean', 'robust'] as const).flatMap((accuracy): Side[] =>
    rows.length === 0
      ? []
      : [
          {
            label: labelOf(own(variant, accuracy, task)),
            weight: accuracy === 'robust' ? 1 : 0,
            ...overSeeds(rows.map(({ point }) => point[accuracy].flags)),
          },
        ],
  );
  const distances = rows.flatMap((row) => (row.distances ? [row.distances] : []));
  if (rows.length === 0) return { sides, runs };
  if (distances.length < rows.length)
    return { sides, runs, undecidable: 'its clean accuracy lies outside that of the front in some seed' };
  const alarms = [...new Set(all.flatMap((each) => each.alarms))];
  const estimate = estimated(distances, [[1, own(variant, 'robust', task)]]);
  return { estimate, sides, runs, ...reasoned(alarmText(alarms)) };
}

/** Undefined where the front has nothing at its clean accuracy. */
function aboveFront({ clean, robust }: Point, front: readonly Point[]): Float64Array | undefined {
  const c = mean(clean.flags);
  const sorted = [...front].sort((a, b) => mean(b.clean.flags) - mean(a.clean.flags));
  const at = sorted.findIndex((each, index) => index > 0 && mean(each.clean.flags) <= c);
  if (at < 1 || mean(sorted[0].clean.flags) < c) return undefined;
  const [a, b] = [sorted[at - 1], sorted[at]];
  const [ca, cb] = [mean(a.clean.flags), mean(b.clean.flags)];
  const w = ca === cb ? 1 : (c - cb) / (ca - cb);
  const slope = ca === cb ? 0 : (mean(a.robust.flags) - mean(b.robust.flags)) / (ca - cb);
  return Float64Array.from(
    robust.flags,
    (r, e) =>
      r -
      w * a.robust.flags[e] -
      (1 - w) * b.robust.flags[e] -
      slope * (clean.flags[e] - w * a.clean.flags[e] - (1 - w) * b.clean.flags[e]),
  );
}
