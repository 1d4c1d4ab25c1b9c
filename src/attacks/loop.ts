/**
 * The one loop of all attacks. A batch has a number of examples in flight; as soon as one is finished the next takes its
 * place. So an example that is broken early costs no further steps, and what happens to an example depends on the seed and its
 * index alone: not on the batch size, nor on the examples around it.
 *
 * What is not finite is never robust: an example of which a logit, the loss or the gradient at any iterate is NaN or infinite
 * ends there as misclassified, and says so. (A logit may be -Infinity; see predictedClass.)
 *
 * A search for the nearest adversarial image breaks an example where it finds one within epsilon. With early stop it ends there, which
 * changes no outcome; without, all of its walks go to their end, and the nearest image and its distance are the result.
 */
import type { Values } from '../engines/index.ts';
import type { Search, Walk } from './definition.ts';
import { distanceOf, isWithin } from './minimal-norm.ts';
import { type Examples, predictedClass } from './model.ts';

/** What was not finite at an iterate. */
export type NotFinite = 'none' | 'logits' | 'gradients';

/** One example of `Attacked`, when it is finished. */
export interface AttackedExample {
  /** Its place among those given. */
  readonly at: number;
  readonly firstMisclassified: number;
  readonly zeroGradientSteps: number;
  readonly notFinite: NotFinite;
  /** Whether an iterate was classified as the class that the attack led towards just then; never where it led towards none. */
  readonly reachedTarget: boolean;
  /** [C, H, W], for the time of the call. */
  readonly adversarial: Float32Array;
}

export interface Attacked {
  /**
   * Images [N, C, H, W], the first misclassified iterate where attacks stop early (query attacks always do), else the last. Of a search
   * for the nearest: the nearest that was found, with early stop one within epsilon; the clean image where there is none.
   */
  readonly adversarial: Float32Array;
  /**
   * Steps after which an iterate was misclassified first, in the first restart that did it; -1 where none did. Of a search for the
   * nearest, iterates within epsilon count.
   */
  readonly firstMisclassified: Int32Array;
  /**
   * How far the nearest adversarial image is, [N]: Infinity where none was found, 0 where the clean image is misclassified or
   * something was not finite. Only of a search for the nearest, without early stop.
   */
  readonly distance?: Float32Array;
  /** Steps that found a gradient of nothing but zeros, [N]: they lead nowhere, and a network may be robust in name only. */
  readonly zeroGradientSteps: Int32Array;
  /** What was not finite, [N]; such an example counts as misclassified there. */
  readonly notFinite: readonly NotFinite[];
  /** 1 where an iterate was classified as the class that the attack led towards just then, [N]. */
  readonly reachedTarget: Uint8Array;
}

/** How examples are gone through, as opposed to what the attack is. */
export interface LoopSettings {
  readonly seed: number;
  readonly batchSize: number;
  readonly walks: number;
  /** Logits of the clean images [N, K], where the search reads them. */
  readonly cleanLogits?: Float32Array | undefined;
  /** Leave an example as soon as one of its iterates is misclassified. */
  readonly earlyStop: boolean;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Nothing is asked of the model before what it returns is settled. */
  readonly onExample?: ((example: AttackedExample) => void | Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An example on its way. */
export interface InFlight {
  /** Its place among those given. */
  readonly at: number;
  readonly restart: number;
  readonly walk: Walk;
  /** [C, H, W]. */
  readonly clean: Float32Array;
  readonly x: Float32Array;
  /** Steps that x has taken. */
  step: number;
}

/** What the model says to the iterates of a batch: logits [N, K] and whatever the search computes, [N, ...]; N may be larger. */
export type Ask = (
  inFlight: readonly InFlight[],
) => Promise<{ readonly values: Values; readonly width: number }>;

/** All passes of an iterate as one answer. */
async function askAll({ passes }: Search, ask: Ask, inFlight: readonly InFlight[]): ReturnType<Ask> {
  let answer = await ask(inFlight);
  if (!passes || passes.count === 1) return answer;
  const sums = new Map(passes.mean.map((name) => [name, Float64Array.from(answer.values[name] ?? [])]));
  for (let pass = 1; pass < passes.count; pass += 1) {
    answer = await ask(inFlight);
    for (const [name, sum] of sums) {
      const values = answer.values[name];
      for (let i = 0; i < sum.length; i += 1) sum[i] += values[i];
    }
  }
  const means = [...sums].map(([name, sum]) => [name, Float32Array.from(sum, (each) => each / passes.count)]);
  return { ...answer, values: { ...answer.values, ...Object.fromEntries(means) } };
}

/** Attack examples that were checked, of `classes` classes. Rejects with the signal's reason. */
export async function runSearch(
  search: Search,
  ask: Ask,
  { images, labels, indices }: Examples,
  classes: number,
  settings: LoopSettings,
): Promise<Attacked> {
  const { seed, batchSize, walks, cleanLogits, earlyStop, onProgress, onExample, signal } = settings;
  const count = labels.length;
  const size = count === 0 ? 0 : images.length / count;
  const adversarial = images.slice();
  const firstMisclassified = new Int32Array(count).fill(-1);
  const zeroGradientSteps = new Int32Array(count);
  const notFinite = new Array<NotFinite>(count).fill('none');
  const { minimalNorm } = search;
  const distance = new Float32Array(count).fill(Number.POSITIVE_INFINITY);
  const reachedTarget = new Uint8Array(count);

  const begin = (at: number, restart: number): InFlight => {
    const clean = images.subarray(at * size, (at + 1) * size);
    const x = new Float32Array(size);
    const key = { seed, example: indices?.[at] ?? at, restart };
    const said = cleanLogits?.subarray(at * classes, (at + 1) * classes) ?? new Float32Array();
    const walk = search.begin({ key, clean, label: labels[at] ?? -1, cleanLogits: said }, x);
    return { at, restart, walk, clean, x, step: 0 };
  };
  const looking: (Promise<void> | void)[] = [];
  const imageAt = (at: number) => adversarial.subarray(at * size, (at + 1) * size);
  const finish = ({ at, x, clean }: InFlight): void => {
    if (!minimalNorm) imageAt(at).set(x);
    // One that ends for what is not finite may have been farther away than epsilon so far.
    else if (earlyStop && !isWithin(distanceOf(minimalNorm.norm, imageAt(at), clean), minimalNorm.epsilon))
      imageAt(at).set(clean);
    const looked = onExample?.({
      at,
      firstMisclassified: firstMisclassified[at],
      zeroGradientSteps: zeroGradientSteps[at],
      notFinite: notFinite[at],
      reachedTarget: reachedTarget[at] === 1,
      adversarial: imageAt(at),
    });
    if (looked) looking.push(looked);
  };
  /** Keep a misclassified iterate that is nearer than all before; whether it is within epsilon. */
  const isBroken = ({ at, x, clean }: InFlight): boolean => {
    if (!minimalNorm) return true;
    const found = distanceOf(minimalNorm.norm, x, clean);
    if (found < distance[at]) {
      distance[at] = found;
      imageAt(at).set(x);
    }
    return isWithin(found, minimalNorm.epsilon);
  };
  /** What is in flight after an answer: the example at its next iterate or next restart; undefined where it is finished. */
  const follow = (each: InFlight, output: (name: string) => Float32Array): InFlight | undefined => {
    const { at, restart, walk, x, step } = each;
    const logits = output('logits');
    const watched = search.step ? [output('loss')[0], output('gradientL1')[0]] : [];
    const predicted = predictedClass(logits, classes, 0);
    notFinite[at] = predicted === -1 ? 'logits' : watched.every(Number.isFinite) ? 'none' : 'gradients';
    const ended = notFinite[at] !== 'none';
    const misclassified = ended || predicted !== labels[at];
    const counts = walk.counts?.() ?? true;
    const broken = misclassified && ((counts && isBroken(each)) || ended);
    if (broken && firstMisclassified[at] === -1) firstMisclassified[at] = step;
    if (!ended && counts && predicted === walk.target) reachedTarget[at] = 1;
    if (ended) distance[at] = 0;
    // An example that ends for that outside the ball has no image to show.
    if (ended && !counts) x.set(each.clean);
    if (ended || (broken && earlyStop) || distance[at] === 0) return void finish(each);
    const to = walk.next({ step, logits, misclassified, output }, x);
    if (to !== 'done') {
      if (to === 'continue') {
        if (watched[1] === 0) zeroGradientSteps[at] += 1;
        each.step += 1;
      }
      return each;
    }
    if ((minimalNorm || !broken) && restart + 1 < walks) return begin(at, restart + 1);
    return void finish(each);
  };

  let waiting = 0;
  let inFlight: InFlight[] = [];
  for (;;) {
    while (inFlight.length < batchSize && waiting < count) inFlight.push(begin(waiting++, 0));
    if (inFlight.length === 0) break;
    signal?.throwIfAborted();
    const { values, width } = await askAll(search, ask, inFlight);
    inFlight = inFlight.flatMap(
      (each, place) =>
        follow(each, (name) => {
          const all = values[name];
          if (!all) throw new RangeError(`the attack has no output '${name}'`);
          const row = all.length / width;
          return all.subarray(place * row, (place + 1) * row);
        }) ?? [],
    );
    // An engine takes one question at a time, and whoever looks at an example may ask one.
    await Promise.all(looking.splice(0));
    onProgress?.(waiting - inFlight.length, count);
  }
  const measured = minimalNorm && !earlyStop ? { distance } : {};
  return { adversarial, firstMisclassified, zeroGradientSteps, notFinite, reachedTarget, ...measured };
}
