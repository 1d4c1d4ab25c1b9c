/** Runs that differ in nothing but the seed, together: what is averaged and what shares a panel. */
import { groupBy } from './figures/mean.ts';
import type { ReportRun } from './model.ts';

export interface RunGroup {
  /** The regime, with what tells it from other groups of the same regime. */
  readonly label: string;
  readonly runs: readonly ReportRun[];
}

/** Facts that may tell groups of one regime apart, in the order in which they are tried. */
const telling = ['training attack', 'network', 'data set', 'training images'] as const;

export function runGroups(runs: readonly ReportRun[]): RunGroup[] {
  const groups = [...groupBy(runs, ({ recipe }) => recipe).values()];
  const labels = groups.map((group) => {
    const [{ regime, summary }] = group;
    const others = groups.filter((other) => other !== group && other[0].regime === regime);
    const facts = telling.filter((name) => others.some(([other]) => other.summary[name] !== summary[name]));
    return [regime, ...facts.map((name) => String(summary[name]))].join(', ');
  });
  return groups.map((group, at) => {
    const label = labels[at];
    const number = labels.slice(0, at).filter((other) => other === label).length;
    return { label: number === 0 ? label : `${label} (${number + 1})`, runs: group };
  });
}
