/** `dualbn reproduce --dry-run`: what a reproduction would do, what that costs, and how long it takes on this machine. */
import { costOf, measureSpeed, type Plan, type Reproduction } from '../reproduction/index.ts';
import { type Io, printJson } from './io.ts';
import { type Column, formatTable } from './table.ts';
import { formatDuration } from './units.ts';

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
