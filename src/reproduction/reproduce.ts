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
import type { Reproduction } from './perform/perform-plan.ts';
import { type RunState, stateOf } from './perform/perform-run.ts';
import type { PlannedRun } from './plan.ts';
import type { RunFile } from './results/run-file.ts';
import { type RunResults, runFileWriter } from './results/run-results.ts';
import { type Stage, stages } from './scales.ts';
import { type ReproductionDocument, reproductionDocumentSchema } from './verdicts/document.ts';
import { decideClaims, rulesOfDocument } from './verdicts/verdicts.ts';

const markSchema = z.object({ reproduction: z.string(), dataset: z.string() });
const markPath = (directory: string) => join(directory, 'reproduction.json');
const resultPath = (directory: string) => join(directory, 'verdicts.json');

/** What a directory says that it is a reproduction of, if it is one. */
export const reproductionIn = (directory: string) =>
  existsSync(markPath(directory)) ? readJson(markPath(directory), markSchema) : undefined;

/** Make the directory of a reproduction, or go on in it. @throws InputError if it is something else, or another one. */
export async function openReproduction({ directory, scaleName, plan }: Reproduction): Promise<void> {
  const mark = { reproduction: scaleName, dataset: plan.dataset };
  const known = reproductionIn(directory);
  if (known) {
    const { reproduction, dataset } = known;
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

/** Decide all claims of the plan from the files of its runs, made of their directories where there are some, and write it down. */
export async function concludeReproduction(reproduction: Reproduction): Promise<Conclusion> {
  const { plan, directory } = reproduction;
  const writeFile = runFileWriter(reproduction);
  const states: PlannedState[] = [];
  for (const run of plan.runs) states.push({ run, ...(await stateOf(run, reproduction, writeFile)) });
  const document = conclude(reproduction, states);
  const path = resultPath(directory);
  await writeAtomically(path, readableJson(sealDocument(document)));
  return { document, path, results: states.flatMap(({ results }) => results ?? []) };
}

type PlannedState = Pick<RunState, 'done' | 'results' | 'problem'> & { readonly run: PlannedRun };

/** @throws InputError for results that cannot be compared. */
export function conclude(
  reproduction: Pick<Reproduction, 'scaleName' | 'scale' | 'plan'>,
  states: readonly PlannedState[],
): ReproductionDocument {
  const { scaleName, scale, plan } = reproduction;
  const results = states.flatMap((state) => state.results ?? []);
  refuseOtherData(results);
  const problems = states.flatMap(({ run, problem }) =>
    problem === undefined ? [] : [`${run.name}: left out: ${problem}`],
  );
  const { evaluated, reestimated } = scale.examples;
  const [first] = results;
  const began = (stage: Stage) =>
    results
      .filter(({ run }) => scale.seeds[stage].includes(run.seed))
      .map(({ file }) => file.environment.started)
      .sort()
      .slice(0, 1);
  return reproductionDocumentSchema.parse({
    document: 'verdicts',
    version: documentVersion,
    scale: scaleName,
    summary: scale.summary,
    setting: settingOf(reproduction, results),
    epsilons: plan.epsilons,
    seeds: Object.fromEntries(
      stages.map((stage) => [stage, scale.seeds[stage].filter((seed) => plan.seeds.includes(seed))]),
    ),
    attacks: scale.attacks,
    ...(first ? { chance: 1 / first.file.test.classes.length } : {}),
    examples: {
      evaluated: evaluated === 'all' ? (first?.file.test.count ?? 0) : evaluated,
      reestimated,
    },
    firstTraining: Object.fromEntries(
      stages.flatMap((stage) => began(stage).map((time) => [stage, time] as const)),
    ),
    ...rulesOfDocument,
    runs: states.map(({ run: { name, variant, epsilon, seed }, done }) => ({
      ...{ name, variant, seed, done },
      ...(epsilon === undefined ? {} : { epsilon }),
    })),
    notes: [...problems, ...results.flatMap(({ notes }) => notes)],
    ...decideClaims({ plan, scale, results }),
  });
}

/** @throws InputError for files of other test data than the first has. */
function refuseOtherData(results: readonly RunResults[]): void {
  const [first] = results;
  const others = results.filter(({ file }) => file.test.checksum !== first?.file.test.checksum);
  if (others.length > 0)
    throw new InputError(
      `these were measured on another copy of the data than ${first?.run.name}, and cannot be compared with it:`,
      others.map(({ run }) => ({
        where: run.name,
        what: 'give it a directory of its own, or measure it again',
      })),
      { code: 'mismatch' },
    );
}

/** What all runs have in common, in reading order. */
function settingOf(
  { scale, plan }: Pick<Reproduction, 'scale' | 'plan'>,
  results: readonly RunResults[],
): Record<string, string | number> {
  const [planned] = plan.runs;
  if (!planned) return {};
  const { network, data, epochs, batchSize, attack, optimizer, schedule } = planned.resolved.configuration;
  const all = (of: (file: RunFile) => string) =>
    [...new Set(results.map(({ file }) => of(file)))].sort().join('; ');
  return {
    'data set': all(({ test }) => test.copy) || plan.dataset,
    network: network.width === undefined ? network.name : `${network.name}, width ${network.width}`,
    'training images': data.trainExamples,
    epochs,
    'batch size': batchSize,
    'training attack': `PGD-${attack.steps} from a ${attack.start.kind} start`,
    'learning rate': `${optimizer.learningRate}, ${schedule.kind}`,
    'test attacks': `${scale.attacks.join(' and ')}, white-box through the evaluated cell, in evaluation mode; robust is what none of them breaks`,
    'test images': scale.examples.evaluated,
    'test images of re-estimated NS': scale.examples.reestimated,
    'training images NS are re-estimated from': scale.estimationImages,
    'batches of the domain gap': `${scale.gap.batches} of ${scale.gap.batchSize} images`,
    ...(results.length > 0
      ? {
          engine: all(
            ({ environment: { engine } }) =>
              `${engine.name} ${engine.version}, ${engine.threads} thread(s) a run`,
          ),
          processor: all(({ environment }) => environment.cpu),
        }
      : {}),
  };
}
