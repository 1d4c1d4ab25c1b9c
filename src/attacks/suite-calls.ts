/**
 * Suites in a line:
 *
 *   const adversarial = await autoattack(model, { epsilon: 8 / 255 })(images, labels);
 *
 * Stages are run in order, each on the examples that all before it left standing. What a suite returns for an example is the image of
 * the stage that broke it, and the clean image where none did or where the clean image is misclassified already: the accuracy on the
 * images is the robust accuracy. Documents, sanity checks and going on after a cut are for the evaluation room.
 */

import { InputError } from '../errors.ts';
import { sizeOf } from '../graph/index.ts';
import { didYouMean } from '../suggestions.ts';
import { type AttackSettings, attack } from './attack.ts';
import type { AttackCall } from './calls.ts';
import {
  batchShape,
  type Classifier,
  checkExamples,
  examplesAt,
  predictedClass,
  predictor,
} from './model.ts';
import type { NormName } from './norms.ts';
import {
  attackSuites,
  formIn,
  type StagesForClasses,
  type SuiteTable,
  stagesForClasses,
  suiteForms,
  suiteFormsOf,
  suiteNamed,
} from './suites.ts';

/** How a suite is run, as opposed to what it is. */
export interface SuiteSettings extends Omit<AttackSettings, 'earlyStop' | 'onProgress' | 'onExample'> {
  /** Called with each stage as it is finished. */
  readonly onStage?: ((finished: FinishedSuiteStage) => void) | undefined;
  /** The suites that names are looked up in; default those that are built in. */
  readonly suites?: SuiteTable | undefined;
}

export interface FinishedSuiteStage {
  readonly stage: string;
  /** Examples that it attacked. */
  readonly attacked: number;
  /** The fraction of all examples that still stands. */
  readonly accuracy: number;
}

/** What a suite found. */
export interface SuiteOutcome {
  /** Shape [N, C, H, W]; the image that broke an example; the clean image where none did. */
  readonly adversarial: Float32Array;
  /** 1 where the clean image is classified right, [N]. */
  readonly cleanCorrect: Uint8Array;
  /** The place in `stages` of the one that broke an example, [N]; -1 where none did, and where the clean image is misclassified. */
  readonly brokenBy: Int32Array;
  /** The names of the stages that were run. */
  readonly stages: readonly string[];
  /** The fraction of all examples that stands after each stage. */
  readonly accuracyAfter: readonly number[];
  /** Stages that need more classes than the network has. */
  readonly leftOut: StagesForClasses['leftOut'];
}

export type SuiteCall = (
  images: Float32Array,
  labels: ArrayLike<number>,
  indices?: ArrayLike<number>,
) => Promise<SuiteOutcome>;

/**
 * A suite by its name, such as 'aa-l2', with all that it found.
 *
 * @throws InputError for a name that is no suite, and where a network has too few classes for any of its stages.
 */
export function suiteOutcomes(
  model: Classifier,
  { name, epsilon }: { readonly name: string; readonly epsilon: number },
  { onStage, suites = attackSuites, ...settings }: SuiteSettings = {},
): SuiteCall {
  const { network } = model;
  const suite = suiteNamed(name, epsilon, suites, settings.attackTable);
  if (!suite) {
    const known = suites === attackSuites ? suiteForms : suiteFormsOf(suites).map(({ form }) => form);
    throw new InputError(
      `there is no suite '${name}': use one of ${known.join(', ')}${didYouMean(name, known)}`,
    );
  }
  const { stages, leftOut } = stagesForClasses(name, suite, network.classes, settings.attackTable);
  return async (images, labels, indices = Array.from(labels, (_, at) => at)) => {
    checkExamples(network, { images, labels, indices });
    const count = labels.length;
    const size = sizeOf(batchShape(network, 1));
    const adversarial = images.slice();
    const brokenBy = new Int32Array(count).fill(-1);
    const accuracyAfter: number[] = [];
    const cleanCorrect = await classifiedRight(model, images, labels, settings.batchSize);
    let standing = [...cleanCorrect.keys()].filter((at) => cleanCorrect[at] === 1);
    for (const [place, { stage, options }] of stages.entries()) {
      settings.signal?.throwIfAborted();
      const attacked = standing.length;
      if (attacked > 0) {
        await using run = attack(model, options, { ...settings, earlyStop: true });
        const found = await run(examplesAt({ images, labels, indices }, standing));
        for (const [i, at] of standing.entries()) {
          if (found.firstMisclassified[i] === -1) continue;
          brokenBy[at] = place;
          adversarial.set(found.adversarial.subarray(i * size, (i + 1) * size), at * size);
        }
        standing = standing.filter((at) => brokenBy[at] === -1);
      }
      const accuracy = standing.length / Math.max(count, 1);
      accuracyAfter.push(accuracy);
      onStage?.({ stage, attacked, accuracy });
    }
    return {
      adversarial,
      cleanCorrect,
      brokenBy,
      stages: stages.map(({ stage }) => stage),
      accuracyAfter,
      leftOut,
    };
  };
}

/** Versions of AutoAttack (fra31/auto-attack), and the suites that they are; 'fast' is the first half of 'standard'. */
const versions = { standard: 'aa', plus: 'aa-plus', rand: 'aa-rand', fast: 'aa-fast' } as const;

export type AutoAttackVersion = keyof typeof versions;

export interface AutoAttackOptions extends Omit<SuiteSettings, 'suites'> {
  readonly epsilon: number;
  /** Default L-infinity. */
  readonly norm?: NormName | undefined;
  /** Default 'standard'. */
  readonly version?: AutoAttackVersion | undefined;
}

/** AutoAttack (Croce & Hein 2020): its images, of each example the first that breaks it. */
export function autoattack(model: Classifier, options: AutoAttackOptions): AttackCall {
  const run = autoattackOutcomes(model, options);
  return async (...given) => (await run(...given)).adversarial;
}

/** The same, with the stage that broke each example and the accuracy that is left after each stage. */
export function autoattackOutcomes(
  model: Classifier,
  { epsilon, norm = 'linf', version = 'standard', ...settings }: AutoAttackOptions,
): SuiteCall {
  const name = formIn(versions[version], norm);
  if (!suiteForms.includes(name)) {
    const there = Object.entries(versions).flatMap(([each, suite]) =>
      suiteForms.includes(formIn(suite, norm)) ? [each] : [],
    );
    throw new InputError(
      `AutoAttack has no version '${version}' in the norm ${norm}${there.length > 0 ? `: use ${there.join(', ')}` : ''}`,
    );
  }
  return suiteOutcomes(model, { name, epsilon }, settings);
}

async function classifiedRight(
  model: Classifier,
  images: Float32Array,
  labels: ArrayLike<number>,
  batchSize = 100,
): Promise<Uint8Array> {
  const predict = predictor(model, Math.max(1, Math.min(batchSize, labels.length)));
  try {
    const logits = await predict(images);
    return Uint8Array.from(labels, (label, at) =>
      predictedClass(logits, model.network.classes, at) === label ? 1 : 0,
    );
  } finally {
    await predict.dispose();
  }
}
