/**
 * The JSON form of an evaluation: what `dualbn evaluate --json` prints and a run keeps in evaluations/. Accuracies are
 * fractions. Readers may rely on every key here; docs/evaluation.md describes them.
 */
import { z } from 'zod';
import { cellAxes, cellOf } from '../nn/index.ts';
import { type Interval, wilsonInterval } from '../statistics/index.ts';
import { countOf, type Flags } from './cell.ts';
import type { GridEvaluation } from './grid.ts';
import { writeFlags } from './outcomes.ts';
import { cellShape, type DocumentSubject, documentSubjectSchema, requestSchema } from './subject.ts';

const fraction = z.number().min(0).max(1);
const interval = z.tuple([fraction, fraction]);
const flags = z.string().regex(/^[01]*$/);

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
        clean: fraction,
        cleanInterval: interval.describe('95 %, of Wilson.'),
        robust: z.record(z.string(), fraction).describe('By the name of the attack.'),
        robustInterval: z.record(z.string(), interval),
      }),
    )
    .describe('Accuracies of each cell.'),
  failedChecks: z
    .array(z.object({ rule: z.string(), ...cellShape, message: z.string() }))
    .describe('Signs that a number is not what it seems; see sanity-checks.ts.'),
  outcomes: z.object({
    grid: z
      .array(z.object({ ...cellShape, clean: flags, robust: z.record(z.string(), flags) }))
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
  cells,
  failedChecks,
}: GridEvaluation): Pick<EvaluationDocument, 'grid' | 'failedChecks' | 'outcomes'> {
  const inOrder = <Value>(of: (name: string) => Value) =>
    Object.fromEntries(attacks.map((name) => [name, of(name)]));
  return {
    grid: cells.map(({ cell, clean, robust }) => ({
      ...cellOf(cell),
      clean: shareOf(clean),
      cleanInterval: intervalOf(clean),
      robust: inOrder((name) => shareOf(robust[name])),
      robustInterval: inOrder((name) => intervalOf(robust[name])),
    })),
    failedChecks: [...failedChecks],
    outcomes: {
      grid: cells.map(({ cell, clean, robust }) => ({
        ...cellOf(cell),
        clean: writeFlags(clean),
        robust: inOrder((name) => writeFlags(robust[name])),
      })),
    },
  };
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

export interface GridTable {
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
}

/** A row a cell, a column an attack, percent with their 95 % intervals. */
export function gridTable({ grid, request }: Pick<EvaluationDocument, 'grid' | 'request'>): GridTable {
  const names = Object.keys(request.attacks);
  const axes = cellAxes.filter(([key]) => grid.some((row) => row[key] !== undefined));
  return {
    columns: [
      ...axes.map(([, title]) => ({ title, align: 'left' as const })),
      ...['clean', ...names].map((name) => ({ title: `${name} %`, align: 'right' as const })),
    ],
    rows: grid.map((row) => [
      ...axes.map(([key]) => row[key] ?? ''),
      accuracy(row.clean, row.cleanInterval),
      ...names.map((name) => accuracy(row.robust[name], row.robustInterval[name])),
    ]),
  };
}

const percent = (fraction: number) => (100 * fraction).toFixed(1);

/** `48.9 [45.8, 52.0]` */
function accuracy(share: number, [low, high]: Interval): string {
  return `${percent(share)} [${percent(low)}, ${percent(high)}]`;
}
