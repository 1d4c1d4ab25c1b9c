/** `dualbn reproduce`: trains and measures what the paper's claims need, decides them by stated rules, writes a report. */
import { availableParallelism } from 'node:os';
import { Option } from 'commander';
import { type DualbnError, InputError, RunError } from '../../errors.ts';
import {
  concludeReproduction,
  openReproduction,
  type PerformPlanned,
  performInChild,
  performPlan,
  performRun,
  type Reproduction,
  type ReproductionDocument,
  rulesDocument,
  type StageVerdict,
  scaleNames,
  stages,
  writeReproductionReport,
} from '../../reproduction/index.ts';
import { type Column, formatTable, type Io, printJson } from '../io.ts';
import type { AddCommand } from '../options.ts';
import {
  dataOption,
  deviceOption,
  engineOption,
  jsonOption,
  threadsOption,
  wholeNumber,
} from '../options.ts';
import { createProgress } from '../progress.ts';
import { reproductionLines, showPlan } from '../reproduction-plan.ts';
import {
  claimNumbers,
  plannedReproduction,
  questionLetters,
  type ReproduceOptions,
  seedList,
} from '../reproduction-request.ts';

export const addReproduce: AddCommand = (program, io) => {
  program
    .command('reproduce')
    .summary("decide the paper's six claims, and write a report")
    .description(
      "Trains the regimes that the paper's claims compare, at every epsilon and seed of a scale, measures them, decides each claim " +
        'by a rule that is fixed beforehand, and writes a report. What is there already is kept: started again, it goes on.',
    )
    .addOption(
      new Option(
        '--scale <name>',
        'smoke: minutes, to see it work; small: a night on two cores; medium: small, trained fifteen times as long; paper: a GPU',
      )
        .choices(scaleNames)
        .default('smoke'),
    )
    .option('--dir <directory>', 'where all of it goes; default runs/reproduce-SCALE')
    .option(
      '--from <directories...>',
      'take results of runs from there too, such as results/small: DIRECTORY/runs/NAME.json',
    )
    .option('--dataset <name>', "other than the scale's, such as fashion-mnist")
    .option('--dry-run', 'print the plan with its cost, and do nothing')
    .option('--rules', 'print the rules that decide, with their hashes, as JSON, and do nothing')
    .option('--no-train', 'decide from the results that are there, of all seeds; needs no data')
    .option('--jobs <number>', 'runs at a time; default one a core', wholeNumber('--jobs'))
    .option('--seeds <list>', 'such as 3-9 or 0,1,2; default the exploratory seeds of the scale', seedList)
    .option('--epsilons <list>', 'only these of the scale, such as 8/255', (text) => text.split(','))
    .option('--claims <list>', 'only what these need, such as 2,6', claimNumbers)
    .option(
      '--questions [list]',
      'experiments on what the paper leaves open: all, or some such as A,D; without --claims, these alone',
      questionLetters,
    )
    .option('--combinations', 'train also the combinations of NS and AP that no claim needs')
    .addOption(dataOption())
    .addOption(engineOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(async (options: ReproduceOptions) => {
      const reproduction = await plannedReproduction(io, options);
      if (options.rules)
        return printJson(
          io,
          rulesDocument(reproduction.plan.claims, { ...reproduction, dataset: reproduction.plan.dataset }),
        );
      if (options.dryRun)
        return showPlan(io, reproduction, {
          jobs: jobsOf(reproduction, options),
          json: options.json === true,
        });
      await openReproduction(reproduction);
      const failures = options.train ? await perform(io, reproduction, options) : [];
      if (io.signal.aborted) {
        io.stderr.write('interrupted; the same command goes on\n');
        return;
      }
      const { document, path, results } = await concludeReproduction(reproduction);
      const command = `dualbn reproduce --scale ${options.scale}`;
      const report = await writeReproductionReport(reproduction.directory, { document, results, command });
      if (options.json) printJson(io, document);
      else printVerdicts(io, document, [path, report]);
      if (failures.length > 0) throw failureOf(failures, reproduction.plan.runs.length);
    });
};

const jobsOf = ({ plan }: Reproduction, { jobs }: ReproduceOptions) => {
  const threads = plan.runs[0]?.resolved.configuration.engine.threads ?? 'auto';
  return jobs ?? (threads === 'auto' ? 1 : Math.max(1, Math.floor(availableParallelism() / threads)));
};

interface Failure {
  readonly run: string;
  readonly error: Error;
}

/** Bad input where nothing else made a run fail. */
function failureOf(failures: readonly Failure[], runs: number): DualbnError {
  const what = `${failures.length} of ${runs} runs failed:`;
  if (failures.every(({ error }) => error instanceof InputError))
    return new InputError(
      what,
      failures.map(({ run, error }) => ({ where: run, what: error.message })),
    );
  return new RunError([what, ...failures.map(({ run, error }) => `  ${run}: ${error.message}`)].join('\n'));
}

/** Perform the plan; gives what failed. */
async function perform(io: Io, reproduction: Reproduction, options: ReproduceOptions): Promise<Failure[]> {
  const { plan, scale, directory, scaleName } = reproduction;
  const jobs = jobsOf(reproduction, options);
  const { data } = options;
  const here: PerformPlanned = (run, onWork) =>
    performRun(run, { ...reproduction, signal: io.signal }, onWork);
  const inChild: PerformPlanned = (run, onWork) => {
    const where = { directory, ...(data === undefined ? {} : { data }) };
    const task = { run: run.name, scaleName, scale, request: plan.request, ...where };
    return performInChild(task, io.environment, io.signal, onWork);
  };
  const progress = createProgress(io.stderr, {
    label: `reproduce ${scaleName}`,
    unit: 'image passes',
    format: (value) => (value >= 1e5 ? `${(value / 1e6).toFixed(1)}M` : String(Math.round(value))),
  });
  const failures: Failure[] = [];
  const lines = reproductionLines(reproduction);
  await performPlan(
    reproduction,
    { jobs, signal: io.signal, perform: jobs === 1 ? here : inChild },
    {
      onStart(behind, total, done) {
        io.stderr.write(`${lines.start(done)}, ${jobs} at a time, in ${directory}\n`);
        progress.update({ done: behind, total });
      },
      onWork: (done, total, phase) => progress.update({ done, total, phase }),
      onRun: (run, results, seconds) => progress.note(lines.run(run, results, seconds)),
      onFailure({ name }, error) {
        failures.push({ run: name, error });
        progress.note(`${name} failed: ${error.message}`);
      },
    },
  ).finally(() => progress.finish());
  return failures;
}

const verdictColumns: readonly Column[] = [
  { title: 'claim' },
  { title: '' },
  ...stages.map((stage) => ({ title: stage })),
];

function printVerdicts(
  io: Io,
  { claims, runs, notes }: ReproductionDocument,
  paths: readonly string[],
): void {
  const rows = claims.map(({ id, title, stages: found }) => [id, title, ...found.map(stageText)]);
  const missing = runs.filter(({ done }) => !done).length;
  for (const note of notes) io.stderr.write(`${note}\n`);
  io.stdout.write(
    `${formatTable(verdictColumns, rows)}\n` +
      `${missing > 0 ? `${missing} of ${runs.length} runs are missing\n` : ''}${paths.join('\n')}\n`,
  );
}

/** 'holds (8/255 holds, 16/255 not run)' */
function stageText({ verdict, epsilons }: StageVerdict): string {
  const each = epsilons.map((found) => `${found.epsilon} ${found.verdict}`).join(', ');
  return epsilons.length > 1 && verdict !== 'not run' ? `${verdict} (${each})` : verdict;
}
