/**
 * What a report shows of a run, made of results in memory: no run directory, no configuration, and no files. Runs in
 * directories are read elsewhere.
 */
import type { AnalysisDocument } from '../analysis/index.ts';
import { norms } from '../attacks/index.ts';
import type { GridEvaluation } from '../evaluation/index.ts';
import type { Accuracy } from '../figures/index.ts';
import { cellLabel, cellOf } from '../nn/index.ts';
import { wilsonInterval } from '../statistics/index.ts';
import type { ReportEpoch, ReportEvaluation, ReportGap, ReportImages, ReportRun } from './report-data.ts';

export interface EvaluationResult {
  /** As evaluateGrid gives it. */
  readonly evaluation: Pick<
    GridEvaluation,
    'attacks' | 'norm' | 'epsilon' | 'indices' | 'cells' | 'failedChecks'
  >;
  /** Of the images, for people. */
  readonly dataset: string;
  /** Names the evaluation and its files; default 'evaluation', and 'evaluation 2' and so on for further ones. */
  readonly name?: string;
  /** What was evaluated; default 'last'. */
  readonly checkpoint?: string;
  /** Epsilon as it is written; default a fraction of 255 where it is one. */
  readonly epsilon?: string;
}

export interface RunResults {
  readonly name: string;
  /** Default the name. Runs of one recipe are named by it. */
  readonly regime?: string;
  /** Default 0. */
  readonly seed?: number;
  /** The same for runs that differ in nothing but the seed; default the regime and the summary, but for its seed. */
  readonly recipe?: string;
  /** Facts for people, in reading order: { regime: 'dual-bn', network: 'resnet18', 'training images': 45000 }. */
  readonly summary?: ReportRun['summary'];
  /** How the network was trained, as text; default the summary. */
  readonly configuration?: string;
  /** As onEpoch of training gives them. */
  readonly epochs?: readonly ReportEpoch[];
  readonly gaps?: readonly ReportGap[];
  /** The latest last. */
  readonly evaluations?: readonly EvaluationResult[];
  /** The latest last. */
  readonly analyses?: readonly AnalysisDocument[];
  readonly images?: ReportImages | undefined;
}

/**
 * A run for renderReport, of results in memory.
 *
 *   const evaluation = await evaluateGrid({ engine, network, examples, attacks: ['pgd-20'], epsilon: 8 / 255 });
 *   const run = reportRunFrom({ name: 'mine', evaluations: [{ evaluation, dataset: 'my images' }] });
 *   const generated = { version: '1.0', command: 'my-script', date: new Date().toISOString() };
 *   await writeFile('report.html', await renderReport({ title: 'Mine', runs: [run], generated }));
 */
export function reportRunFrom({
  name,
  regime = name,
  seed = 0,
  summary = { regime, seed },
  recipe = recipeOf(regime, summary),
  configuration = Object.entries(summary)
    .map(([fact, value]) => `${fact}: ${value}\n`)
    .join(''),
  epochs = [],
  gaps = [],
  evaluations = [],
  analyses = [],
  images,
}: RunResults): ReportRun {
  return {
    ...{ name, regime, seed, recipe, summary, configuration, epochs, gaps, analyses, images },
    evaluations: evaluations.map((result, at) =>
      reportEvaluation(result, at === 0 ? 'evaluation' : `evaluation ${at + 1}`),
    ),
    problems: [],
  };
}

function recipeOf(regime: string, summary: ReportRun['summary']): string {
  const { seed: _, ...rest } = summary;
  return JSON.stringify({ regime, ...rest });
}

function reportEvaluation(result: EvaluationResult, defaultName: string): ReportEvaluation {
  const { evaluation, dataset, name = defaultName, checkpoint = 'last' } = result;
  const { attacks, norm, epsilon, indices, cells, failedChecks } = evaluation;
  return {
    ...{ name, checkpoint, dataset, examples: indices.length },
    epsilon: result.epsilon ?? epsilonText(epsilon),
    size: epsilon,
    norm: norms[norm].label,
    grid: cells.map(({ cell, clean, robust }) => ({
      ...cellOf(cell),
      clean: accuracyOf(clean),
      robust: Object.fromEntries(attacks.map((attack) => [attack, accuracyOf(robust[attack])])),
    })),
    failedChecks: failedChecks.map((check) => `${cellLabel(cellOf(check))}: ${check.message}`),
  };
}

/** Of a flag an example. */
function accuracyOf(flags: Uint8Array): Accuracy {
  const right = flags.reduce((sum, flag) => sum + flag, 0);
  return { value: right / flags.length, interval: wilsonInterval(right, flags.length) };
}

/** 0.0313725... -> '8/255', 0.1 -> '0.1' */
function epsilonText(epsilon: number): string {
  const steps = Math.round(255 * epsilon);
  return steps > 0 && Math.abs(steps / 255 - epsilon) < 1e-9 ? `${steps}/255` : String(epsilon);
}
