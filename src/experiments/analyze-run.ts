/** From a run to an analysis of one of its checkpoints, on file in the run. Shows nothing: whoever calls is told how far it is. */
import { basename, resolve } from 'node:path';
import type { AnalysisDocument, AnalysisName, AnalysisProgress } from '../analysis/index.ts';
import { type Configuration, type Epsilon, parseEpsilon, regimeOf } from '../configuration/index.ts';
import type { Engine } from '../engines/engine.ts';
import { InputError } from '../errors.ts';
import { type DocumentFrame, frameDocument } from '../files/index.ts';
import {
  type CheckpointName,
  loadRunData,
  loadTrained,
  type Run,
  refuseUnwritable,
  splitExamples,
  type TrainedOptions,
  writeAnalysis,
} from '../runs/index.ts';
import { evaluationCells } from '../training/index.ts';
import { type AnalysisPlan, analyses } from './analyses.ts';
import { type EvaluationRequest, planEvaluation } from './evaluate-run.ts';

/** What is asked for; the run's configuration and the defaults here say the rest. */
export interface AnalysisRequest
  extends Omit<EvaluationRequest, 'attacks'>,
    Partial<
      Pick<
        AnalysisPlan,
        'images' | 'statisticsBatch' | 'gap' | 'statistics' | 'source' | 'sources' | 'ts' | 'from' | 'to'
      >
    > {
  /** By name; it judges, and makes the adversarial images that statistics are of. Default the run's first. */
  readonly attack?: string | undefined;
  /** Of a curve, as written. */
  readonly epsilons?: readonly string[] | undefined;
}

const defaults = {
  epsilons: ['1/255', '2/255', '4/255', '8/255', '12/255', '16/255'],
  images: 2000,
  statisticsBatch: 100,
  gap: { batches: 8, batchSize: 128 },
  statistics: 'reestimated',
  source: 'clean',
  ts: [0, 0.25, 0.5, 0.75, 1],
} as const;

/** Complete a request and check all of it that needs no data. @throws InputError that says which part is wrong. */
export function planAnalysis(configuration: Configuration, request: AnalysisRequest): AnalysisPlan {
  const { attack = configuration.evaluation.attacks[0], epsilons = defaults.epsilons, ...rest } = request;
  const { epsilon, examples, batchSize, seed } = planEvaluation(configuration, {
    ...rest,
    attacks: [attack],
  });
  const { images, statisticsBatch, gap, statistics, source, ts } = { ...defaults, ...withoutUndefined(rest) };
  return {
    ...{ attack, epsilon, examples, batchSize, seed, images, statisticsBatch, gap, statistics, source },
    epsilons: epsilons.map(curveEpsilon),
    ts: [...ts].sort((a, b) => a - b),
    from: request.from,
    to: request.to,
    sources: request.sources,
  };
}

function curveEpsilon(written: string): Epsilon {
  try {
    return parseEpsilon(written);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`--epsilons: ${error.message}`);
    throw error;
  }
}

function withoutUndefined<Given extends object>(given: Given) {
  type Said = { [Key in keyof Given]?: Exclude<Given[Key], undefined> };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Said;
}

export interface AnalyzedRun {
  readonly document: AnalysisDocument & DocumentFrame;
  /** Where it was written. */
  readonly path: string;
}

export interface AnalysisSettings extends Omit<TrainedOptions, 'onProgress' | 'checkpoint'> {
  readonly onProgress?: (progress: AnalysisProgress) => void;
}

/** Analyze a run. With a signal that is aborted nothing is written. */
export async function analyzeRun(
  run: Run,
  engine: Engine,
  name: AnalysisName,
  request: AnalysisRequest = {},
  { onProgress, ...loading }: AnalysisSettings = {},
): Promise<AnalyzedRun> {
  const { configuration } = run;
  const { checkpoint = 'last' } = request;
  const plan = planAnalysis(configuration, request);
  refuseUnwritable(run, 'analyses');
  const trained = await loadTrained(run, engine, { checkpoint, ...loading });
  const { test, network, epoch } = trained;
  const found = await analyses[name]({
    engine,
    trained,
    evaluationCells: evaluationCells(regimeOf(configuration.regime)),
    plan,
    training: async () => {
      const dataset = await loadRunData(run, 'train', loading);
      return { dataset, train: splitExamples(configuration, dataset).train };
    },
    subject: {
      run: basename(resolve(run.directory)),
      checkpoint,
      epoch,
      regime: configuration.regime.name,
      dataset: test.name,
      checksum: test.checksum,
      network: network.name,
      engine: engine.describe().name,
    },
    onProgress,
    signal: loading.signal,
  });
  loading.signal?.throwIfAborted();
  const document = frameDocument('analysis', found);
  return { document, path: await writeAnalysis(run, stemOf(checkpoint, document), document) };
}

/** What the analysis is, so that a folder of them can be read: last-reestimate-linf-8-255. */
function stemOf(checkpoint: CheckpointName, document: AnalysisDocument): string {
  const how = document.analysis === 'interpolate' ? [document.statistics] : [];
  const norm = 'norm' in document ? [document.norm] : [];
  const epsilon = 'epsilon' in document ? [document.epsilon.replaceAll('/', '-')] : [];
  return [checkpoint, document.analysis, ...how, ...norm, ...epsilon].join('-');
}
