/**
 * oneDNN 2's C API through koffi.
 *
 * Everything that knows the version of the C API (symbol names, enum values, struct sizes, argument numbers) is in this
 * file and nowhere else. oneDNN 3 has other structs (opaque memory descriptors) and one `..._primitive_desc_create` a
 * primitive. Values are from 2.6's dnnl_types.h; its structs kept their size over all of 2.x.
 */
import koffi, { type KoffiFunc } from 'koffi';
import { InputError, RunError } from '../../errors.ts';
import { EngineUnavailable } from '../engine.ts';
import type { Argument, Layout, Library, NormalizationOptions, Primitive } from './library.ts';
import { loadOpenMp, OPENMP_SHARED_OBJECT, pinLibrary, prepareWaitPolicy } from './openmp.ts';

const SHARED_OBJECT = 'libdnnl.so.2';
const DESCRIPTOR_BYTES = 696; // dnnl_memory_desc_t
const OPERATION_BYTES = 8192; // at least the largest operation descriptor, dnnl_convolution_desc_t's 5976
const F32 = 3;
const CPU = 1;
const IN_ORDER = 1;
const OPENMP_RUNTIME = 2;
const TAG = { any: 1, aBcd8b: 93, aBcd16b: 69 } as const;
/** Row-major, by rank: dnnl_a to dnnl_abcdef (6 is dnnl_acbd); a scalar is one row of one. */
const PLAIN_TAGS = [2, 2, 3, 4, 5, 7, 8];
const PROPAGATION = { training: 64, inference: 96, backward: 128 } as const;
const CONVOLUTION = { direct: 1, auto: 3 } as const;
const RELU_BY_RESULT = 256;
const AVERAGE_POOLING = 1023;
const BINARY = { add: 131056, maximum: 131058 } as const;
const NORMALIZATION = { given: 1, relu: 4, scale: 8, shift: 16 } as const;
const QUERY_IMPLEMENTATION = 8;
const USER_SCRATCHPAD = 1;
const AVX512 = 0x27;
const STATUSES = [
  'success',
  'out of memory',
  'invalid arguments',
  'unimplemented',
  'iterator ends',
  'runtime error',
];
const INSTRUCTION_SETS: readonly (readonly [number, string])[] = [
  [0x3e7, 'avx512_core_amx'],
  [0xe7, 'avx512_core_bf16'],
  [0x67, 'avx512_core_vnni'],
  [AVX512, 'avx512_core'],
  [0x407, 'avx2_vnni'],
  [0x07, 'avx2'],
  [0x03, 'avx'],
  [0x01, 'sse41'],
];

/** Where an argument goes at execution, and what to ask of a primitive descriptor (and index) for its layout. */
const ARGUMENTS: Readonly<Record<Argument, { number: number; query?: readonly [number, number] }>> = {
  x: { number: 1, query: [129, 0] },
  x1: { number: 2, query: [129, 1] },
  y: { number: 17, query: [133, 0] },
  weights: { number: 33, query: [131, 0] },
  bias: { number: 41 },
  mean: { number: 49 },
  variance: { number: 50 },
  scale: { number: 51 },
  shift: { number: 52 },
  workspace: { number: 64, query: [135, 0] },
  scratchpad: { number: 80, query: [136, 0] },
  dx: { number: 129, query: [130, 0] },
  dy: { number: 145, query: [134, 0] },
  dweights: { number: 161, query: [132, 0] },
  dscale: { number: 255 },
  dshift: { number: 256 },
};

type Status = (...values: unknown[]) => void;
type Create = (...values: unknown[]) => bigint;

let loaded: Library | undefined;

/**
 * Loads Debian's libdnnl2 (oneDNN 2.x), once a process, with one engine and one stream of oneDNN's to its end.
 * @throws EngineUnavailable naming the package where the library is missing or another build.
 */
export function loadLibrary(): Library {
  loaded ??= bindLibrary();
  return loaded;
}

function open() {
  prepareWaitPolicy();
  try {
    const library = koffi.load(SHARED_OBJECT);
    pinLibrary(SHARED_OBJECT);
    return library;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EngineUnavailable(
      `engine onednn: ${SHARED_OBJECT} (oneDNN 2) could not be loaded (${why}). Install Debian's package libdnnl2 ` +
        '("apt-get install libdnnl2"); oneDNN 3 is not supported yet.',
      { why: 'was not found' },
    );
  }
}

function bindLibrary(): Library {
  const shared = open();
  const status = (name: string, ...types: string[]): Status => {
    const symbol = shared.func(`dnnl_${name}`, 'int', types);
    return (...values) => {
      const code: number = symbol(...values);
      if (code !== 0) throw new RunError(`oneDNN: ${name} failed: ${STATUSES[code] ?? `status ${code}`}`);
    };
  };
  const create = (name: string, ...types: string[]): Create => {
    const call = status(name, '_Out_ void **', ...types);
    return (...values) => {
      const out: [bigint] = [0n];
      call(out, ...values);
      return out[0];
    };
  };
  const pointers = (count: number) => Array<string>(count).fill('void *');

  const versionType = koffi.struct({
    major: 'int',
    minor: 'int',
    patch: 'int',
    hash: 'str',
    cpu: 'uint',
    gpu: 'uint',
  });
  const version = koffi.decode(shared.func('dnnl_version', 'void *', [])(), versionType);
  if (version.cpu !== OPENMP_RUNTIME)
    throw new EngineUnavailable(
      `engine onednn: ${SHARED_OBJECT} was built without OpenMP; use the one of Debian's package libdnnl2`,
      { why: 'was built without OpenMP' },
    );
  const isa: number = shared.func('dnnl_get_effective_cpu_isa', 'int', [])();

  const engine = create('engine_create', 'int', 'size_t')(CPU, 0);
  const stream = create('stream_create', 'void *', 'uint')(engine, IN_ORDER);
  const sizeInBytes: KoffiFunc<(descriptor: Buffer) => number | bigint> = shared.func(
    'dnnl_memory_desc_get_size',
    'size_t',
    pointers(1),
  );
  const equal: KoffiFunc<(a: Buffer, b: Buffer) => number> = shared.func(
    'dnnl_memory_desc_equal',
    'int',
    pointers(2),
  );
  const queryDescriptor: KoffiFunc<(from: bigint, what: number, index: number) => bigint | null> =
    shared.func('dnnl_primitive_desc_query_md', 'void *', ['void *', 'int', 'int']);
  const executePrimitive: KoffiFunc<
    (primitive: bigint, stream: bigint, count: number, args: Buffer) => number
  > = shared.func('dnnl_primitive_execute', 'int', ['void *', 'void *', 'int', 'void *']);
  const byTag = status('memory_desc_init_by_tag', 'void *', 'int', 'void *', 'int', 'int');
  const byStrides = status('memory_desc_init_by_strides', 'void *', 'int', 'void *', 'int', 'void *');
  const query = status('primitive_desc_query', 'void *', 'int', 'int', '_Out_ void **');
  const describe = create('primitive_desc_create', ...pointers(4));
  const describeReorder = create('reorder_primitive_desc_create', ...pointers(5));
  const createPrimitive = create('primitive_create', 'void *');
  const createMemory = create('memory_create', ...pointers(3));
  const destroy = {
    description: status('primitive_desc_destroy', 'void *'),
    primitive: status('primitive_destroy', 'void *'),
    memory: status('memory_destroy', 'void *'),
    postOps: status('post_ops_destroy', 'void *'),
  };
  const createAttributes = create('primitive_attr_create');
  const createPostOps = create('post_ops_create');
  const setPostOps = status('primitive_attr_set_post_ops', ...pointers(2));
  const setScratchpadMode = status('primitive_attr_set_scratchpad_mode', 'void *', 'int');
  const appendSum = status('post_ops_append_sum', 'void *', 'float');
  const init = {
    convolution: status('convolution_forward_desc_init', 'void *', 'int', 'int', ...pointers(7)),
    convolutionData: status('convolution_backward_data_desc_init', 'void *', 'int', ...pointers(6)),
    convolutionWeights: status('convolution_backward_weights_desc_init', 'void *', 'int', ...pointers(7)),
    eltwise: status('eltwise_forward_desc_init', 'void *', 'int', 'int', 'void *', 'float', 'float'),
    eltwiseBackward: status('eltwise_backward_desc_init', 'void *', 'int', ...pointers(2), 'float', 'float'),
    pooling: status('pooling_forward_desc_init', 'void *', 'int', 'int', ...pointers(6)),
    poolingBackward: status('pooling_backward_desc_init', 'void *', 'int', ...pointers(6)),
    normalization: status(
      'batch_normalization_forward_desc_init',
      'void *',
      'int',
      'void *',
      'float',
      'uint',
    ),
    normalizationBackward: status(
      'batch_normalization_backward_desc_init',
      'void *',
      'int',
      ...pointers(2),
      'float',
      'uint',
    ),
    matmul: status('matmul_desc_init', ...pointers(5)),
    binary: status('binary_desc_init', 'void *', 'int', ...pointers(3)),
  };

  // Layouts are interned, so that equality is identity.
  const interned = new Map<string, Layout[]>();
  let layouts = 0;
  const int64s = (values: readonly number[]) => BigInt64Array.from(values, BigInt);
  const describeTag = (dims: readonly number[], tag: number): Buffer => {
    const descriptor = Buffer.alloc(DESCRIPTOR_BYTES);
    const sizes = dims.length === 0 ? [1] : dims;
    byTag(descriptor, sizes.length, int64s(sizes), F32, tag);
    return descriptor;
  };
  const dimsOf = (descriptor: Buffer) =>
    Array.from({ length: descriptor.readInt32LE(0) }, (_, axis) =>
      Number(descriptor.readBigInt64LE(8 + 8 * axis)),
    );
  const intern = (descriptor: Buffer): Layout => {
    const dims = dimsOf(descriptor);
    const key = dims.join();
    const known = interned.get(key) ?? [];
    const same = known.find((layout) => equal(layout.descriptor, descriptor) !== 0);
    if (same) return same;
    const tag = PLAIN_TAGS[dims.length];
    const plain = tag !== undefined && equal(describeTag(dims, tag), descriptor) !== 0;
    const bytes = Number(sizeInBytes(descriptor));
    const padded = bytes !== dims.reduce((product, size) => product * size, 4);
    layouts += 1;
    const layout: Layout = { id: layouts, dims, bytes, plain, padded, descriptor };
    interned.set(key, [...known, layout]);
    return layout;
  };
  const plain = (dims: readonly number[]) => {
    const tag = PLAIN_TAGS[dims.length];
    if (tag === undefined)
      throw new InputError(`engine onednn: tensors of more than 6 axes are not supported, such as [${dims}]`);
    return intern(describeTag(dims, tag));
  };
  const blocked = (dims: readonly number[]) => {
    const wide = (isa & AVX512) === AVX512;
    const [, channels = 0] = dims;
    if (dims.length !== 4 || channels % (wide ? 16 : 8) !== 0) return plain(dims);
    return intern(describeTag(dims, wide ? TAG.aBcd16b : TAG.aBcd8b));
  };
  const settledOr = (settled: Layout | undefined, dims: readonly number[]) =>
    settled?.descriptor ?? describeTag(dims, TAG.any);

  const attributes = (): bigint => {
    const handle = createAttributes();
    setScratchpadMode(handle, USER_SCRATCHPAD);
    return handle;
  };
  const bare = attributes();
  /** The result is added to what lies in y. */
  const summing = attributes();
  const postOps = createPostOps();
  appendSum(postOps, 1);
  setPostOps(summing, postOps);
  destroy.postOps(postOps);

  /** The description of what `fill` writes into an operation descriptor; a hint has served with it, and goes. */
  const description = (
    fill: (operation: Buffer) => void,
    attribute = bare,
    hint: bigint | null = null,
  ): bigint => {
    const operation = Buffer.alloc(OPERATION_BYTES);
    try {
      fill(operation);
      return describe(operation, attribute, engine, hint);
    } finally {
      if (hint !== null) destroy.description(hint);
    }
  };
  /**
   * The primitive of a description, which goes, with the layouts of the arguments it has; vectors are per channel and
   * plain.
   */
  const primitiveOf = (from: bigint, vectors: readonly Argument[] = [], channels = 0): Primitive => {
    try {
      return describedPrimitive(from, vectors, channels);
    } finally {
      destroy.description(from);
    }
  };
  const describedPrimitive = (from: bigint, vectors: readonly Argument[], channels: number): Primitive => {
    const found: Partial<Record<Argument, Layout>> = {};
    for (const [name, { query: what }] of Object.entries(ARGUMENTS) as [
      Argument,
      (typeof ARGUMENTS)[Argument],
    ][]) {
      if (!what) continue;
      const pointer = queryDescriptor(from, what[0], what[1]);
      if (!pointer) continue;
      const descriptor = Buffer.from(koffi.decode(pointer, koffi.array('uint8', DESCRIPTOR_BYTES)));
      if (descriptor.readInt32LE(0) > 0) found[name] = intern(descriptor);
    }
    for (const name of vectors) found[name] = plain([channels]);
    const text: [bigint] = [0n];
    query(from, QUERY_IMPLEMENTATION, 0, text);
    return {
      handle: createPrimitive(from),
      implementation: koffi.decode(text[0], 'char', -1),
      layouts: found,
    };
  };

  type Convolution = Parameters<Library['convolutionInputGradient']>[0];
  const strides = ({ stride, padding }: Convolution) => [
    int64s([stride, stride]),
    int64s([padding, padding]),
    int64s([padding, padding]),
  ];
  const describeForward = (options: Convolution, post = bare, bias: Layout | null = null) =>
    description((operation) => {
      const { x, weights, y, algorithm, settled } = options;
      init.convolution(
        operation,
        PROPAGATION.training,
        CONVOLUTION[algorithm],
        settledOr(settled?.x, x),
        settledOr(settled?.weights, weights),
        bias?.descriptor ?? null,
        settledOr(settled?.y, y),
        ...strides(options),
      );
    }, post);

  const normalizationFlags = ({ statistics, relu }: NormalizationOptions) =>
    NORMALIZATION.scale |
    NORMALIZATION.shift |
    (statistics === 'given' ? NORMALIZATION.given : 0) |
    (relu ? NORMALIZATION.relu : 0);
  const describeNormalization = (options: NormalizationOptions, propagation: number) =>
    description((operation) =>
      init.normalization(
        operation,
        propagation,
        options.layout.descriptor,
        options.epsilon,
        normalizationFlags(options),
      ),
    );

  const poolingArguments = ({ dims: [, , height = 1, width = 1] }: Layout) => [
    int64s([1, 1]),
    int64s([height, width]),
    int64s([0, 0]),
    int64s([0, 0]),
  ];
  const pooled = ({ dims: [rows = 1, channels = 1] }: Layout) => [rows, channels, 1, 1];
  const describePooling = (x: Layout) =>
    description((operation) =>
      init.pooling(
        operation,
        PROPAGATION.training,
        AVERAGE_POOLING,
        x.descriptor,
        describeTag(pooled(x), TAG.any),
        ...poolingArguments(x),
      ),
    );

  return {
    version: `${version.major}.${version.minor}.${version.patch}`,
    instructionSet: INSTRUCTION_SETS.find(([bits]) => (isa & bits) === bits)?.[1] ?? 'none',
    openMp: loadOpenMp(),
    sharedObjects: { sharedObject: SHARED_OBJECT, openMp: OPENMP_SHARED_OBJECT },
    plain,
    strided: (dims, elementStrides) => {
      const descriptor = Buffer.alloc(DESCRIPTOR_BYTES);
      byStrides(descriptor, dims.length, int64s(dims), F32, int64s(elementStrides));
      return intern(descriptor);
    },
    blocked,
    convolution: (options) => {
      const channels = options.y[1] ?? 0;
      const bias = options.bias ? plain([channels]) : null;
      const from = describeForward(options, options.sum ? summing : bare, bias);
      return primitiveOf(from, options.bias ? ['bias'] : [], channels);
    },
    convolutionInputGradient: (options) => {
      const { x, weights, y, algorithm, settled } = options;
      const hint = describeForward({ ...options, settled: {} });
      return primitiveOf(
        description(
          (operation) =>
            init.convolutionData(
              operation,
              CONVOLUTION[algorithm],
              settledOr(settled?.dx, x),
              settledOr(settled?.weights, weights),
              settledOr(settled?.dy, y),
              ...strides(options),
            ),
          bare,
          hint,
        ),
      );
    },
    convolutionWeightGradient: (options) => {
      const { x, weights, y, algorithm, settled } = options;
      const hint = describeForward({ ...options, settled: {} });
      return primitiveOf(
        description(
          (operation) =>
            init.convolutionWeights(
              operation,
              CONVOLUTION[algorithm],
              settledOr(settled?.x, x),
              settledOr(settled?.dweights, weights),
              null,
              settledOr(settled?.dy, y),
              ...strides(options),
            ),
          bare,
          hint,
        ),
      );
    },
    normalization: (options) => {
      const kind = options.statistics === 'batch' ? PROPAGATION.training : PROPAGATION.inference;
      const vectors = ['mean', 'variance', 'scale', 'shift'] as const;
      return primitiveOf(describeNormalization(options, kind), vectors, options.layout.dims[1]);
    },
    normalizationGradient: (options) => {
      const { layout, epsilon } = options;
      const hint = describeNormalization(options, PROPAGATION.training);
      const from = description(
        (operation) =>
          init.normalizationBackward(
            operation,
            PROPAGATION.backward,
            layout.descriptor,
            layout.descriptor,
            epsilon,
            normalizationFlags(options),
          ),
        bare,
        hint,
      );
      const vectors = ['mean', 'variance', 'scale', 'shift', 'dscale', 'dshift'] as const;
      return primitiveOf(from, vectors, layout.dims[1]);
    },
    reluGradient: (layout) => {
      const hint = description((operation) =>
        init.eltwise(operation, PROPAGATION.training, RELU_BY_RESULT, layout.descriptor, 0, 0),
      );
      const from = description(
        (operation) =>
          init.eltwiseBackward(operation, RELU_BY_RESULT, layout.descriptor, layout.descriptor, 0, 0),
        bare,
        hint,
      );
      return primitiveOf(from);
    },
    averagePool: (x) => primitiveOf(describePooling(x)),
    averagePoolGradient: (dx) => {
      const hint = describePooling(dx);
      const dy = describeTag(pooled(dx), TAG.any);
      const from = description(
        (operation) =>
          init.poolingBackward(operation, AVERAGE_POOLING, dx.descriptor, dy, ...poolingArguments(dx)),
        bare,
        hint,
      );
      return primitiveOf(from);
    },
    matmul: (x, weights, y) =>
      primitiveOf(
        description((operation) =>
          init.matmul(operation, x.descriptor, weights.descriptor, null, y.descriptor),
        ),
      ),
    binary: (algorithm, { descriptor }) =>
      primitiveOf(
        description((operation) =>
          init.binary(operation, BINARY[algorithm], descriptor, descriptor, descriptor),
        ),
      ),
    reorder: (x, y) => primitiveOf(describeReorder(x.descriptor, engine, y.descriptor, engine, bare)),
    bind: (primitive, addresses) => {
      const list = Buffer.alloc(16 * addresses.size); // dnnl_exec_arg_t: int number, pointer memory
      const memories = [...addresses].map(([argument, address], at) => {
        const layout = primitive.layouts[argument];
        if (!layout) throw new Error(`${primitive.implementation} has no argument ${argument}`);
        const memory = createMemory(layout.descriptor, engine, address);
        list.writeInt32LE(ARGUMENTS[argument].number, 16 * at);
        list.writeBigUInt64LE(memory, 16 * at + 8);
        return memory;
      });
      return { primitive: primitive.handle, count: addresses.size, arguments: list, memories };
    },
    execute: (call) => {
      const code = executePrimitive(call.primitive, stream, call.count, call.arguments);
      if (code !== 0) throw new RunError(`oneDNN: execution failed: ${STATUSES[code] ?? `status ${code}`}`);
    },
    release: ({ memories }) => {
      for (const memory of memories) destroy.memory(memory);
    },
    destroy: ({ handle }) => destroy.primitive(handle),
  };
}
