/**
 * ReLU on all threads, without hiding a NaN.
 *
 * Every ReLU of oneDNN, alone or as a part of another primitive, is the instruction max(x, 0), which gives its second operand
 * where either is NaN: 0. As the binary primitive max(0, x) the same instruction gives x, which is the NaN. It takes
 * zeros as large as what it works on at once, so that it works on a piece at a time.
 *
 * A normalization keeps its ReLU, whose gradient needs the bit mask: there the statistics tell whether the images hold a
 * NaN, and what follows is repeated with care only then.
 */
import { type Addressing, type Emitter, isWhole, type Kernel, type Place } from '../emitter.ts';

/** Elements of a piece: few calls, and zeros that stay in a cache. */
const PIECE = 2 ** 20;

/** y = max(x, 0), of places of one layout; they may be the same. */
export function reluKernel(x: Place, y: Place, emitter: Emitter): Kernel {
  const { library } = emitter;
  // Padding is zero, and stays so: the layout does not matter.
  const size = y.layout.bytes / 4;
  const lengths = Array.from({ length: Math.ceil(size / PIECE) }, (_, at) =>
    Math.min(PIECE, size - at * PIECE),
  );
  const zeros = emitter.filled(0, Math.min(size, PIECE));
  const pieces = lengths.map((length, at) => {
    const layout = library.plain([length]);
    const of = (place: Place): Place => ({ ...place, offset: place.offset + 4 * PIECE * at, layout });
    const primitive = emitter.primitive(`maximum ${layout.id}`, () => library.binary('maximum', layout));
    return { primitive, places: { x: { ...zeros, layout }, x1: of(x), y: of(y) } };
  });
  return {
    name: `relu ${pieces[0].primitive.implementation}`,
    reads: [x.slot, zeros.slot],
    writes: [y.slot],
    inPlace: isWhole(x) && isWhole(y) ? [[x.slot, y.slot]] : [],
    bind: (memory) => {
      const calls = pieces.map(({ primitive, places }) =>
        library.bind(
          primitive,
          new Map([
            ['x', memory.address(places.x)],
            ['x1', memory.address(places.x1)],
            ['y', memory.address(places.y)],
          ]),
        ),
      );
      memory.atEnd(() => calls.forEach(library.release));
      return () => calls.forEach(library.execute);
    },
  };
}

/** What decides, for each channel, whether a normalization gives numbers. */
export interface ChannelVectors {
  readonly mean: Place;
  readonly variance: Place;
  readonly scale: Place;
  readonly shift: Place;
  readonly epsilon: number;
}

/** With its own statistics a normalization has a NaN, or hides one, only where these hold something that is no number. */
function watch({ mean, variance, scale, shift, epsilon }: ChannelVectors, memory: Addressing): () => boolean {
  const vectors = [mean, variance, scale, shift].map((place) => memory.floats(place));
  return () =>
    vectors[1].some((value, channel) => {
      const sum = vectors.reduce((total, vector) => total + vector[channel], 0);
      return !(Number.isFinite(sum) && value + epsilon > 0);
    });
}

/** The kernel, left out of a run whose vectors are all numbers. */
export function whereBroken(vectors: ChannelVectors, { reads, writes, name, bind }: Kernel): Kernel {
  const { mean, variance, scale, shift } = vectors;
  return {
    name: `${name} where broken`,
    reads: [...reads, ...[mean, variance, scale, shift].map(({ slot }) => slot)],
    writes,
    bind: (memory) => {
      const isBroken = watch(vectors, memory);
      const run = bind(memory);
      return () => {
        if (isBroken()) run();
      };
    },
  };
}

/** Fills places with NaN. */
export const spoilKernel = (places: readonly Place[]): Kernel => ({
  name: 'NaN',
  reads: [],
  writes: places.map(({ slot }) => slot),
  bind: (memory) => {
    const targets = places.map((place) => memory.floats(place));
    return () => {
      for (const target of targets) target.fill(Number.NaN);
    };
  },
});
