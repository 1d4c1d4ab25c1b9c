/**
 * Attacks that need nothing but logits: an example's image is replaced by a candidate wherever that lowers the margin
 *
 *   z_y - max_{j != y} z_j
 *
 * and left as soon as the margin is not above zero. Where candidates come from is up to a search (square.ts); one that
 * proposes nothing after its start is noise. As with slots.ts, an example that is finished gives its place to the next.
 */
import { sizeOf } from '../graph/index.ts';
import type { Attack, Attacked, AttackSettings, Radius } from './contract.ts';
import { checkExamples, type Examples } from './examples.ts';
import { batchShape, type Classifier, predictedClass, predictor } from './model.ts';
import { type AttackOptions, checkAttack } from './options.ts';
import type { Search, SearchKey } from './search.ts';

/** An example on its way. */
interface Seat {
  readonly at: number;
  readonly restart: number;
  query: number;
  margin: number;
  readonly best: Float32Array;
  readonly candidate: Float32Array;
}

/** An attack on any model by a search; `searchFor` is told the radius. Moves no variable. */
export function queryAttack(
  model: Classifier,
  options: AttackOptions,
  settings: AttackSettings,
  searchFor: (options: AttackOptions) => Search,
): Attack {
  const { network } = model;
  const { classes } = network;
  const { seed = 0, batchSize = 100, onProgress, onExample, signal } = settings;
  const imageSize = sizeOf(batchShape(network, 1));
  // Towards the end few examples are left, and a whole batch for them would be a waste.
  const few = Math.ceil(batchSize / 4);
  const predictors = [few, batchSize].map((width) => ({ width, predict: predictor(model, width) }));

  const run = async (examples: Examples, radius: Radius = options): Promise<Attacked> => {
    checkExamples(network, examples);
    const bounded = { ...options, ...radius };
    checkAttack(bounded);
    const search = searchFor(bounded);
    const { images, labels, indices } = examples;
    const count = labels.length;
    const adversarial = images.slice();
    const firstMisclassified = new Int32Array(count).fill(-1);
    const clean = (at: number) => images.subarray(at * imageSize, (at + 1) * imageSize);
    const keyOf = ({ at, restart }: Pick<Seat, 'at' | 'restart'>): SearchKey => ({
      seed,
      example: indices?.[at] ?? at,
      restart,
    });
    const seat = (at: number, restart = 0): Seat => {
      const candidate = new Float32Array(imageSize);
      search.start(keyOf({ at, restart }), clean(at), candidate);
      return { at, restart, query: 0, margin: Number.POSITIVE_INFINITY, best: candidate.slice(), candidate };
    };
    /** The seat that follows, itself or another restart; undefined where the example is done. */
    const judge = (seated: Seat, logits: Float32Array): Seat | undefined => {
      const { at, restart, query, best, candidate } = seated;
      const broken = predictedClass(logits, classes, 0) !== labels[at];
      const margin = marginOf(logits, labels[at] ?? 0);
      if (broken || margin < seated.margin) {
        best.set(candidate);
        seated.margin = margin;
      }
      if (broken) firstMisclassified[at] = query;
      if (!broken && query < options.steps) {
        seated.query += 1;
        search.propose(keyOf(seated), seated.query, clean(at), best, candidate);
        return seated;
      }
      if (!broken && restart + 1 < options.restarts) return seat(at, restart + 1);
      adversarial.set(best, at * imageSize);
      onExample?.({
        at,
        firstMisclassified: firstMisclassified[at],
        zeroGradientSteps: 0,
        adversarial: best,
      });
      return undefined;
    };

    let waiting = 0;
    let seats: Seat[] = [];
    for (;;) {
      while (seats.length < batchSize && waiting < count) seats.push(seat(waiting++));
      if (seats.length === 0) break;
      signal?.throwIfAborted();
      const batch = new Float32Array(seats.length * imageSize);
      for (const [place, { candidate }] of seats.entries()) batch.set(candidate, place * imageSize);
      const { predict } = predictors.find(({ width }) => seats.length <= width) ?? predictors[0];
      const logits = await predict(batch);
      seats = seats.flatMap(
        (seated, place) => judge(seated, logits.subarray(place * classes, (place + 1) * classes)) ?? [],
      );
      onProgress?.(waiting - seats.length, count);
    }
    return { adversarial, firstMisclassified, zeroGradientSteps: new Int32Array(count) };
  };

  const dispose = async () => {
    for (const { predict } of predictors) await predict.dispose();
  };
  return Object.assign(run, { dispose });
}

function marginOf(logits: Float32Array, label: number): number {
  let other = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.length; k += 1) if (k !== label) other = Math.max(other, logits[k]);
  return logits[label] - other;
}
