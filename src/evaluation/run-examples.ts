/**
 * Carrying an attack run out on examples of one cell. Results are kept as they are found; what is known is not asked for again,
 * neither when an evaluation goes on after it was cut, nor when several attacks share the run.
 */
import {
  type AttackTable,
  attack,
  batchShape,
  type Classifier,
  type Examples,
  examplesAt,
  type Predictor,
  predictedClass,
} from '../attacks/index.ts';
import { sizeOf } from '../graph/index.ts';
import type { AttackRun } from './attack-plan.ts';
import { type ExampleResult, exampleResultOf, type PartialResults } from './attack-runs.ts';

export interface RunSettings {
  readonly batchSize: number;
  readonly seed: number;
  /** Of the model: images that are said to be misclassified are given to it once more. */
  readonly predict: Predictor;
  readonly partialResults?: PartialResults | undefined;
  /** Keep the images that break examples, and attack examples again that were broken before it was known how. */
  readonly keepImages?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly attackTable?: AttackTable | undefined;
}

export interface RunExamples {
  /**
   * The results of some examples, by their places, in that order. Those that are not known are attacked; `attacked` is their number.
   *
   * @param onProgress How many results of the run there are.
   */
  of(
    run: AttackRun,
    places: readonly number[],
    onProgress: (done: number) => void,
  ): Promise<{ readonly results: readonly ExampleResult[]; readonly attacked: number }>;
  /** Every result that a run was asked for, by index in the data set. */
  all(run: AttackRun): ReadonlyMap<number, ExampleResult>;
  /** The image that a run returned for an example that it broke, by index in the data set, where images are kept. */
  imageOf(run: AttackRun, index: number): Float32Array | undefined;
}

/** Runs on one model, of examples among which places are chosen. */
export function runExamples(
  model: Classifier,
  examples: Required<Examples>,
  { predict, partialResults, keepImages = false, signal, ...settings }: RunSettings,
): RunExamples {
  const { cell, network } = model;
  const { indices } = examples;
  const size = sizeOf(batchShape(network, 1));
  const asked = new Map<AttackRun, Map<number, ExampleResult>>();
  const images = new Map<AttackRun, Map<number, Float32Array>>();
  const needsImage = ({ firstMisclassified }: ExampleResult) => keepImages && firstMisclassified !== -1;
  const resultsOf = (run: AttackRun) => {
    const results = asked.get(run) ?? new Map<number, ExampleResult>();
    asked.set(run, results);
    return results;
  };
  const imagesOf = (run: AttackRun) => {
    const those = images.get(run) ?? new Map<number, Float32Array>();
    images.set(run, those);
    return those;
  };
  return {
    async of(run, places, onProgress) {
      const results = resultsOf(run);
      const kept = partialResults?.known(cell, run.name);
      for (const at of places) {
        const before = kept?.get(indices[at]);
        const result = results.get(indices[at]) ?? (before && needsImage(before) ? undefined : before);
        if (result) results.set(indices[at], result);
      }
      const missing = places.filter((at) => !results.has(indices[at]));
      const before = results.size;
      onProgress(before);
      if (missing.length > 0) {
        partialResults?.onMissing?.(
          cell,
          run.name,
          missing.map((at) => indices[at]),
        );
        const left = examplesAt(examples, missing);
        const keep = (index: number, result: ExampleResult) => {
          results.set(index, result);
          partialResults?.add(cell, run.name, index, result);
        };
        const confirm = confirmation(predict, network.classes, settings.batchSize, keep);
        await using attackOn = attack(model, run.options, {
          ...settings,
          earlyStop: true,
          onProgress: (done) => onProgress(before + done),
          onExample(example) {
            const { at, adversarial } = example;
            const clean = left.images.subarray(at * size, (at + 1) * size);
            const result = exampleResultOf(run, clean, example);
            if (needsImage(result)) imagesOf(run).set(left.indices[at], adversarial.slice());
            return confirm.take({ index: left.indices[at], label: left.labels[at], adversarial, result });
          },
          signal,
        });
        try {
          await attackOn(left);
        } catch (error) {
          // What was found is kept, of an evaluation that is cut.
          if (signal?.aborted) await confirm.rest();
          throw error;
        }
        await confirm.rest();
      }
      return { results: places.flatMap((at) => results.get(indices[at]) ?? []), attacked: missing.length };
    },
    all: resultsOf,
    imageOf: (run, index) => images.get(run)?.get(index),
  };
}

interface Returned {
  readonly index: number;
  readonly label: number;
  readonly adversarial: Float32Array;
  readonly result: ExampleResult;
}

/**
 * Images that count as misclassified are given to the model once more, some at a time, before their results are kept: an attack's word
 * is not enough.
 */
function confirmation(
  predict: Predictor,
  classes: number,
  atOnce: number,
  keep: (index: number, result: ExampleResult) => void,
) {
  let waiting: Returned[] = [];
  // One after the other: many may be misclassified in the same step, and an engine runs one program at a time.
  let before: Promise<void> = Promise.resolve();
  const rest = (): Promise<void> => {
    before = before.then(confirmWaiting);
    return before;
  };
  const confirmWaiting = async () => {
    const now = waiting;
    waiting = [];
    if (now.length === 0) return;
    const [{ adversarial }] = now;
    const images = new Float32Array(now.length * adversarial.length);
    for (const [place, each] of now.entries()) images.set(each.adversarial, place * adversarial.length);
    const logits = await predict(images);
    for (const [place, { index, label, result }] of now.entries()) {
      const right = predictedClass(logits, classes, place) === label;
      keep(index, right ? { ...result, fault: 'not-misclassified' } : result);
    }
  };
  return {
    take({ index, result, adversarial, ...more }: Returned): Promise<void> | undefined {
      const { firstMisclassified, notFinite, fault } = result;
      // What is not finite is misclassified whatever the class.
      if (firstMisclassified === -1 || notFinite !== 'none' || fault !== 'none')
        return void keep(index, result);
      waiting.push({ index, result, adversarial: adversarial.slice(), ...more });
      return waiting.length < atOnce ? undefined : rest();
    },
    rest,
  };
}
