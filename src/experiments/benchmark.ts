/**
 * What a step costs on this machine: one PGD step on a network in evaluation mode, and a whole hybrid training step of
 * dual-bn with PGD-10. bench/ holds the PyTorch counterparts and the comparison.
 */
import { ascend, batchShape, oneHot } from '../attacks/index.ts';
import type { Engine, Program, Values } from '../engines/index.ts';
import { input, makeStep, sizeOf, type Tensor } from '../graph/index.ts';
import { classify, initialValue, makeNetwork, type Network } from '../nn/index.ts';
import { integers, uniforms } from '../random/index.ts';
import { optimizerOptions, regimes, trainingStep } from '../training/index.ts';

export interface BenchmarkOptions {
  readonly network: string;
  readonly width?: number;
  readonly batch: number;
  /** Steps of the attack in training. */
  readonly attackSteps: number;
  /** Timed repetitions, after one that is not; the median counts. */
  readonly repetitions: { readonly attack: number; readonly train: number };
  readonly onProgress?: (what: string) => void;
  readonly signal?: AbortSignal;
}

export interface BenchmarkResult {
  readonly engine: string;
  readonly version: string;
  readonly instructionSet: string;
  readonly threads: number;
  readonly network: string;
  readonly batch: number;
  /** Medians, in milliseconds. */
  readonly attackStepMs: number;
  readonly trainStepMs: number;
  /** Compilation of the training step. */
  readonly compileMs: number;
  /** The process's largest resident memory so far. */
  readonly peakRssMb: number;
}

const classes = 10;
const images = { channels: 3, height: 32, width: 32 };
const attack = { norm: 'linf', epsilon: 8 / 255, stepSize: 2 / 255, loss: 'ce' } as const;

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; ms: number }> {
  const began = performance.now();
  const result = await work();
  return { result, ms: performance.now() - began };
}

/** Images, labels and a start like those of CIFAR-10, drawn at random: what a step costs does not depend on them. */
function sampleInputs(network: Network, batch: number): Values {
  const drawn = new Float32Array(sizeOf(batchShape(network, batch)));
  uniforms({ seed: 0, purpose: 'noise' }, drawn, 0, 1);
  const start = new Float32Array(drawn.length);
  return {
    images: drawn,
    x: drawn,
    'start.adv': start,
    labels: oneHot(integers({ seed: 0, purpose: 'noise', draw: 1 }, batch, classes), classes),
    learningRate: Float32Array.of(0.01),
  };
}

function pgdStep(network: Network, batch: number) {
  const at = input('x', batchShape(network, batch));
  const cell = { statistics: 'adv', affine: 'adv' };
  const model = (x: Tensor) => classify(network, x, cell);
  const labels = input('labels', [batch, classes]);
  const clean = input('images', batchShape(network, batch));
  return makeStep('attack step', {
    outputs: { next: ascend(at, { images: clean, labels, model, ...attack }).next },
  });
}

export async function runBenchmark(engine: Engine, options: BenchmarkOptions): Promise<BenchmarkResult> {
  const { batch, repetitions, onProgress, signal } = options;
  const regime = regimes['dual-bn'];
  const width = options.width === undefined ? {} : { width: options.width };
  const network = makeNetwork(options.network, { images, classes, sets: regime.sets, ...width });
  for (const variable of network.variables) engine.write(variable, initialValue(variable, 0));
  const values = sampleInputs(network, batch);
  const medianOf = async (program: Program, times: number) => {
    const inputs = Object.fromEntries(
      program.step.inputs.map(({ attributes: { name } }) => [name, values[name] ?? new Float32Array()]),
    );
    await program.run(inputs);
    const all: number[] = [];
    for (let time = 0; time < times; time += 1) {
      signal?.throwIfAborted();
      all.push((await timed(() => program.run(inputs))).ms);
      onProgress?.(`${program.step.name} ${time + 1}/${times}`);
    }
    return median(all);
  };

  const attackProgram = await engine.compile(pgdStep(network, batch));
  const attackStepMs = await medianOf(attackProgram, repetitions.attack);
  attackProgram.dispose();

  const step = trainingStep({
    network,
    regime,
    batchSize: batch,
    alpha: 0.5,
    attack: { ...attack, steps: options.attackSteps },
    optimizer: optimizerOptions.parse({ kind: 'sgd' }),
  });
  const { result: program, ms: compileMs } = await timed(() => engine.compile(step));
  const trainStepMs = await medianOf(program, repetitions.train);
  program.dispose();
  const { name, version, threads, instructionSet } = engine.describe();
  return {
    engine: name,
    version,
    instructionSet,
    threads,
    network: options.network,
    batch,
    attackStepMs,
    trainStepMs,
    compileMs,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
  };
}
