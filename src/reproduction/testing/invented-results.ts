/**
 * Results of runs made up so that the truth is known: what each network gets right is given as shares, and outcomes of images follow.
 * Claims, plan and rules are the program's own. Nothing was measured, and the name of the data says so.
 */

import type { AnalysisDocument, ReestimateDocument } from '../../analysis/index.ts';
import { inventedAnalyses } from '../../analysis/testing/invented-analyses.ts';
import { configurationHash, writeConfiguration } from '../../configuration/index.ts';
import type { EvaluationDocument } from '../../evaluation/index.ts';
import { testSubject } from '../../evaluation/testing/subject.ts';
import { type Cell, gridOf } from '../../nn/index.ts';
import { integers } from '../../random/index.ts';
import { regimeNamed } from '../../training/index.ts';
import { claims } from '../hypotheses/paper-claims.ts';
import { ruleHashes } from '../hypotheses/rule-hash.ts';
import { type PlannedRun, type PlanRequest, planReproduction } from '../plan.ts';
import type { ReproductionReport } from '../report/model.ts';
import { conclude } from '../reproduce.ts';
import type { ResultDocument, RunFile } from '../results/run-file.ts';
import type { RunResults } from '../results/run-results.ts';
import { type Scale, scales } from '../scales.ts';

const examples = 2000;

/** What a network gets right, as shares: by variant, and by branch where these are apart ('dual-bn.clean'). */
export type Truth = Readonly<Record<string, { readonly clean: number; readonly robust: number }>>;

const plain = { clean: 0.5, robust: 0.25 };

/** The paper's picture: AP make the difference, NS none, and separated networks lie above the front. */
export const paperTruth: Truth = {
  'dual-bn.clean': { clean: 0.6, robust: 0.02 },
  'dual-ap.clean': { clean: 0.6, robust: 0.02 },
  'dual-linear.clean': { clean: 0.6, robust: 0.02 },
  'adapters-parallel.clean': { clean: 0.6, robust: 0.02 },
  'dual-bn.adv': { clean: 0.5, robust: 0.3 },
  'dual-ap.adv': { clean: 0.5, robust: 0.3 },
  'dual-linear.adv': { clean: 0.5, robust: 0.3 },
  'adapters-parallel.adv': { clean: 0.5, robust: 0.3 },
  standard: { clean: 0.65, robust: 0 },
  'hybrid-alpha-0.9': { clean: 0.58, robust: 0.12 },
  'hybrid-alpha-0.75': { clean: 0.54, robust: 0.2 },
  'hybrid-alpha-0.25': { clean: 0.47, robust: 0.27 },
  'hybrid-alpha-0.1': { clean: 0.44, robust: 0.28 },
  madry: { clean: 0.4, robust: 0.29 },
  'cross-at-clean': { clean: 0.4, robust: 0.29 },
  trades: { clean: 0.44, robust: 0.32 },
};

/** Images are hard or easy for every network alike, with a little chance of its own for each. */
function flags(share: number, seed: number, salt: number): string {
  const hardness = integers({ seed: 0, purpose: 'noise' }, examples, 1000);
  const luck = integers({ seed: seed + 1 + 100 * salt, purpose: 'noise' }, examples, 100);
  return Array.from(hardness, (hard, at) => (hard / 1000 + (luck[at] - 50) / 1000 < share ? '1' : '0')).join(
    '',
  );
}

const shareOf = (truth: Truth, variant: string, branch: string) =>
  truth[`${variant}.${branch}`] ?? truth[variant] ?? plain;

const branchOf = ({ affine, adapter, head }: Cell): string => adapter ?? head ?? affine;

const outcomesOf = (truth: Truth, run: PlannedRun, cell: Cell, attacks: readonly string[]) => {
  const share = shareOf(truth, run.variant, branchOf(cell));
  return {
    clean: flags(share.clean, run.seed, 1),
    robust: Object.fromEntries(attacks.map((attack) => [attack, flags(share.robust, run.seed, 2)])),
  };
};

export function inventedEvaluation(
  run: PlannedRun,
  truth: Truth,
  epsilon: string,
  attacks: readonly string[],
): EvaluationDocument {
  const rows = gridOf(regimeNamed(run.regime)).map((cell) => ({
    cell,
    ...outcomesOf(truth, run, cell, attacks),
  }));
  const [top, bottom] = epsilon.split('/').map(Number);
  const share = (text: string) => text.replaceAll('0', '').length / examples;
  const interval = (value: number): [number, number] => [value - 0.02, value + 0.02];
  return {
    document: 'evaluation',
    version: 2,
    created: '2026-01-01T00:00:00.000Z',
    subject: { ...testSubject, run: run.name, regime: run.regime, seed: run.seed },
    request: {
      attacks: {},
      norm: 'linf',
      epsilon: { text: epsilon, value: top / bottom },
      seed: run.seed,
      cells: rows.map(({ cell }) => cell),
      examples: { count: examples, indices: `0-${examples - 1}` },
    },
    grid: rows.map(({ cell, clean, robust }) => ({
      ...cell,
      clean: share(clean),
      cleanInterval: interval(share(clean)),
      robust: Object.fromEntries(Object.entries(robust).map(([attack, text]) => [attack, share(text)])),
      robustInterval: Object.fromEntries(
        Object.entries(robust).map(([attack, text]) => [attack, interval(share(text))]),
      ),
    })),
    failedChecks: [],
    outcomes: { grid: rows.map(({ cell, clean, robust }) => ({ ...cell, clean, robust })) },
  };
}

const isReestimate = (document: AnalysisDocument): document is ReestimateDocument =>
  document.request.analysis === 'reestimate';

/** As inventedAnalyses, with outcomes of images where claims are decided by them. */
function inventedAnalysis(
  run: PlannedRun,
  truth: Truth,
  what: string,
  epsilon: string,
  attacks: readonly string[],
): ResultDocument | undefined {
  const found = inventedAnalyses(run.variant, run.seed, epsilon).find(
    ({ request: { analysis } }) => analysis === what,
  );
  if (!found || !isReestimate(found)) return found;
  const { result, ...rest } = found;
  const [first] = result.reestimated;
  const rowOf = (cell: Cell) => ({ ...first, outcomes: outcomesOf(truth, run, cell, attacks) });
  const branches = ['clean', 'adv'] as const;
  return {
    ...rest,
    result: {
      ...result,
      reestimated: result.reestimated.map((row) => ({
        ...row,
        outcomes: outcomesOf(truth, run, { statistics: row.affine, affine: row.affine }, attacks),
      })),
      raw: branches.flatMap((statistics) =>
        branches.map((affine) => {
          const { source: _, runningStatistics: __, ...row } = rowOf({ statistics, affine });
          return { ...row, statistics, affine };
        }),
      ),
    },
  };
}

const digestOf = (at: number) => String(at % 10).repeat(64);

function fileOf(run: PlannedRun, scale: Scale, documents: RunFile['documents'], dataset: string): RunFile {
  const { configuration } = run.resolved;
  return {
    document: 'run results',
    version: 2,
    scale: 'small',
    name: run.name,
    variant: run.variant,
    ...(run.epsilon === undefined ? {} : { epsilon: run.epsilon }),
    seed: run.seed,
    configurationHash: configurationHash(configuration),
    configuration: writeConfiguration(configuration),
    environment: {
      dualbn: '0.0.0',
      node: 'v20.19.0',
      platform: 'linux x64',
      cpu: 'INVENTED',
      cores: 2,
      memoryBytes: 8e9,
      commit: null,
      started: `2026-01-0${1 + (run.seed % 9)}T00:00:00.000Z`,
      engine: { name: 'reference', version: '1', threads: 1 },
      data: { name: dataset, checksum: 'invented' },
    },
    rules: ruleHashes(claims, scale, dataset),
    test: {
      name: dataset,
      displayName: 'INVENTED',
      checksum: 'invented',
      copy: 'INVENTED test data, nothing was measured',
      count: examples,
      channels: 3,
      height: 32,
      width: 32,
      classes: Array.from({ length: 10 }, (_, at) => `class ${at}`),
    },
    checkpoint: { name: 'last', epoch: 8, step: 800, digest: digestOf(run.seed) },
    metrics: Array.from({ length: configuration.epochs }, (_, epoch) => ({
      kind: 'epoch',
      epoch,
      step: 100 * (epoch + 1),
      learningRate: 0.1,
      'train.loss': 2 / (1 + epoch),
      'train.clean.loss': 2 / (1 + epoch),
      'train.clean.accuracy': 0.5 - 0.3 / (1 + epoch),
      'train.adv.loss': 2 / (1 + epoch),
      'train.adv.accuracy': 0.3 - 0.2 / (1 + epoch),
      'validation.clean': 0.5 - 0.3 / (1 + epoch),
      'validation.robust': 0.3 - 0.2 / (1 + epoch),
    })),
    documents,
  };
}

export interface Invented {
  readonly scale: Scale;
  readonly plan: ReturnType<typeof planReproduction>;
  readonly results: readonly RunResults[];
}

/** Whole results of every run of a plan at scale small. */
export function inventedResults(
  truth: Truth = paperTruth,
  request: Omit<PlanRequest, 'dataset'> = {},
): Invented {
  const scale = scales.small;
  const plan = planReproduction(scale, { dataset: 'cifar-10', ...request });
  const results = plan.runs.map((run): RunResults => {
    const measured = run.measurements.flatMap(({ what, epsilon }) => {
      const document =
        what === 'evaluate'
          ? inventedEvaluation(run, truth, epsilon, scale.attacks)
          : inventedAnalysis(run, truth, what, epsilon, scale.attacks);
      return document
        ? [{ name: `last-${what}-${epsilon.replace('/', '-')}`, measurement: { what, epsilon }, document }]
        : [];
    });
    const documents = measured.map(({ name, document }) => ({ name, document }));
    return { run, file: fileOf(run, scale, documents, 'cifar-10'), measured, notes: [] };
  });
  return { scale, plan, results };
}

/** A report of them; what was asked for and is left out of `results` is missing. */
export function inventedReport({
  scale,
  plan,
  results,
}: Invented): Pick<ReproductionReport, 'document'> & Pick<Invented, 'results'> {
  const states = plan.runs.map((run) => {
    const found = results.find((each) => each.run.name === run.name);
    return { run, done: found !== undefined, ...(found ? { results: found } : {}) };
  });
  return { document: conclude({ scaleName: 'small', scale, plan }, states), results };
}
