/** From run files to outcomes of examples: of which test images, through which cell, and which alarms there were. */
import type { EvaluationCells } from '../../analysis/index.ts';
import { type Flags, readFlags } from '../../evaluation/index.ts';
import { sameCell } from '../../nn/index.ts';
import { evaluationCells, regimeNamed } from '../../training/index.ts';
import { toleratedChecks } from '../hypotheses/margins.ts';
import type { Quantity } from '../hypotheses/statements.ts';
import { analysisOf, evaluationOf, type RunResults } from './run-results.ts';

/** Outcomes of the same test images, [N], with what says which these are. */
export interface Outcomes {
  readonly flags: Flags;
  readonly indices: string;
  readonly run: string;
  readonly classes: number;
  /** Messages of failed checks that are not tolerated. */
  readonly alarms: readonly string[];
}

/** An example is robust where no attack breaks it. */
export function worstCase(robust: Readonly<Record<string, string>>): Flags {
  const [first, ...others] = Object.values(robust).map(readFlags);
  if (!first) throw new RangeError('an evaluation without attacks has no robust accuracy');
  return first.map((flag, at) => (others.every((flags) => flags[at] === 1) ? flag : 0));
}

const alarmsOf = (
  run: string,
  failed: readonly { readonly rule: string; readonly message: string }[],
): string[] =>
  failed.filter(({ rule }) => !(rule in toleratedChecks)).map(({ message }) => `${run}: ${message}`);

/** Of one run, where it has them. */
export function outcomesOf(
  results: RunResults,
  { accuracy, task, statistics }: Quantity,
  epsilon: string,
): Outcomes | undefined {
  const run = results.run.name;
  const cells = evaluationCells(regimeNamed(results.run.regime));
  const cell = cells[task];
  const classes = results.file.test.classes.length;
  const chosen = (outcomes: { readonly clean: string; readonly robust: Readonly<Record<string, string>> }) =>
    accuracy === 'clean' ? readFlags(outcomes.clean) : worstCase(outcomes.robust);
  if (statistics === 'own') {
    const document = evaluationOf(results, epsilon);
    const found = document?.outcomes.grid.find((each) => sameCell(each, cell));
    if (!document || !found) return undefined;
    const alarms = alarmsOf(
      run,
      document.failedChecks.filter((each) => sameCell(each, cell)),
    );
    const indices = document.request.examples.indices;
    return { flags: chosen(found), indices: JSON.stringify(indices), run, classes, alarms };
  }
  const document = analysisOf(results, 'reestimate', epsilon);
  if (!document) return undefined;
  const { raw, reestimated, indices } = document.result;
  const [, branch] = statistics.split(' ');
  const row =
    branch === undefined
      ? reestimated.find((each) => each.source === statistics && sameBranches(each, cell))
      : raw.find((each) => each.statistics === branch && sameBranches(each, cell));
  if (!row) return undefined;
  return { flags: chosen(row.outcomes), indices, run, classes, alarms: alarmsOf(run, row.failedChecks) };
}

type Branches = Omit<EvaluationCells['clean'], 'statistics'>;

/** Whether two cells use the same AP, adapter and head, whatever their NS. */
const sameBranches = (a: Branches, b: Branches) =>
  (['affine', 'adapter', 'head'] as const).every((key) => a[key] === b[key]);

const taskBranch = { clean: 'clean', robust: 'adversarial' } as const;

export function labelOf({ variant, accuracy, task, statistics }: Quantity): string {
  if (statistics === 'own')
    return accuracy === task
      ? `${accuracy} accuracy of ${variant}`
      : `${accuracy} accuracy of ${variant}, ${taskBranch[task]} branch`;
  const [source, branch] = statistics.split(' ');
  const whose = branch === undefined ? `NS of ${source} images` : `running NS ${branch}`;
  return `${accuracy} accuracy of ${variant}, ${whose}, AP of the ${taskBranch[task]} branch`;
}
