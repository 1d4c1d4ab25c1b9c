/**
 * The batch of an attack: a fixed number of slots, each with one example on its way, and the buffers that a step reads.
 *
 * It seats and moves examples; it runs no step, and does not judge who is finished (attack.ts).
 */
import type { Values } from '../engines/index.ts';

/** What a slot is filled from: rows by the number of the example. */
export interface Rows {
  /** Clean images, `imageSize` values an example. */
  readonly images: Float32Array;
  /** One-hot labels, `classes` values an example. */
  readonly labels: Float32Array;
  /** Logits of the clean images, for losses that compare with them. */
  readonly reference?: Float32Array;
}

export interface Slot {
  /** Its place in the batch. */
  readonly at: number;
  readonly example: number;
  readonly restart: number;
  /** Steps that its iterate has taken. */
  step: number;
}

export interface SlotOptions {
  readonly slots: number;
  readonly imageSize: number;
  readonly classes: number;
  readonly rows: Rows;
  /** Fill `out` with the perturbation that an example starts from, inside the ball. */
  readonly start: (example: number, restart: number, out: Float32Array) => void;
}

export class Slots {
  readonly #options: SlotOptions;
  readonly #seated: (Slot | undefined)[];
  readonly #images: Float32Array;
  readonly #labels: Float32Array;
  readonly #reference: Float32Array;
  readonly #x: Float32Array;

  constructor(options: SlotOptions) {
    const { slots, imageSize, classes } = options;
    this.#options = options;
    this.#seated = new Array(slots).fill(undefined);
    this.#images = new Float32Array(slots * imageSize);
    this.#labels = new Float32Array(slots * classes);
    this.#reference = new Float32Array(slots * classes);
    this.#x = new Float32Array(slots * imageSize);
  }

  /** The inputs of a step: images, x [slots, C, H, W]; labels, reference [slots, K]. Views, not copies. */
  get inputs(): Values {
    return { images: this.#images, labels: this.#labels, reference: this.#reference, x: this.#x };
  }

  /** The slots that hold an example; the others run along, and nobody looks at them. */
  get seated(): Slot[] {
    return this.#seated.filter((slot) => slot !== undefined);
  }

  /** x_0 = clip(image + start, 0, 1) */
  seat(at: number, example: number, restart = 0): void {
    const { imageSize, classes, rows, start } = this.#options;
    const clean = row(rows.images, imageSize, example);
    this.#images.set(clean, at * imageSize);
    this.#labels.set(row(rows.labels, classes, example), at * classes);
    if (rows.reference) this.#reference.set(row(rows.reference, classes, example), at * classes);
    const x = row(this.#x, imageSize, at);
    start(example, restart, x);
    for (let i = 0; i < imageSize; i += 1) x[i] = Math.min(Math.max(clean[i] + x[i], 0), 1);
    this.#seated[at] = { at, example, restart, step: 0 };
  }

  clear(at: number): void {
    this.#seated[at] = undefined;
  }

  /** Where a slot's example is now, [C, H, W]; a view that moves with it. */
  iterate({ at }: Slot): Float32Array {
    return row(this.#x, this.#options.imageSize, at);
  }

  /** Take a slot's row of `next` [slots, C, H, W] as its iterate. */
  advance(slot: Slot, next: Float32Array): void {
    this.iterate(slot).set(row(next, this.#options.imageSize, slot.at));
    slot.step += 1;
  }
}

/** Row `at` of a matrix with rows of `size` values, as a view. */
function row(values: Float32Array, size: number, at: number): Float32Array {
  return values.subarray(at * size, (at + 1) * size);
}
