/** `dualbn reproduce --dry-run`: what a reproduction would do, what that costs, and how long it takes on this machine. */

import { sameCell } from '../nn/index.ts';
import {
  costOf,
  measureSpeed,
  type Plan,
  type PlannedRun,
  type Reproduction,
  type RunResults,
} from '../reproduction/index.ts';
import { evaluationCells, regimeNamed } from '../training/index.ts';
import { type Column, formatDuration, formatTable, type Io, printJson } from './io.ts';

const columns: readonly Column[] = [
  { title: 'run' },
  { title: 'claims' },
  { title: 'training', align: 'right' },
  { title: 'measuring', align: 'right' },
  { title: 'measurements' },
];

/** Print the plan; for people with the time it takes, `jobs` runs at once, by a step that is timed. */
export async function showPlan(
  io: Io,
  { plan, scale, scaleName }: Reproduction,
  { jobs, json }: { readonly jobs: number; readonly json: boolean },
): Promise<void> {
  const { runs } = plan;
  const total = runs.reduce((sum, run) => sum + costOf(run), 0);
  if (json) {
    printJson(io, { ...planDocument(plan), imagePasses: total });
    return;
  }
  const lines = runs.map((run) => [
    run.name,
    run.claims.join(', '),
    (run.trainingCost / 1e6).toFixed(2),
    (costOf(run) / 1e6 - run.trainingCost / 1e6).toFixed(2),
    [...new Set(run.measurements.map(({ what }) => what))].join(', '),
  ]);
  io.stdout.write(`${scaleName}: ${scale.summary}, on ${plan.dataset}\n`);
  io.stdout.write(
    `${formatTable(columns, lines)}\nin millions of image passes; ${(total / 1e6).toFixed(1)} in all\n`,
  );
  const [first] = runs;
  if (!first) return;
  io.stderr.write('timing a training step of this scale ...\n');
  const speed = await measureSpeed(first.resolved.configuration, io.signal);
  const time = formatDuration(total / speed / jobs);
  io.stdout.write(
    `about ${time} on this machine, ${jobs} run(s) at a time, at ${Math.round(speed)} image passes a second each\n`,
  );
}

const planDocument = ({ dataset, epsilons, seeds, runs }: Plan) => ({
  dataset,
  epsilons,
  seeds,
  runs: runs.map((run) => ({
    name: run.name,
    regime: run.regime,
    epsilon: run.epsilon,
    seed: run.seed,
    claims: run.claims,
    imagePasses: costOf(run),
    measurements: run.measurements.map(({ what, epsilon }) => ({ what, epsilon })),
  })),
});

// What a reproduction says on its way: a line when it starts, and one for every run that is done.

export function reproductionLines({ plan: { runs, dataset }, scale, scaleName }: Reproduction) {
  let done = 0;
  return {
    start(before: number): string {
      done = before;
      const there = before > 0 ? `, ${before} of them there already` : '';
      return `reproduce ${scaleName} on ${dataset}: ${runs.length} runs${there}`;
    },
    /** [3/27] dual-bn-8-255-seed-0 (9:12): clean branch 63.4 / 3.1, robust branch 48.2 / 26.8 (clean / pgd-10, %) */
    run(run: PlannedRun, { measured }: RunResults, seconds: number): string {
      done += 1;
      const deciding = scale.attacks.at(-1) ?? scale.attacks[0];
      const cells = evaluationCells(regimeNamed(run.regime));
      const evaluations = measured.flatMap(({ document }) =>
        document.document === 'evaluation' ? [document] : [],
      );
      const shown = evaluations.map(({ grid }) =>
        (['clean', 'robust'] as const)
          .flatMap((task) => {
            const found = grid.find((each) => sameCell(each, cells[task]));
            const robust = found?.robust[deciding];
            return found && robust !== undefined
              ? [`${task} branch ${percent(found.clean)} / ${percent(robust)}`]
              : [];
          })
          .join(', '),
      );
      const what = shown.length > 0 ? `: ${shown.join('; ')} (clean / ${deciding}, %)` : '';
      return `[${done}/${runs.length}] ${run.name} (${formatDuration(seconds)})${what}`;
    },
  };
}

const percent = (fraction: number) => (100 * fraction).toFixed(1);
