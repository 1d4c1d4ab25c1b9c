/** Operations of an ONNX graph that reduce, move or join elements, in terms of ours. */
import {
  broadcast,
  concatenate,
  globalAveragePool,
  max,
  multiply,
  pad,
  reshape,
  type Shape,
  sizeOf,
  slice,
  sum,
  type Tensor,
} from '../../graph/index.ts';
import { axisOf, type Call, type TensorReader, Unreadable } from './call.ts';
import { reshapedShape, squeezedShape, unsqueezedShape } from './known.ts';

/** The axes of a reduction; all of them where none are given. */
function reducedAxes(call: Call, x: Tensor): readonly number[] {
  const given = call.intsFrom(1, 'axes');
  if ((!given || given.length === 0) && call.int('noop_with_empty_axes', 0) === 1) return [];
  if (!given || given.length === 0) return x.shape.map((_, axis) => axis);
  return given.map((axis) => axisOf(axis, x.shape.length)).sort((a, b) => a - b);
}

const reduction =
  (of: (x: Tensor, axes: readonly number[], keep: boolean) => Tensor): TensorReader =>
  (call) => {
    const x = call.tensor(0);
    return of(x, reducedAxes(call, x), call.int('keepdims', 1) === 1);
  };

function mean(x: Tensor, axes: readonly number[], keep: boolean): Tensor {
  if (x.shape.length === 4 && axes.join() === '2,3') {
    const pooled = globalAveragePool(x);
    return keep ? reshape(pooled, [...pooled.shape, 1, 1]) : pooled;
  }
  return multiply(sum(x, axes, keep), 1 / sizeOf(axes.map((axis) => x.shape[axis])));
}

/** A model made for one number of images often says it in its shapes, where the number of images is meant. */
function forBatch(call: Call, x: Tensor, wanted: readonly number[]): readonly number[] {
  const { file, here } = call.context.batch;
  const [first, ...rest] = wanted;
  return file !== undefined && first === file && x.shape[0] === here ? [here, ...rest] : wanted;
}

const readReshape: TensorReader = (call) => {
  const x = call.tensor(0);
  const wanted = call.intsFrom(1, 'shape') ?? [];
  return reshapeTo(x, reshapedShape(x.shape, forBatch(call, x, wanted), call.int('allowzero', 0) === 1));
};

function reshapeTo(x: Tensor, shape: Shape): Tensor {
  if (!shape.every((size) => Number.isInteger(size) && size > 0) || sizeOf(shape) !== sizeOf(x.shape))
    throw new Unreadable(`it gives [${x.shape.join(', ')}] the shape [${shape.join(', ')}]`);
  return reshape(x, shape);
}

const readFlatten: TensorReader = (call) => {
  const x = call.tensor(0);
  const given = call.int('axis', 1);
  const axis = given === x.shape.length ? given : axisOf(given, x.shape.length);
  return reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
};

/** Only orders that move no element: those that move axes of size 1 about. */
const readTranspose: TensorReader = (call) => {
  const x = call.tensor(0);
  const order = call.intList('perm') ?? x.shape.map((_, axis) => x.shape.length - 1 - axis);
  const long = order.filter((axis) => x.shape[axis] > 1);
  if (long.some((axis, at) => at > 0 && axis < long[at - 1]))
    throw new Unreadable(`it moves elements: [${x.shape.join(', ')}] in the order ${order.join(', ')}`);
  return reshape(
    x,
    order.map((axis) => x.shape[axis]),
  );
};

const readConcat: TensorReader = (call) => {
  const parts = Array.from({ length: call.count }, (_, at) => call.tensor(at));
  return concatenate(parts, axisOf(call.int('axis', 1), parts[0].shape.length));
};

const readSlice: TensorReader = (call) => {
  const x = call.tensor(0);
  const starts = call.intsFrom(1, 'starts') ?? [];
  const ends = call.intsFrom(2, 'ends') ?? [];
  const axes = call.intsFrom(3, 'axes') ?? starts.map((_, at) => at);
  const steps = call.has(4) ? call.ints(4) : [];
  if (steps.some((step) => step !== 1)) throw new Unreadable(`it goes by steps of ${steps.join(', ')}`);
  return axes.reduce((rest, given, at) => {
    const axis = axisOf(given, rest.shape.length);
    const size = rest.shape[axis];
    const inside = (place: number) => Math.min(Math.max(place < 0 ? place + size : place, 0), size);
    const [start, end] = [inside(starts[at]), inside(ends[at])];
    if (start >= end) throw new Unreadable(`it leaves nothing of axis ${axis}`);
    return slice(rest, axis, start, end);
  }, x);
};

/** One index along an axis, which goes. */
const readGather: TensorReader = (call) => {
  const x = call.tensor(0);
  const axis = axisOf(call.int('axis', 0), x.shape.length);
  const index = call.number(1);
  const at = index < 0 ? index + x.shape[axis] : index;
  const kept = call.known(1).shape.length;
  const picked = slice(x, axis, at, at + 1);
  return kept === 0 ? reshape(picked, squeezedShape(picked.shape, [axis])) : picked;
};

const readPad: TensorReader = (call) => {
  const x = call.tensor(0);
  const mode = call.text('mode', 'constant');
  if (mode !== 'constant') throw new Unreadable(`it pads by ${mode}; only by a constant of 0 is supported`);
  if (call.numberFrom(2, 'value', 0) !== 0) throw new Unreadable('it pads by a number that is not 0');
  const pads = call.intsFrom(1, 'pads') ?? [];
  const axes = call.has(3) ? call.ints(3) : x.shape.map((_, axis) => axis);
  return axes.reduce((rest, given, at) => {
    const axis = axisOf(given, rest.shape.length);
    const [before, after] = [pads[at] ?? 0, pads[at + axes.length] ?? 0];
    const size = rest.shape[axis];
    // Negative padding cuts.
    const cut = slice(rest, axis, Math.max(-before, 0), size - Math.max(-after, 0));
    return pad(cut, axis, Math.max(before, 0), Math.max(after, 0));
  }, x);
};

const readExpand: TensorReader = (call) => {
  const x = call.tensor(0);
  const wanted = forBatch(call, x, call.ints(1));
  const rank = Math.max(x.shape.length, wanted.length);
  const wide = (shape: readonly number[]) => [...new Array(rank - shape.length).fill(1), ...shape];
  const [from, to] = [wide(x.shape), wide(wanted)];
  return broadcast(
    x,
    from.map((size, axis) => (size === 1 ? to[axis] : size)),
  );
};

export const shapeReaders = {
  ReduceMean: reduction(mean),
  ReduceSum: reduction(sum),
  ReduceMax: reduction(max),
  Reshape: readReshape,
  Flatten: readFlatten,
  Transpose: readTranspose,
  Squeeze: (call) => {
    const x = call.tensor(0);
    return reshape(x, squeezedShape(x.shape, call.intsFrom(1, 'axes')));
  },
  Unsqueeze: (call) => {
    const x = call.tensor(0);
    return reshape(x, unsqueezedShape(x.shape, call.intsFrom(1, 'axes') ?? []));
  },
  Concat: readConcat,
  Slice: readSlice,
  Gather: readGather,
  Pad: readPad,
  Expand: readExpand,
} as const satisfies Record<string, TensorReader>;

/** Parts along an axis, one an output. */
export function readSplit(call: Call): readonly Tensor[] {
  const x = call.tensor(0);
  const axis = axisOf(call.int('axis', 0), x.shape.length);
  const parts = call.node.outputs.length;
  const each = Math.ceil(x.shape[axis] / parts);
  const sizes =
    call.intsFrom(1, 'split') ??
    Array.from({ length: parts }, (_, at) => Math.min(each, x.shape[axis] - at * each));
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return slice(x, axis, start - size, start);
  });
}
