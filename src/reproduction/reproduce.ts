/**
 * The directory of a reproduction: made or gone on in, and its claims decided from what is there, as a document. Performing
 * the plan is perform-plan.ts, drawing the report write-report.ts.
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import {
  documentVersion,
  fileError,
  readableJson,
  readJson,
  sealDocument,
  writeAtomically,
} from '../files/index.ts';
import { type Environment, openRun } from '../runs/index.ts';
import type { Reproduction } from './perform-plan.ts';
import { stateOf } from './perform-run.ts';
import type { PlannedRun } from './plan.ts';
import { evaluationOf, type RunResults, resultsReader, runDirectory } from './run-results.ts';
import { decideClaims, type ReproductionDocument, reproductionDocumentSchema } from './verdicts.ts';

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

export interface Conclusion {
  readonly document: ReproductionDocument;
  /** Of verdicts.json. */
  readonly path: string;
  /** Of the runs that are trained: what the verdicts were decided from. */
  readonly results: readonly RunResults[];
}

/** Decide all claims of the plan from what is there, and write it down. */
export async function concludeReproduction(reproduction: Reproduction): Promise<Conclusion> {
  const { scaleName, scale, plan, directory } = reproduction;
  const read = resultsReader(reproduction);
  const runs = [];
  for (const run of plan.runs) runs.push({ run, ...(await stateOf(run, directory, read)) });
  const problems = runs.flatMap(({ run, problem }) =>
    problem === undefined ? [] : [`${run.name}: left out: ${problem}`],
  );
  const results = runs.flatMap((state) => state.results ?? []);
  const { evaluated, reestimated } = scale.examples;
  const tested = results.flatMap((each) =>
    plan.epsilons.flatMap((epsilon) => evaluationOf(each, epsilon)?.request.examples.count ?? []),
  );
  const document = reproductionDocumentSchema.parse({
    document: 'verdicts',
    version: documentVersion,
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
    notes: [...problems, ...results.flatMap(({ notes }) => notes)],
    ...decideClaims(plan, results, scale.attack),
  });
  const path = resultPath(directory);
  await writeAtomically(path, readableJson(sealDocument(document)));
  return { document, path, results };
}

/** What all runs have in common, in reading order. */
function settingOf({ scale, plan, directory }: Reproduction): Record<string, string | number> {
  const [first] = plan.runs;
  if (!first) return {};
  const { network, data, epochs, batchSize, attack, optimizer, schedule } = first.resolved.configuration;
  const environment = environmentOf(directory, plan.runs);
  return {
    'data set': plan.dataset,
    network: network.width === undefined ? network.name : `${network.name}, width ${network.width}`,
    'training images': data.trainExamples,
    epochs,
    'batch size': batchSize,
    'training attack': `PGD-${attack.steps} from a ${attack.start.kind} start`,
    'learning rate': `${optimizer.learningRate}, ${schedule.kind}`,
    'test attack': `${scale.attack}, white-box through the evaluated cell, in evaluation mode`,
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

/** Of the first run that can be read. */
function environmentOf(directory: string, runs: readonly PlannedRun[]): Environment | undefined {
  for (const run of runs) {
    const place = runDirectory(directory, run);
    if (!existsSync(place)) continue;
    try {
      return openRun(place).environment;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
  return undefined;
}
