/**
 * Carrying an attack run out on examples of one cell. Results are kept as they are found; what is known is not asked for again,
 * neither when an evaluation goes on after it was cut, nor when several attacks share the run.
 */
import { type AttackTable, attack, batchShape, type Classifier, type Examples } from '../attacks/index.ts';
import { sizeOf } from '../graph/index.ts';
import type { AttackRun } from './attack-plan.ts';
import { type ExampleResult, exampleResultOf, type PartialResults } from './attack-runs.ts';

export interface RunSettings {
  readonly batchSize: number;
  readonly seed: number;
  readonly partialResults?: PartialResults | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly attackTable?: AttackTable | undefined;
}

export interface RunExamples {
  /**
   * The results of some examples, by their places, in that order. Those that are not known are attacked.
   *
   * @param onProgress How many results of the run there are.
   */
  of(run: AttackRun, places: readonly number[], onProgress: (done: number) => void): Promise<ExampleResult[]>;
  /** Every result that a run was asked for. */
  all(run: AttackRun): ReadonlyMap<number, ExampleResult>;
}

/** Runs on one model, of examples among which places are chosen. */
export function runExamples(
  model: Classifier,
  examples: Required<Examples>,
  { partialResults, signal, ...settings }: RunSettings,
): RunExamples {
  const { cell, network } = model;
  const size = sizeOf(batchShape(network, 1));
  const asked = new Map<AttackRun, Map<number, ExampleResult>>();
  const resultsOf = (run: AttackRun) => {
    const results = asked.get(run) ?? new Map<number, ExampleResult>();
    asked.set(run, results);
    return results;
  };
  return {
    async of(run, places, onProgress) {
      const results = resultsOf(run);
      const kept = partialResults?.known(cell, run.name);
      for (const at of places) {
        const result = results.get(at) ?? kept?.get(examples.indices[at]);
        if (result) results.set(at, result);
      }
      const missing = places.filter((at) => !results.has(at));
      const before = results.size;
      onProgress(before);
      if (missing.length > 0) {
        const left = chosen(examples, missing, size);
        await using attackOn = attack(model, run.options, {
          ...settings,
          earlyStop: true,
          onProgress: (done) => onProgress(before + done),
          onExample(example) {
            const { at } = example;
            const clean = left.images.subarray(at * size, (at + 1) * size);
            const result = exampleResultOf(run, clean, example);
            results.set(missing[at], result);
            partialResults?.add(cell, run.name, left.indices[at], result);
          },
          signal,
        });
        await attackOn(left);
      }
      return places.flatMap((at) => results.get(at) ?? []);
    },
    all: resultsOf,
  };
}

/** Some of the examples, in the given order; without a copy where they are all. */
function chosen(examples: Required<Examples>, which: readonly number[], size: number): Required<Examples> {
  if (which.length === examples.labels.length && which.every((example, at) => example === at))
    return examples;
  const images = new Float32Array(which.length * size);
  for (const [at, example] of which.entries())
    images.set(examples.images.subarray(example * size, (example + 1) * size), at * size);
  return {
    images,
    labels: which.map((example) => examples.labels[example]),
    indices: which.map((example) => examples.indices[example]),
  };
}
