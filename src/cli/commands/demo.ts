/** `dualbn demo`: the main job in two or three minutes, on real images that are here already. */
import { join } from 'node:path';
import {
  packageVersion,
  type ResolvedConfiguration,
  regimeOf,
  resolveConfiguration,
} from '../../configuration/index.ts';
import { listDatasets } from '../../data/index.ts';
import { InputError } from '../../errors.ts';
import { examplesText, gridTable } from '../../evaluation/index.ts';
import {
  beginRun,
  exampleImages,
  openSession,
  planEvaluation,
  reportRun,
  type Session,
} from '../../experiments/index.ts';
import { writeAtomically } from '../../files/index.ts';
import { type ReportRun, renderReport } from '../../report/index.ts';
import { loadTrained, nextFreeDirectory } from '../../runs/index.ts';
import { evaluationCells, type RegimeName } from '../../training/index.ts';
import type { Io } from '../io.ts';
import { formatDuration, formatTable } from '../io.ts';
import type { AddCommand } from '../options.ts';
import { dataOption, setOption } from '../options.ts';
import { evaluateWithProgress, loadingOf, trainWithProgress } from '../sessions.ts';

interface Options {
  readonly data?: string;
  readonly out: string;
  readonly set: readonly string[];
}

const compared: readonly RegimeName[] = ['hybrid', 'dual-bn'];

/** Real images in the order of preference; the last comes with the package. */
const preferred = ['cifar-10', 'fashion-mnist', 'mnist'] as const;

/** Clothes and digits bear more than photographs: at 8/255 they would hardly change. */
const epsilons: Readonly<Record<(typeof preferred)[number], readonly string[]>> = {
  'cifar-10': [],
  'fashion-mnist': ['attack.epsilon=16/255', 'attack.stepSize=12/255'],
  mnist: ['attack.epsilon=0.2', 'attack.stepSize=0.15'],
};

export const addDemo: AddCommand = (program, io) => {
  program
    .command('demo')
    .summary('train, attack and dissect in about three minutes, on real images')
    .description(
      'Trains hybrid and dual-bn on CIFAR-10 if it is here, else Fashion-MNIST, else MNIST; evaluates the grid of NS and AP ' +
        'of each under PGD-10 and PGD-20; writes a report that opens in any browser.',
    )
    .addOption(dataOption())
    .addOption(setOption())
    .option(
      '--out <directory>',
      'where the runs and the report go; the next free name if it is taken',
      'runs/demo',
    )
    .action(async ({ data, out, set }: Options) => {
      const began = Date.now();
      const dataset = await chooseDataset(io, data);
      const directory = nextFreeDirectory(out);
      io.stderr.write(`demo on ${dataset}, in ${directory}\n`);
      let session: Session | undefined;
      const reported: ReportRun[] = [];
      for (const regime of compared) {
        const overrides = [`data.dataset=${dataset}`, `regime.name=${regime}`, ...epsilons[dataset], ...set];
        const resolved = resolveConfiguration({ preset: 'demo', overrides });
        await session?.engine.dispose();
        session = await openSession(resolved.configuration, loadingOf(io, data));
        const done = await trainAndEvaluate(io, join(directory, regime), session, resolved, data);
        if (!done) return;
        reported.push(done);
      }
      const path = join(directory, 'report.html');
      const generated = { version: packageVersion, command: 'dualbn demo', date: new Date().toISOString() };
      await writeAtomically(
        path,
        await renderReport({ title: `dualbn demo: ${compared.join(' and ')}`, runs: reported, generated }),
      );
      const took = formatDuration((Date.now() - began) / 1000);
      io.stdout.write(
        [
          'How to read it: compare cells whose NS and AP are of one branch. The two mixed cells of dual-bn pair AP with the',
          'statistics of another network, so their outcome says nothing about AP alone.',
          `Report: ${path} (${took})`,
          '',
        ].join('\n'),
      );
    });
};

async function chooseDataset(io: Io, data: string | undefined): Promise<(typeof preferred)[number]> {
  const { environment } = io;
  const listed = await listDatasets(data === undefined ? { environment } : { environment, directory: data });
  const found = preferred.find((name) => listed.some((dataset) => dataset.name === name && dataset.found));
  if (found) return found;
  throw new InputError(
    `none of ${preferred.join(', ')} was found: run \`dualbn data get fashion-mnist\`, or give --data`,
  );
}

/** One regime: train, evaluate, print the grid, and gather what the report shows; undefined after Ctrl-C. */
async function trainAndEvaluate(
  io: Io,
  directory: string,
  session: Session,
  resolved: ResolvedConfiguration,
  data: string | undefined,
): Promise<ReportRun | undefined> {
  const { engine } = session;
  const { configuration } = resolved;
  const where = { environment: io.environment, ...(data === undefined ? {} : { directory: data }) };
  const created = await beginRun(session, resolved, directory);
  const outcome = await trainWithProgress(io, created, session, { resume: false });
  if (outcome.ended === 'interrupted') return undefined;

  const plan = planEvaluation(configuration, {});
  const { document } = await evaluateWithProgress(io, created, engine, plan, data);
  const { columns, rows } = gridTable(document);
  const title = `${configuration.regime.name}: ${examplesText(document)}`;
  io.stdout.write(`${title}\n${formatTable(columns, rows)}\n`);

  const { network, test } = await loadTrained(created, engine, where);
  const cell = evaluationCells(regimeOf(configuration.regime)).robust;
  const examples = { count: 8, attack: 'pgd-20', epsilon: plan.epsilon, signal: io.signal };
  const images = await exampleImages({ engine, network, cell }, test, examples);
  return { ...(await reportRun(created, where)), images };
}
