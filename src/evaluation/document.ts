/**
 * The JSON form of an evaluation: what `dualbn evaluate --json` prints and a run keeps in evaluations/. Accuracies are
 * fractions. Readers may rely on every key here; docs/evaluation.md describes them.
 */
import { z } from 'zod';
import { cellOf } from '../nn/index.ts';
import type { Flags } from './cell.ts';
import type { GridEvaluation } from './grid.ts';
import { wilsonInterval } from './interval.ts';
import { writeFlags, writeIndices } from './outcomes.ts';
import { countOf } from './sanity-checks.ts';

const fraction = z.number().min(0).max(1);
const interval = z.tuple([fraction, fraction]);
const flags = z.string().regex(/^[01]*$/);
/** Adapter and head only in networks that have several. */
const cell = {
  statistics: z.string(),
  affine: z.string(),
  adapter: z.string().exactOptional(),
  head: z.string().exactOptional(),
};

export const evaluationDocumentSchema = z.object({
  /** Name of the run's directory; of the file, for a model from elsewhere. */
  run: z.string(),
  /** 'file' for a model from elsewhere. */
  checkpoint: z.enum(['last', 'best', 'file']),
  /** Whole epochs that the checkpoint was trained for; 0 where nobody knows. */
  epoch: z.int().min(0),
  dataset: z.string(),
  /** sha256 of the test data. */
  checksum: z.string(),
  /** How many. */
  examples: z.int().min(1),
  /** As it was written: 8/255. */
  epsilon: z.string(),
  norm: z.enum(['linf', 'l2']),
  network: z.string(),
  engine: z.string(),
  seed: z.int().min(0),
  /** What each name stood for. */
  attacks: z.record(
    z.string(),
    z.object({
      steps: z.int().min(0),
      stepSize: z.number(),
      loss: z.string(),
      start: z.string(),
      restarts: z.int(),
      /** Where no gradient is followed. */
      search: z.enum(['square']).optional(),
    }),
  ),
  grid: z.array(
    z.object({
      ...cell,
      clean: fraction,
      /** 95 %, of Wilson. */
      cleanInterval: interval,
      /** By the name of the attack. */
      robust: z.record(z.string(), fraction),
      robustInterval: z.record(z.string(), interval),
    }),
  ),
  failedChecks: z.array(z.object({ rule: z.string(), ...cell, message: z.string() })),
  /** What became of each example; see outcomes.ts. */
  outcomes: z.object({
    indices: z.string(),
    grid: z.array(z.object({ ...cell, clean: flags, robust: z.record(z.string(), flags) })),
  }),
});

export type EvaluationDocument = Readonly<z.output<typeof evaluationDocumentSchema>>;

/** What an evaluation cannot know of itself. */
export type EvaluationSubject = Pick<
  EvaluationDocument,
  'run' | 'checkpoint' | 'epoch' | 'dataset' | 'checksum' | 'epsilon' | 'network' | 'engine'
>;

/** The JSON form of an evaluation of a subject. */
export function describeEvaluation(
  evaluation: GridEvaluation,
  subject: EvaluationSubject,
): EvaluationDocument {
  const { run, checkpoint, epoch, dataset, checksum, epsilon, network, engine } = subject;
  const { cells, norm, seed, indices, failedChecks, attacks, attackRuns } = evaluation;
  const inOrder = <Value>(of: (name: string) => Value) =>
    Object.fromEntries(attacks.map((name) => [name, of(name)]));
  const meanings = new Map(
    attackRuns.flatMap(({ options, reported }) =>
      reported.map(({ name, steps }) => {
        const { stepSize, loss, start, restarts, search } = options;
        return [
          name,
          { steps, stepSize, loss, start: start.kind, restarts, ...(search && { search }) },
        ] as const;
      }),
    ),
  );
  return evaluationDocumentSchema.parse({
    run,
    checkpoint,
    epoch,
    dataset,
    checksum,
    examples: indices.length,
    epsilon,
    norm,
    network,
    engine,
    seed,
    attacks: inOrder((name) => meanings.get(name)),
    grid: cells.map(({ cell, clean, robust }) => ({
      ...cellOf(cell),
      clean: shareOf(clean),
      cleanInterval: intervalOf(clean),
      robust: inOrder((name) => shareOf(robust[name])),
      robustInterval: inOrder((name) => intervalOf(robust[name])),
    })),
    failedChecks,
    outcomes: {
      indices: writeIndices(indices),
      grid: cells.map(({ cell, clean, robust }) => ({
        ...cellOf(cell),
        clean: writeFlags(clean),
        robust: inOrder((name) => writeFlags(robust[name])),
      })),
    },
  });
}

const shareOf = (of: Flags) => countOf(of) / of.length;

/** To six digits, which are more than an interval means. */
const intervalOf = (of: Flags) =>
  wilsonInterval(countOf(of), of.length).map((end) => Math.round(1e6 * end) / 1e6);
