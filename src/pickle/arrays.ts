/**
 * NumPy arrays in a pickle: numpy.core.multiarray._reconstruct(ndarray, (0,), b'b') with the state (version, shape, dtype, is Fortran's
 * order, bytes), and a dtype numpy.dtype('u1', False, True) with the state (version, byte order, ...). NumPy 2 says numpy._core.
 */
import { bytesOf, calleeOf, isNode, itemsOf, type PickleValue, textOf } from './values.ts';

export interface PickledArray {
  readonly shape: readonly number[];
  /** A letter and the bytes of an element: 'u1', 'f4', 'i8', 'b1'. */
  readonly type: string;
  readonly littleEndian: boolean;
  /** The first axis changes fastest. */
  readonly fortranOrder: boolean;
  /** As many as shape and type say. */
  readonly data: Uint8Array;
}

const makers = ['numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct'];

export const isArray = (value: PickleValue): boolean => makers.includes(calleeOf(value) ?? '');

/** @returns undefined for what is no array of numbers, or whose parts do not fit each other. */
export function arrayOf(value: PickleValue): PickledArray | undefined {
  if (!isArray(value) || !isNode(value) || value.kind !== 'call') return undefined;
  const [, shapeValue, dtype, fortranOrder, content] = itemsOf(value.state) ?? [];
  const shape = itemsOf(shapeValue)?.map(Number);
  const type = typeOf(dtype);
  const data = bytesOf(content);
  if (!shape?.every((extent) => Number.isSafeInteger(extent) && extent >= 0) || !type || !data)
    return undefined;
  const size = shape.reduce((product, extent) => product * extent, Number(type.name.slice(1)));
  if (size !== data.length) return undefined;
  const { name, littleEndian } = type;
  return { shape, type: name, littleEndian, fortranOrder: fortranOrder === true, data };
}

function typeOf(value: PickleValue | undefined): { name: string; littleEndian: boolean } | undefined {
  if (value === undefined || calleeOf(value) !== 'numpy.dtype' || !isNode(value) || value.kind !== 'call')
    return undefined;
  const name = textOf(itemsOf(value.args)?.[0]) ?? '';
  const order = textOf(itemsOf(value.state)?.[1]);
  return /^[fiub][1248]$/.test(name) ? { name, littleEndian: order !== '>' } : undefined;
}
