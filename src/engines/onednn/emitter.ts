/**
 * A program in the making: where each tensor lies so far, and the kernels in their order.
 *
 * Layout propagation happens here: a tensor lies where its producer put it, in the producer's layout; who needs another
 * layout asks for it, and the reorder is emitted once and shared by all who ask. Kernels know buffers (slots) only; they
 * get memory when the whole program is known (plan.ts).
 */
import { exactKey, sizeOf, type Tensor } from '../../graph/index.ts';
import type { Algorithm, Argument, Layout, Library, Primitive, PrimitiveSource } from './library.ts';
import type { Access, Slot } from './plan.ts';
import type { SharedMemory } from './winograd/host.ts';
import type { Winograd } from './winograd/winograd.ts';

/** Where a tensor lies: bytes of a slot from `offset`, in a layout. */
export interface Place {
  readonly slot: Slot;
  readonly offset: number;
  readonly layout: Layout;
}

/** Gives memory to places, once the program is planned. */
export interface Addressing {
  address(place: Place): bigint;
  /** All elements of the place, padding included. */
  floats(place: Place): Float32Array;
  /** The WASM memory in which the program lies, unless it was too large for one. */
  readonly wasm: SharedMemory | undefined;
  /** Offset of the place in it. */
  wasmOffset(place: Place): number | undefined;
  /** Called once, when the program is disposed of. */
  atEnd(release: () => void): void;
}

/** One piece of work of a program. */
export interface Kernel extends Access {
  readonly name: string;
  /** Settle everything about the kernel; the result does the work. */
  readonly bind: (memory: Addressing) => () => void;
}

export type Places = Readonly<Partial<Record<Argument, Place>>>;

const listed = (places: Places) => Object.entries(places) as [Argument, Place][];

export interface Emitter {
  readonly library: Library;
  readonly algorithm: Algorithm;
  /** Our own Winograd convolutions, where they are wanted and oneDNN has none; asking starts the threads. */
  readonly winograd: (() => Winograd) | undefined;
  /** The tensors computed from this one. */
  users(tensor: Tensor): readonly Tensor[];
  /** Whether something outside the graph needs it: an output, or an update. */
  isResult(tensor: Tensor): boolean;
  /** Whether it lies somewhere already. */
  isPlaced(tensor: Tensor): boolean;
  /** Emits what computes it, unless that was emitted already. */
  require(tensor: Tensor): void;
  /** Where it lies, after `require`. */
  get(tensor: Tensor): Place;
  /** All layouts in which it lies already. */
  layouts(tensor: Tensor): readonly Layout[];
  getAs(tensor: Tensor, layout: Layout): Place;
  /** Row-major, for host kernels. */
  getPlain(tensor: Tensor): Place;
  /** A new buffer in which the caller's kernel computes the tensor. */
  define(tensor: Tensor, layout: Layout): Place;
  /** The tensor lies in memory that is another's too. */
  alias(tensor: Tensor, place: Place): void;
  /** A buffer that belongs to no tensor. */
  temporary(layout: Layout): Place;
  reorder(place: Place, layout: Layout): Place;
  /** A vector of one repeated value, shared. */
  filled(value: number, length: number): Place;
  emit(kernel: Kernel): void;
  /** Copies all of a place into another of the same layout. */
  copy(from: Place, to: Place): void;
  /** A oneDNN kernel; its scratchpad, and results that nobody wants, get buffers here. */
  emitPrimitive(name: string, primitive: Primitive, reads: Places, writes: Places): void;
  /** Primitives are made once for all programs of an engine that are there at a time. */
  primitive: PrimitiveSource;
}

export interface EmitterParts {
  readonly library: Library;
  readonly algorithm: Algorithm;
  readonly winograd: (() => Winograd) | undefined;
  readonly primitive: PrimitiveSource;
  readonly users: ReadonlyMap<Tensor, readonly Tensor[]>;
  readonly results: ReadonlySet<Tensor>;
  /** Emits what computes a tensor. */
  readonly lower: (tensor: Tensor, emitter: Emitter) => void;
}

/** A buffer of its own. */
const temporary = (layout: Layout): Place => ({ slot: { bytes: layout.bytes }, offset: 0, layout });

/** Whether the place is all of its slot. */
export const isWhole = ({ slot, offset, layout }: Place) => offset === 0 && slot.bytes === layout.bytes;

/** Kernels of oneDNN that may write over any argument of the same layout: they work element by element. */
const IN_PLACE: ReadonlySet<string> = new Set(['add', 'reluGradient']);

/** A oneDNN kernel, with a buffer for its scratchpad. */
export function primitiveKernel(
  library: Library,
  name: string,
  primitive: Primitive,
  reads: Places,
  writes: Places,
): Kernel {
  const { scratchpad } = primitive.layouts;
  const extra: Places = scratchpad ? { scratchpad: temporary(scratchpad) } : {};
  const all = [...listed(reads), ...listed(writes), ...listed(extra)];
  const written = listed(writes).map(([, place]) => place);
  const read = listed(reads).map(([, place]) => place);
  const inPlace = IN_PLACE.has(name)
    ? read.flatMap((from) =>
        written.flatMap((to) =>
          isWhole(from) && isWhole(to) && from.layout === to.layout ? [[from.slot, to.slot] as const] : [],
        ),
      )
    : [];
  return {
    name: `${name} ${primitive.implementation}`,
    reads: read.map(({ slot }) => slot),
    writes: [...written, ...listed(extra).map(([, place]) => place)].map(({ slot }) => slot),
    inPlace,
    bind: (memory) => {
      const addresses = new Map(all.map(([argument, place]) => [argument, memory.address(place)]));
      const call = library.bind(primitive, addresses);
      memory.atEnd(() => library.release(call));
      return () => library.execute(call);
    },
  };
}

export function createEmitter(parts: EmitterParts): { emitter: Emitter; kernels: readonly Kernel[] } {
  const { library, primitive, users, results, lower } = parts;
  const kernels: Kernel[] = [];
  const places = new Map<Tensor, Place[]>();
  const constants = new Map<string, Place>();

  const lowered = new Set<Tensor>();
  const require = (tensor: Tensor) => {
    if (places.has(tensor) || lowered.has(tensor)) return;
    lowered.add(tensor);
    lower(tensor, emitter);
  };
  const placed = (tensor: Tensor): Place[] => {
    require(tensor);
    const found = places.get(tensor);
    if (!found) throw new Error(`lowering ${tensor.operation} left its result nowhere`);
    return found;
  };
  const emitPrimitive: Emitter['emitPrimitive'] = (...parts) => {
    kernels.push(primitiveKernel(library, ...parts));
  };
  const emitter: Emitter = {
    library,
    algorithm: parts.algorithm,
    winograd: parts.winograd,
    users: (tensor) => users.get(tensor) ?? [],
    isResult: (tensor) => results.has(tensor),
    isPlaced: (tensor) => places.has(tensor),
    require,
    get: (tensor) => placed(tensor)[0],
    layouts: (tensor) => (places.get(tensor) ?? []).map(({ layout }) => layout),
    getAs: (tensor, layout) => {
      const known = placed(tensor);
      const found = known.find((place) => place.layout === layout);
      if (found) return found;
      const place = emitter.reorder(known.find((each) => each.layout.plain) ?? known[0], layout);
      known.push(place);
      return place;
    },
    getPlain: (tensor) => emitter.getAs(tensor, library.plain(tensor.shape)),
    define: (tensor, layout) => {
      const place = temporary(layout);
      emitter.alias(tensor, place);
      return place;
    },
    alias: (tensor, place) => {
      places.set(tensor, [place]);
    },
    temporary,
    reorder: (from, layout) => {
      const to = temporary(layout);
      const primitive = emitter.primitive(`reorder ${from.layout.id} ${layout.id}`, () =>
        library.reorder(from.layout, layout),
      );
      emitPrimitive('reorder', primitive, { x: from }, { y: to });
      return to;
    },
    filled: (value, length) => {
      const key = exactKey([value, length]);
      const known = constants.get(key);
      if (known) return known;
      const place = temporary(library.plain([length]));
      kernels.push({
        name: 'fill',
        reads: [],
        writes: [place.slot],
        bind: (memory) => {
          const target = memory.floats(place);
          return () => target.fill(value);
        },
      });
      constants.set(key, place);
      return place;
    },
    emit: (kernel) => {
      kernels.push(kernel);
    },
    copy: (from, to) => {
      kernels.push({
        name: 'copy',
        reads: [from.slot],
        writes: [to.slot],
        copy: isWhole(from) && isWhole(to),
        bind: (memory) => {
          const [source, target] = [memory.floats(from), memory.floats(to)];
          return () => target.set(source);
        },
      });
    },
    emitPrimitive,
    primitive,
  };
  return { emitter, kernels };
}

/** Whether it has one element. */
export const isScalar = (tensor: Tensor) => sizeOf(tensor.shape) === 1;
