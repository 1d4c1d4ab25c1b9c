/**
 * Operations on numbers that are known: the shape computations that exporters emit around a Reshape, and what is done to
 * weights before they are used. With the number of images given, all of them have an answer now.
 */
import { axisOf, type Call, type Known, Unreadable } from './call.ts';

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

const numbers = ({ type }: Known, values: ArrayLike<number>): Known['values'] =>
  type === 'float32' ? Float32Array.from(values) : Float64Array.from(values);

const reshaped = (known: Known, shape: readonly number[]): Known => ({ ...known, shape });

/** Elements of `from`, at the places that `at` gives for each place of the new shape. */
function gathered(from: Known, shape: readonly number[], at: (index: readonly number[]) => number): Known {
  const index = shape.map(() => 0);
  const values = Array.from({ length: sizeOf(shape) }, () => {
    const value = from.values[at(index)];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      index[axis] += 1;
      if (index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
    return value;
  });
  return { type: from.type, shape, values: numbers(from, values) };
}

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

function elementwise(of: (a: number, b: number) => number) {
  return (call: Call): Known => {
    const [a, b] = [call.known(0), call.known(1)];
    const rank = Math.max(a.shape.length, b.shape.length);
    const wide = (shape: readonly number[]) => [...new Array(rank - shape.length).fill(1), ...shape];
    const [as, bs] = [wide(a.shape), wide(b.shape)];
    const shape = as.map((size, axis) => Math.max(size, bs[axis]));
    const placeIn = (sizes: readonly number[]) => {
      const strides = stridesOf(sizes);
      return (index: readonly number[]) =>
        index.reduce((place, i, axis) => place + (sizes[axis] === 1 ? 0 : i * strides[axis]), 0);
    };
    const [atA, atB] = [placeIn(as), placeIn(bs)];
    const whole = !a.type.startsWith('float');
    const left = gathered(a, shape, atA);
    const right = gathered(b, shape, atB);
    const values = Array.from(left.values, (value, i) => of(value, right.values[i]));
    return { type: a.type, shape, values: numbers(a, whole ? values.map(Math.trunc) : values) };
  };
}

function gather(call: Call): Known {
  const [from, indices] = [call.known(0), call.known(1)];
  const axis = axisOf(call.int('axis', 0), from.shape.length);
  const size = from.shape[axis];
  const shape = [...from.shape.slice(0, axis), ...indices.shape, ...from.shape.slice(axis + 1)];
  const strides = stridesOf(from.shape);
  const inner = stridesOf(indices.shape);
  return gathered(from, shape, (index) => {
    const picked = indices.shape.reduce((place, _, at) => place + index[axis + at] * inner[at], 0);
    const value = indices.values[picked];
    const source = [
      ...index.slice(0, axis),
      value < 0 ? value + size : value,
      ...index.slice(axis + indices.shape.length),
    ];
    return source.reduce((place, i, at) => place + i * strides[at], 0);
  });
}

function concat(call: Call): Known {
  const parts = Array.from({ length: call.count }, (_, at) => call.known(at));
  if (!parts.every(({ shape }) => shape.length === 1))
    throw new Unreadable('it joins known tensors that are no vectors');
  const values = parts.flatMap((part) => [...part.values]);
  return { type: parts[0].type, shape: [values.length], values: numbers(parts[0], values) };
}

function slice(call: Call): Known {
  const from = call.known(0);
  const starts = call.intsFrom(1, 'starts') ?? [];
  const ends = call.intsFrom(2, 'ends') ?? [];
  const axes = call.intsFrom(3, 'axes') ?? starts.map((_, at) => at);
  const steps = call.has(4) ? call.ints(4) : [];
  if (from.shape.length !== 1 || axes.length !== 1 || (steps[0] ?? 1) !== 1)
    throw new Unreadable('it takes a part of a known tensor that is no vector');
  const values = from.values.slice(starts[0], ends[0]);
  return { type: from.type, shape: [values.length], values };
}

function unsqueeze(call: Call): Known {
  const from = call.known(0);
  const axes = call.intsFrom(1, 'axes') ?? [];
  return reshaped(from, unsqueezedShape(from.shape, axes));
}

/** The shape with axes of size 1 added. */
export function unsqueezedShape(shape: readonly number[], axes: readonly number[]): number[] {
  const rank = shape.length + axes.length;
  const added = axes.map((axis) => axisOf(axis, rank));
  const rest = [...shape];
  return Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : (rest.shift() ?? 1)));
}

/** The shape without axes of size 1: those given, else all. */
export function squeezedShape(shape: readonly number[], axes: readonly number[] | undefined): number[] {
  const dropped =
    axes?.map((axis) => axisOf(axis, shape.length)) ??
    shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  for (const axis of dropped)
    if (shape[axis] !== 1) throw new Unreadable(`axis ${axis} has the size ${shape[axis]} and cannot go`);
  return shape.filter((_, axis) => !dropped.includes(axis));
}

function transpose(call: Call): Known {
  const from = call.known(0);
  const order = call.intList('perm') ?? from.shape.map((_, axis) => from.shape.length - 1 - axis);
  const strides = stridesOf(from.shape);
  return gathered(
    from,
    order.map((axis) => from.shape[axis]),
    (index) => order.reduce((place, axis, at) => place + index[at] * strides[axis], 0),
  );
}

function constantOfShape(call: Call): Known {
  const shape = call.ints(0);
  const given = call.attribute('value');
  const value = given?.kind === 'tensor' ? given.value : { type: 'float32' as const, values: [0] };
  const values = new Array<number>(sizeOf(shape)).fill(value.values[0]);
  return {
    type: value.type,
    shape,
    values: numbers({ ...value, shape, values: new Float32Array() }, values),
  };
}

function cast(call: Call): Known {
  const known = call.known(0);
  // TensorProto.DataType: 1 is float32, 6 int32, 7 int64.
  const to = call.int('to', 1);
  if (to === 1) return { ...known, type: 'float32', values: Float32Array.from(known.values) };
  if (to === 6 || to === 7)
    return { ...known, type: 'int64', values: Float64Array.from(known.values, Math.trunc) };
  throw new Unreadable(`it makes numbers of the type ${to} of ONNX's list`);
}

function reshapeKnown(call: Call): Known {
  const from = call.known(0);
  return reshaped(from, reshapedShape(from.shape, call.ints(1), call.int('allowzero', 0) === 1));
}

/** The shape that Reshape means: -1 is what remains, 0 the size before unless zeros are allowed. */
export function reshapedShape(
  from: readonly number[],
  wanted: readonly number[],
  allowZero: boolean,
): number[] {
  const shape = wanted.map((size, axis) => (size === 0 && !allowZero ? (from[axis] ?? 0) : size));
  const rest = sizeOf(from) / sizeOf(shape.filter((size) => size !== -1));
  return shape.map((size) => (size === -1 ? rest : size));
}

/** What each operation is where all of its inputs are known. */
export const knownOperations: Readonly<Record<string, (call: Call) => Known>> = {
  Identity: (call) => call.known(0),
  Dropout: (call) => call.known(0),
  Cast: cast,
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: elementwise((a, b) => a / b),
  Gather: gather,
  Concat: concat,
  Slice: slice,
  Unsqueeze: unsqueeze,
  Squeeze: (call) => {
    const from = call.known(0);
    return reshaped(from, squeezedShape(from.shape, call.intsFrom(1, 'axes')));
  },
  Reshape: reshapeKnown,
  Transpose: transpose,
  ConstantOfShape: constantOfShape,
  Neg: (call) => {
    const known = call.known(0);
    return {
      ...known,
      values: numbers(
        known,
        Array.from(known.values, (value) => -value),
      ),
    };
  },
  Floor: (call) => {
    const known = call.known(0);
    return { ...known, values: numbers(known, Array.from(known.values, Math.floor)) };
  },
};
