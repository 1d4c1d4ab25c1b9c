/**
 * Tensors in a pickle, PyTorch's and NumPy's, as float32. A tensor of PyTorch is a view of a storage: where it begins, its sizes, and how
 * far apart elements are along each axis, all in elements.
 *
 *   x[i, j, ...] = storage[offset + i stride_0 + j stride_1 + ...]
 */
import { InputError } from '../../errors.ts';
import { arrayOf, calleeOf, isArray, isNode, itemsOf, type PickleValue } from '../../pickle/index.ts';
import { decodeFloat32, type StoredTensor } from '../../runs/index.ts';
import { elementBytes, storageReference, type TorchFile } from './container.ts';

/** Where in the arguments of a call the tensor is that it wraps. */
const wrappers: Readonly<Record<string, (args: readonly PickleValue[]) => PickleValue | undefined>> = {
  'torch._utils._rebuild_parameter': ([data]) => data,
  'torch._utils._rebuild_parameter_with_state': ([data]) => data,
  'torch.nn.parameter.Parameter': ([data]) => data,
};

const rebuilders = [
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
];

/** By the type of a storage or of a tensor, as safetensors names it. */
const dtypes: Readonly<Record<string, string>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};

/** Of NumPy. */
const arrayTypes: Readonly<Record<string, string>> = {
  f8: 'F64',
  f4: 'F32',
  f2: 'F16',
  i8: 'I64',
  i4: 'I32',
  i2: 'I16',
  i1: 'I8',
  u1: 'U8',
  b1: 'BOOL',
};

const argsOf = (value: PickleValue): readonly PickleValue[] =>
  isNode(value) && value.kind === 'call' ? (itemsOf(value.args) ?? []) : [];

/** Whether a value is a tensor or an array, by what would make it. */
export function isTensor(value: PickleValue): boolean {
  const name = calleeOf(value) ?? '';
  return rebuilders.includes(name) || Object.hasOwn(wrappers, name) || isArray(value);
}

/** The wrapped tensor. A file can nest wrappers as deep as it likes. */
function unwrapped(value: PickleValue): PickleValue {
  let inner = value;
  for (let depth = 0; depth < 8; depth += 1) {
    const name = calleeOf(inner) ?? '';
    const next = Object.hasOwn(wrappers, name) ? wrappers[name](argsOf(inner)) : undefined;
    if (next === undefined) return inner;
    inner = next;
  }
  return inner;
}

/** @throws InputError that names the tensor, where it lies outside of its storage or is of an unknown type. */
export async function readTensor(
  path: string,
  name: string,
  value: PickleValue,
  file: TorchFile,
): Promise<StoredTensor> {
  const refuse = (what: string) =>
    new InputError(`${path}: the tensor ${name} cannot be read`, [{ where: name, what }], {
      code: 'damaged',
    });
  const inner = unwrapped(value);
  if (isArray(inner)) return readArray(inner, refuse);
  if (!rebuilders.includes(calleeOf(inner) ?? ''))
    throw refuse(`it is of ${calleeOf(inner) ?? 'no known type'}`);
  const [storage, offset, size, stride] = argsOf(inner);
  const reference = storageReference(storage);
  const view = { offset: count(offset), shape: counts(size), strides: counts(stride) };
  if (!reference || view.offset === undefined || !view.shape || !view.strides)
    throw refuse('its storage, offset, size or stride is missing');
  if (!Object.hasOwn(dtypes, reference.type)) throw refuse(`its storage is a ${reference.type}`);
  const { shape, strides } = view;
  const bytes = await file.storage(reference.key);
  const width = elementBytes[reference.type];
  const first = reference.offset + view.offset;
  const there = Math.floor(bytes.length / width);
  const elements = shape.reduce((product, extent) => product * extent, 1);
  const last = first + shape.reduce((sum, extent, axis) => sum + (extent - 1) * strides[axis], 0);
  if (strides.length !== shape.length || (elements > 0 && !(last < there)))
    throw refuse(`it ends at element ${last} of a storage of ${there}`);
  // Elements may be repeated (stride 0), without bounds.
  if (elements > Math.max(there, MOST_REPEATED)) throw refuse(`it has ${elements} elements`);
  const dtype = dtypes[reference.type];
  if (isContiguous(shape, strides)) {
    const part = bytes.slice(first * width, (first + elements) * width);
    return { shape, values: decodeFloat32(dtype, part) };
  }
  return { shape, values: strided(decodeFloat32(dtype, bytes.slice()), first, shape, strides) };
}

const MOST_REPEATED = 2 ** 20;

const count = (value: PickleValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

function counts(value: PickleValue | undefined): number[] | undefined {
  // torch.Size is a tuple that is made by a call.
  const items = itemsOf(value) ?? (value !== undefined ? itemsOf(argsOf(value)[0]) : undefined);
  const found = items?.map(count);
  return found?.every((each) => each !== undefined) && found.length <= 16 ? found : undefined;
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

/** The elements of a view, the last axis fastest. */
function strided(
  storage: Float32Array,
  first: number,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array {
  const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
  const index = shape.map(() => 0);
  let from = first;
  for (let at = 0; at < values.length; at += 1) {
    values[at] = storage[from];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      index[axis] += 1;
      from += strides[axis];
      if (index[axis] < shape[axis]) break;
      from -= index[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return values;
}

function readArray(value: PickleValue, refuse: (what: string) => InputError): StoredTensor {
  const array = arrayOf(value);
  const dtype = array && Object.hasOwn(arrayTypes, array.type) ? arrayTypes[array.type] : undefined;
  if (!array || dtype === undefined) throw refuse('its array is of a type that is not read, or damaged');
  const { shape, data, littleEndian, fortranOrder } = array;
  if (!littleEndian && Number(array.type.slice(1)) > 1) throw refuse('its array is big-endian');
  const values = decodeFloat32(dtype, data.slice());
  if (!fortranOrder) return { shape: [...shape], values };
  const strides = shape.map((_, axis) =>
    shape.slice(0, axis).reduce((product, extent) => product * extent, 1),
  );
  return { shape: [...shape], values: strided(values, 0, shape, strides) };
}
