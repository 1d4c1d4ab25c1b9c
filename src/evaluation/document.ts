/**
 * The JSON form of an evaluation: what `dualbn evaluate --json` prints and a run keeps in evaluations/. Accuracies are
 * fractions. Readers may rely on every key here; docs/evaluation.md describes them.
 */
import { z } from 'zod';
import { cellAxes, cellOf } from '../nn/index.ts';
import { type Interval, wilsonInterval } from '../statistics/index.ts';
import type { AskedAttack } from './attack-plan.ts';
import { type CellEvaluation, countOf, type Flags } from './cell.ts';
import type { GridEvaluation } from './grid.ts';
import { writeBrokenBy, writeFlags } from './outcomes.ts';
import { outputKinds, probeKinds } from './probes.ts';
import { cellShape, type DocumentSubject, documentSubjectSchema, requestSchema } from './subject.ts';

const fraction = z.number().min(0).max(1);
const interval = z.tuple([fraction, fraction]);
const count = z.int().min(0);
const flags = z.string().regex(/^[01]*$/);
const stageLetters = z.string().regex(/^[-.1-9a-z]*$/);

/** Of a cell, or of all cells together. */
const accuracies = {
  clean: fraction,
  cleanInterval: interval.describe('95 %, of Wilson.'),
  robust: z.record(z.string(), fraction).describe('By the name of the attack.'),
  robustInterval: z.record(z.string(), interval),
};

const stage = z.object({ stage: z.string(), robust: fraction, robustInterval: interval });

export const evaluationDocumentSchema = z.object({
  document: z.literal('evaluation'),
  version: z.literal(2),
  created: z.iso.datetime().describe('When the evaluation was finished.'),
  subject: documentSubjectSchema,
  request: requestSchema,
  grid: z
    .array(
      z.object({
        ...cellShape,
        ...accuracies,
        stages: z
          .record(z.string(), z.array(stage))
          .exactOptional()
          .describe('By the name of a suite: what is left after each of its stages.'),
      }),
    )
    .describe('Accuracies of each cell.'),
  worstCell: z
    .object(accuracies)
    .exactOptional()
    .describe('Images that every cell of the grid gets right; where there are several.'),
  failedChecks: z
    .array(z.object({ rule: z.string(), ...cellShape, message: z.string() }))
    .describe('Signs that a number is not what it seems; see sanity-checks.ts.'),
  probes: z
    .array(
      z.object({
        ...cellShape,
        output: z.object({
          examples: count,
          right: z.array(count).describe('Images classified right, in each pass over the same images.'),
          difference: z
            .number()
            .min(0)
            .describe('The largest L2 distance between two answers to an image, each of length 1.'),
          kind: z.enum(outputKinds),
        }),
        attacks: z.array(
          z.object({
            kind: z.enum(probeKinds),
            attack: z.string(),
            epsilon: z.number().min(0),
            examples: count,
            left: count.describe('Images that are right after it.'),
          }),
        ),
      }),
    )
    .exactOptional()
    .describe('Small runs that checks look at; see probes.ts. Earlier versions made none.'),
  outcomes: z.object({
    grid: z
      .array(
        z.object({
          ...cellShape,
          clean: flags,
          robust: z.record(z.string(), flags),
          brokenBy: z
            .record(z.string(), stageLetters)
            .exactOptional()
            .describe('Which stage broke an example; - is misclassified as it is, . is robust.'),
        }),
      )
      .describe('A digit an example, 1 for right, in the order of request.examples.indices.'),
  }),
  digest: z.string().exactOptional().describe('sha256 of the rest, added where the document is written.'),
});

export type EvaluationDocument = Readonly<z.output<typeof evaluationDocumentSchema>>;

/** The JSON form of an evaluation of a subject. */
export function describeEvaluation(
  evaluation: GridEvaluation,
  subject: DocumentSubject,
  created: Date = new Date(),
): EvaluationDocument {
  return evaluationDocumentSchema.parse({
    document: 'evaluation',
    version: 2,
    created: created.toISOString(),
    subject,
    request: evaluation.request,
    ...describeResults(evaluation),
  });
}

/** What was found, without the frame of the document. */
export function describeResults({
  attacks,
  asked,
  cells,
  probes,
  failedChecks,
}: GridEvaluation): Pick<EvaluationDocument, 'grid' | 'worstCell' | 'failedChecks' | 'probes' | 'outcomes'> {
  const inOrder = <Value>(of: (name: string) => Value) =>
    Object.fromEntries(attacks.map((name) => [name, of(name)]));
  const accuraciesOf = ({ clean, robust }: Pick<CellEvaluation, 'clean' | 'robust'>) => ({
    clean: shareOf(clean),
    cleanInterval: intervalOf(clean),
    robust: inOrder((name) => shareOf(robust[name])),
    robustInterval: inOrder((name) => intervalOf(robust[name])),
  });
  const suites = asked.filter(({ isSuite }) => isSuite);
  return {
    grid: cells.map((each) => ({
      ...cellOf(each.cell),
      ...accuraciesOf(each),
      ...(suites.length > 0 && {
        stages: Object.fromEntries(suites.map((suite) => [suite.name, stagesOf(suite, each)])),
      }),
    })),
    ...(cells.length > 1 && { worstCell: accuraciesOf(worstOf(cells, attacks)) }),
    failedChecks: [...failedChecks],
    probes: probes.map(({ cell, output, attacks: made }) => ({
      ...cellOf(cell),
      output: { ...output, right: [...output.right] },
      attacks: made.map((probe) => ({ ...probe })),
    })),
    outcomes: {
      grid: cells.map(({ cell, clean, robust, brokenBy }) => ({
        ...cellOf(cell),
        clean: writeFlags(clean),
        robust: inOrder((name) => writeFlags(robust[name])),
        brokenBy: inOrder((name) => writeBrokenBy(clean, brokenBy[name])),
      })),
    },
  };
}

/** What stands after each stage of a suite. */
const stagesOf = ({ name, stages }: AskedAttack, { clean, brokenBy }: CellEvaluation) =>
  stages.map(({ stage }, at) => {
    const left = clean.map((flag, example) => {
      const by = brokenBy[name][example];
      return by > 0 && by <= at + 1 ? 0 : flag;
    });
    return { stage, robust: shareOf(left), robustInterval: intervalOf(left) };
  });

/** Flags of the examples that are right in every cell. */
function worstOf(cells: readonly CellEvaluation[], attacks: readonly string[]) {
  const inAll = (flagsOf: (cell: CellEvaluation) => Flags): Flags => {
    const [first, ...others] = cells.map(flagsOf);
    return first.map((flag, at) => (others.every((flags) => flags[at] === 1) ? flag : 0));
  };
  const robust = attacks.map((name) => [name, inAll((cell) => cell.robust[name])] as const);
  return { clean: inAll(({ clean }) => clean), robust: Object.fromEntries(robust) };
}

const shareOf = (of: Flags) => countOf(of) / of.length;

/** To six digits, which are more than an interval means. */
function intervalOf(of: Flags): [number, number] {
  const [low, high] = wilsonInterval(countOf(of), of.length);
  return [Math.round(1e6 * low) / 1e6, Math.round(1e6 * high) / 1e6];
}

/** `1000 test images of cifar-10, linf 8/255` */
export function examplesText({ subject, request }: Pick<EvaluationDocument, 'subject' | 'request'>): string {
  const { examples, norm, epsilon } = request;
  return `${examples.count} test images of ${subject.dataset.name}, ${norm} ${epsilon.text}`;
}

type Accuracies = NonNullable<EvaluationDocument['worstCell']>;

export interface GridTable {
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
}

/** A row a cell and one of all together, a column an attack, percent with their 95 % intervals. */
export function gridTable({
  grid,
  worstCell,
  request,
}: Pick<EvaluationDocument, 'grid' | 'worstCell' | 'request'>): GridTable {
  const names = Object.keys(request.attacks);
  const numbers = ({ clean, cleanInterval, robust, robustInterval }: Accuracies) => [
    accuracy(clean, cleanInterval),
    ...names.map((name) => accuracy(robust[name], robustInterval[name])),
  ];
  const axes = cellAxes.filter(([key]) => grid.some((row) => row[key] !== undefined));
  return {
    columns: [
      ...axes.map(([, title]) => ({ title, align: 'left' as const })),
      ...['clean', ...names].map((name) => ({ title: `${name} %`, align: 'right' as const })),
    ],
    rows: [
      ...grid.map((row) => [...axes.map(([key]) => row[key] ?? ''), ...numbers(row)]),
      ...(worstCell ? [[...axes.map((_, at) => (at === 0 ? 'all cells' : '')), ...numbers(worstCell)]] : []),
    ],
  };
}

const percent = (fraction: number) => (100 * fraction).toFixed(1);

/** `48.9 [45.8, 52.0]` */
function accuracy(share: number, [low, high]: Interval): string {
  return `${percent(share)} [${percent(low)}, ${percent(high)}]`;
}
