/**
 * `dualbn reproduce` without its terminal: performs what is left of a plan, decides the claims from what is there, and
 * writes the document. Drawing the report is report.ts.
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { fileError, readJson, writeAtomically } from '../files/index.ts';
import { openRun } from '../runs/index.ts';
import { decideClaims } from './decide-claims.ts';
import { type ReproductionDocument, reproductionDocumentSchema } from './document.ts';
import { type ExampleResult, findingOf, runDirectory } from './findings.ts';
import { costOf, type OnWork, stateOf } from './perform.ts';
import type { Plan, PlannedRun } from './plan.ts';
import { runPool } from './pool.ts';
import type { Scale, ScaleName } from './scales.ts';

export interface Reproduction {
  readonly scaleName: ScaleName;
  readonly scale: Scale;
  readonly plan: Plan;
  readonly directory: string;
}

/** What the owner of a reproduction hears of it. Costs are image passes of the whole plan. */
export interface ReproductionListener {
  /** `behind` was there before; `total` is all. */
  onStart?(behind: number, total: number, runsDone: number): void;
  onWork?(done: number, total: number, doing: string): void;
  onRun?(run: PlannedRun, finding: ExampleResult, seconds: number): void;
  onFailure?(run: PlannedRun, message: string): void;
}

export type PerformPlanned = (run: PlannedRun, onWork: OnWork) => Promise<'done' | 'interrupted'>;

const markSchema = z.object({ reproduction: z.string(), dataset: z.string() });
const markPath = (directory: string) => join(directory, 'reproduction.json');
const resultPath = (directory: string) => join(directory, 'verdicts.json');

/** Make the directory of a reproduction, or go on in it. @throws InputError if it is something else, or another one. */
export async function openReproduction({ directory, scaleName, plan }: Reproduction): Promise<void> {
  const mark = { reproduction: scaleName, dataset: plan.dataset };
  if (existsSync(markPath(directory))) {
    const { reproduction, dataset } = readJson(markPath(directory), markSchema);
    if (reproduction !== mark.reproduction || dataset !== mark.dataset)
      throw new InputError(
        `${directory} holds a reproduction of scale ${reproduction} on ${dataset}, not of ${scaleName} on ${plan.dataset}: ` +
          'give another directory with --dir',
      );
    return;
  }
  if (existsSync(directory) && readdirSync(directory).length > 0)
    throw new InputError(
      `${directory} is there and is not a reproduction: give another directory with --dir`,
    );
  try {
    await mkdir(join(directory, 'runs'), { recursive: true });
  } catch (error) {
    throw fileError('make a reproduction in', directory, error);
  }
  await writeAtomically(markPath(directory), `${JSON.stringify(mark, null, 2)}\n`);
}

/** Perform what is left, so many runs at a time. A run that fails is told of, and the others go on. */
export async function performPlan(
  reproduction: Reproduction,
  {
    jobs,
    signal,
    perform,
  }: { readonly jobs: number; readonly signal: AbortSignal; readonly perform: PerformPlanned },
  listener: ReproductionListener = {},
): Promise<void> {
  const { plan, scale, directory } = reproduction;
  const total = plan.runs.reduce((sum, run) => sum + costOf(run), 0);
  const states = await Promise.all(
    plan.runs.map(async (run) => ({ run, ...(await stateOf(run, reproduction)) })),
  );
  const left = states.filter(({ done }) => !done).map(({ run }) => run);
  const behind = new Map(states.map(({ run, behind }) => [run.name, behind]));
  const sum = () => [...behind.values()].reduce((total, cost) => total + cost, 0);
  listener.onStart?.(sum(), total, states.length - left.length);
  await runPool({
    items: left,
    jobs,
    signal,
    async perform(run) {
      const began = performance.now();
      const how = await perform(run, (done, doing) => {
        behind.set(run.name, Math.max(done, behind.get(run.name) ?? 0));
        listener.onWork?.(sum(), total, `${run.name}: ${doing}`);
      });
      if (how === 'done') {
        behind.set(run.name, costOf(run));
        listener.onRun?.(run, findingOf(directory, run, scale), (performance.now() - began) / 1000);
      }
      return how;
    },
    onFailure(run, error) {
      // What the user must mend would meet every other run, too.
      if (!(error instanceof Error) || error instanceof InputError) throw error;
      listener.onFailure?.(run, error.message);
    },
  });
}

/** Decide all claims of the plan from what is there, and write it down. */
export async function concludeReproduction(
  reproduction: Reproduction,
): Promise<{ readonly document: ReproductionDocument; readonly path: string }> {
  const { scaleName, scale, plan, directory } = reproduction;
  const runs = await Promise.all(
    plan.runs.map(async (run) => ({ run, done: (await stateOf(run, reproduction)).done })),
  );
  const findings = runs
    .filter(({ run }) => existsSync(runDirectory(directory, run)))
    .map(({ run }) => findingOf(directory, run, scale));
  const { evaluated, reestimated } = scale.examples;
  const tested = findings.flatMap(({ evaluations }) =>
    evaluations.map(({ request }) => request.examples.count),
  );
  const document = reproductionDocumentSchema.parse({
    scale: scaleName,
    summary: scale.summary,
    setting: settingOf(reproduction),
    epsilons: plan.epsilons,
    seeds: plan.seeds,
    attack: scale.attack,
    examples: { evaluated: evaluated === 'all' ? (tested[0] ?? 0) : evaluated, reestimated },
    runs: runs.map(({ run: { name, regime, epsilon, seed }, done }) => ({
      name,
      regime,
      epsilon,
      seed,
      done,
    })),
    ...decideClaims(plan, findings, scale.attack),
  });
  const path = resultPath(directory);
  await writeAtomically(path, `${JSON.stringify(document, null, 2)}\n`);
  return { document, path };
}

/** What all runs have in common, in reading order. */
function settingOf({ scale, plan, directory }: Reproduction): Record<string, string | number> {
  const [first] = plan.runs;
  if (!first) return {};
  const { network, data, epochs, batchSize, attack, optimizer, schedule } = first.resolved.configuration;
  const made = plan.runs.find((run) => existsSync(runDirectory(directory, run)));
  const environment = made && openRun(runDirectory(directory, made)).environment;
  return {
    'data set': plan.dataset,
    network: network.width === undefined ? network.name : `${network.name}, width ${network.width}`,
    'training images': data.trainExamples,
    epochs,
    'batch size': batchSize,
    'training attack': `PGD-${attack.steps} from a ${attack.start.kind} start`,
    'learning rate': `${optimizer.learningRate}, ${schedule.kind}`,
    'test attack': `${scale.attack}, white-box through the cell that is evaluationCells, in evaluation mode`,
    'test images': scale.examples.evaluated,
    'test images of re-estimated NS': scale.examples.reestimated,
    'training images NS are re-estimated from': scale.estimationImages,
    'batches of the domain gap': `${scale.gap.batches} of ${scale.gap.batchSize} images`,
    ...(environment
      ? {
          engine: `${environment.engine.name} ${environment.engine.version}, ${environment.engine.threads} thread(s) a run`,
          processor: environment.cpu,
        }
      : {}),
  };
}
