/** `dualbn reproduce`: trains and measures what the paper's claims need, decides them by stated rules, writes a report. */
import { availableParallelism } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import { listDatasets } from '../../data/index.ts';
import { type DualbnError, InputError, RunError } from '../../errors.ts';
import {
  checkResults,
  concludeReproduction,
  openReproduction,
  type PerformPlanned,
  claims as paperClaims,
  performInChild,
  performPlan,
  performRun,
  planReproduction,
  type Reproduction,
  type ReproductionDocument,
  reproductionIn,
  rulesDocument,
  type ScaleName,
  type StageVerdict,
  scaleNames,
  scales,
  stages,
  writeReproductionReport,
} from '../../reproduction/index.ts';
import { type Column, formatTable, type Io, printJson } from '../io.ts';
import type { AddCommand } from '../options.ts';
import { dataOption, jsonOption, wholeNumber } from '../options.ts';
import { createProgress } from '../progress.ts';
import { reproductionLines, showPlan } from '../reproduction-plan.ts';

interface Options {
  readonly scale: ScaleName;
  readonly dir?: string;
  readonly from?: readonly string[];
  readonly dryRun?: true;
  readonly rules?: true;
  readonly train: boolean;
  readonly jobs?: number;
  readonly seeds?: readonly number[];
  readonly epsilons?: readonly string[];
  readonly claims?: readonly string[];
  readonly questions?: true | readonly string[];
  readonly dataset?: string;
  readonly combinations?: true;
  readonly data?: string;
  readonly json?: true;
}

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
        'smoke: minutes, to see it work; small: a night on two cores; paper: a GPU',
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
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const reproduction = await planned(io, options);
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

function claimNumbers(text: string): string[] {
  const numbers = text.split(',').map(Number);
  if (numbers.some((number) => !Number.isInteger(number)))
    throw new InvalidArgumentError(`--claims takes numbers with commas between, such as 2,6, not '${text}'.`);
  return numbers.map((number) => `claim ${number}`);
}

function questionLetters(text: string): string[] {
  const letters = text.split(',').map((each) => each.trim().toUpperCase());
  if (letters.some((letter) => !/^[A-Z]$/.test(letter)))
    throw new InvalidArgumentError(
      `--questions takes letters with commas between, such as A,D, not '${text}'.`,
    );
  return letters.map((letter) => `experiment ${letter}`);
}

/** 0,2,5-7 */
function seedList(text: string): number[] {
  const ranges = text.split(',').map((part) => /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part.trim()));
  return ranges.flatMap((found) => {
    const [, from = '', to = from] = found ?? [];
    if (!found || Number(to) < Number(from))
      throw new InvalidArgumentError(
        `--seeds takes seeds and ranges with commas between, such as 0,1,5-7, not '${text}'.`,
      );
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => Number(from) + at);
  });
}

const loading = (io: Io, directory: string | undefined) => ({
  environment: io.environment,
  ...(directory === undefined ? {} : { directory }),
});

const claimIds = paperClaims.map(({ id }) => id);

async function planned(io: Io, options: Options): Promise<Reproduction> {
  const { scale: scaleName, epsilons, claims, combinations, from = [], train } = options;
  // What is there is decided all at once; training takes what is asked for.
  const everything = !train && claims === undefined && options.questions === undefined;
  const questions = everything ? true : options.questions;
  const scale = scales[scaleName];
  const directory = options.dir ?? `runs/reproduce-${scaleName}`;
  const dataset = await datasetOf(io, options, [directory, ...from]);
  const everySeed = Object.values(scale.seeds).flat();
  const seeds = options.seeds ?? (train ? undefined : everySeed);
  const plan = planReproduction(scale, {
    dataset,
    ...(seeds === undefined ? {} : { seeds }),
    ...(epsilons === undefined ? {} : { epsilons }),
    ...(claims === undefined ? (everything ? { claims: claimIds } : {}) : { claims }),
    ...(questions === undefined ? {} : { questions }),
    ...(combinations === undefined ? {} : { combinations }),
  });
  const all = planReproduction(scale, {
    dataset,
    seeds: everySeed,
    claims: claimIds,
    questions: true,
    combinations: true,
  });
  for (const place of from) checkResults(place, scaleName, all.runs);
  return { scaleName, scale, plan, directory, from, loading: loading(io, options.data) };
}

/** As it was asked for, as the results that are there have it, or the first of the scale's that is found. */
async function datasetOf(io: Io, options: Options, places: readonly string[]): Promise<string> {
  const scale = scales[options.scale];
  if (options.dataset !== undefined) return options.dataset;
  const known = places.flatMap((place) => reproductionIn(place)?.dataset ?? []);
  const [first] = scale.datasets;
  if (known[0] !== undefined) return known[0];
  if (!options.train && first !== undefined) return first;
  const listed = await listDatasets(loading(io, options.data));
  const found = scale.datasets.find((name) => listed.some((each) => each.name === name && each.found));
  if (found !== undefined) return found;
  if ((options.dryRun || options.rules) && first !== undefined) return first;
  throw new InputError(
    `none of ${scale.datasets.join(', ')} was found: run \`dualbn data get ${first}\`, or give --data`,
  );
}

const jobsOf = ({ plan }: Reproduction, { jobs }: Options) => {
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
async function perform(io: Io, reproduction: Reproduction, options: Options): Promise<Failure[]> {
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
