/**
 * What the engine asks of oneDNN, in its own terms: layouts, primitives, calls. No version of the C API shows here;
 * onednn2.ts implements it for oneDNN 2, and one for oneDNN 3 can stand beside that. Last, how programs share primitives.
 */

import type { OpenMp } from './openmp.ts';

/** An argument of a primitive. */
export type Argument =
  | 'x'
  | 'x1'
  | 'y'
  | 'weights'
  | 'bias'
  | 'mean'
  | 'variance'
  | 'scale'
  | 'shift'
  | 'workspace'
  | 'scratchpad'
  | 'dx'
  | 'dy'
  | 'dweights'
  | 'dscale'
  | 'dshift';

/** `auto` may choose Winograd, whose results differ in the last digits; `direct` never does. */
export type Algorithm = 'auto' | 'direct';
export type BinaryAlgorithm = 'add' | 'maximum';

/** How a tensor of float32 lies in memory. Equal layouts are the same object: compare with ===. */
export interface Layout {
  /** Distinct for distinct layouts, for keys. */
  readonly id: number;
  readonly dims: readonly number[];
  readonly bytes: number;
  /** Row-major, so that host code can read it. */
  readonly plain: boolean;
  /** Holds more than its elements: the rest must be kept zero. */
  readonly padded: boolean;
  readonly descriptor: Buffer;
}

/** A compiled kernel: what implements it, and the layout of each argument. It takes native memory until `destroy`. */
export interface Primitive {
  readonly handle: bigint;
  /** Such as `jit:avx2` or `jit_wino_4x3:avx512_core`. */
  readonly implementation: string;
  readonly layouts: Readonly<Partial<Record<Argument, Layout>>>;
}

/** A primitive with addresses for its arguments: ready to run. It takes native memory until `release`. */
export interface Call {
  readonly primitive: bigint;
  readonly count: number;
  readonly arguments: Buffer;
  readonly memories: readonly bigint[];
}

/** x [N, C, H, W] by weights [K, C, R, S] to y [N, K, P, Q]. */
export interface ConvolutionOptions {
  readonly x: readonly number[];
  readonly weights: readonly number[];
  readonly y: readonly number[];
  readonly stride: number;
  readonly padding: number;
  readonly algorithm: Algorithm;
  /** Layouts settled already, by argument; the others are the primitive's choice. */
  readonly settled?: Readonly<Partial<Record<Argument, Layout>>>;
}

/** y = conv(x) + bias + y's former content, each part where it is set. */
export interface ForwardOptions extends ConvolutionOptions {
  readonly bias: boolean;
  readonly sum: boolean;
}

export interface NormalizationOptions {
  /** The layout of x, and so of y, dx and dy. */
  readonly layout: Layout;
  readonly epsilon: number;
  /** batch: mean and variance are results. given: they are arguments, and constants for the gradient. */
  readonly statistics: 'batch' | 'given';
  /**
   * relu with `batch` leaves a bit mask in the workspace, which the gradient reads. This ReLU makes 0 of NaN: whoever asks
   * for it looks at the statistics.
   */
  readonly relu: boolean;
}

export interface Library {
  readonly version: string;
  readonly instructionSet: string;
  readonly openMp: OpenMp;
  /** Names under which the loader finds oneDNN and its OpenMP runtime. */
  readonly sharedObjects: { readonly sharedObject: string; readonly openMp: string };
  plain(dims: readonly number[]): Layout;
  strided(dims: readonly number[], strides: readonly number[]): Layout;
  /** The layout that kernels prefer for images of [N, C, H, W]. */
  blocked(dims: readonly number[]): Layout;
  convolution(options: ForwardOptions): Primitive;
  convolutionInputGradient(options: ConvolutionOptions): Primitive;
  convolutionWeightGradient(options: ConvolutionOptions): Primitive;
  normalization(options: NormalizationOptions): Primitive;
  /** dx, dscale and dshift from dy. */
  normalizationGradient(options: NormalizationOptions): Primitive;
  /** dx from dy and relu's result y: dy times 0 or 1, or dy where y is NaN. */
  reluGradient(layout: Layout): Primitive;
  /** x to [N, C, 1, 1]. */
  averagePool(x: Layout): Primitive;
  averagePoolGradient(dx: Layout): Primitive;
  /** x [M, K] times weights [K, N]. */
  matmul(x: Layout, weights: Layout, y: Layout): Primitive;
  /** x and x1 of one layout. A NaN in x1 stays one; of a NaN in x, `maximum` makes what x1 is. */
  binary(algorithm: BinaryAlgorithm, layout: Layout): Primitive;
  reorder(x: Layout, y: Layout): Primitive;
  bind(primitive: Primitive, addresses: ReadonlyMap<Argument, bigint>): Call;
  execute(call: Call): void;
  release(call: Call): void;
  destroy(primitive: Primitive): void;
}

// The primitives of an engine: each made once, shared by the programs that use it, and destroyed with the last of them.

/** The primitive of a key; `make` is called where there is none yet. */
export type PrimitiveSource = (key: string, make: () => Primitive) => Primitive;

/** What one program uses. */
export interface PrimitiveLoan {
  readonly take: PrimitiveSource;
  /** Gives back all that was taken. */
  readonly release: () => void;
}

export interface Primitives {
  readonly lend: () => PrimitiveLoan;
  /** How many there are. */
  readonly size: number;
}

export function createPrimitives({ destroy }: Pick<Library, 'destroy'>): Primitives {
  const all = new Map<string, { readonly primitive: Primitive; users: number }>();
  return {
    lend: () => {
      const taken = new Set<string>();
      return {
        take: (key, make) => {
          const entry = all.get(key) ?? { primitive: make(), users: 0 };
          all.set(key, entry);
          if (!taken.has(key)) entry.users += 1;
          taken.add(key);
          return entry.primitive;
        },
        release: () => {
          for (const key of taken) {
            const entry = all.get(key);
            if (!entry) continue;
            entry.users -= 1;
            if (entry.users > 0) continue;
            all.delete(key);
            destroy(entry.primitive);
          }
          taken.clear();
        },
      };
    },
    get size() {
      return all.size;
    },
  };
}
