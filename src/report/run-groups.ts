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
  const labels = groups.map((group) =>
    labelOf(
      group[0],
      groups.map(([run]) => run),
    ),
  );
  return groups.map((group, at) => {
    const label = labels[at];
    const number = labels.slice(0, at).filter((other) => other === label).length;
    return { label: number === 0 ? label : `${label} (${number + 1})`, runs: group };
  });
}

/** The regime, and as many facts as it takes to tell it from the others. */
function labelOf(run: ReportRun, all: readonly ReportRun[]): string {
  let alike = all.filter((other) => other !== run && other.regime === run.regime);
  const parts: string[] = [run.regime];
  for (const name of telling) {
    if (alike.every((other) => other.summary[name] === run.summary[name])) continue;
    parts.push(String(run.summary[name]));
    alike = alike.filter((other) => other.summary[name] === run.summary[name]);
  }
  return parts.join(', ');
}
