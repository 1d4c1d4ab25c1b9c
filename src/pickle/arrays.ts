/**
 * NumPy arrays in a pickle: numpy.core.multiarray._reconstruct(ndarray, (0,), b'b') with the state (version, shape, dtype, is Fortran's
 * order, bytes), or since protocol 5 numpy.core.numeric._frombuffer(bytes, dtype, shape, 'C' or 'F'). A dtype is numpy.dtype('u1', False,
 * True) with the state (version, byte order, ...). NumPy 2 says numpy._core.
 */
import { bytesOf, calleeOf, isNode, itemsOf, type PickleCall, type PickleValue, textOf } from './values.ts';

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

/** By what makes an array: where its parts are. */
const makers: Readonly<Record<string, (made: PickleCall) => Parts>> = {
  'multiarray._reconstruct': ({ state }) => {
    const [, shape, dtype, fortranOrder, content] = itemsOf(state) ?? [];
    return { shape, dtype, content, fortranOrder: fortranOrder === true };
  },
  'numeric._frombuffer': ({ args }) => {
    const [content, dtype, shape, order] = itemsOf(args) ?? [];
    return { shape, dtype, content, fortranOrder: textOf(order) === 'F' };
  },
};

interface Parts {
  readonly shape: PickleValue | undefined;
  readonly dtype: PickleValue | undefined;
  readonly content: PickleValue | undefined;
  readonly fortranOrder: boolean;
}

const makerOf = (value: PickleValue) => {
  const name = (calleeOf(value) ?? '').replace(/^numpy\._?core\./, '');
  return name !== calleeOf(value) && Object.hasOwn(makers, name) ? makers[name] : undefined;
};

export const isArray = (value: PickleValue): boolean => makerOf(value) !== undefined;

/** @returns undefined for what is no array of numbers, or whose parts do not fit each other. */
export function arrayOf(value: PickleValue): PickledArray | undefined {
  const maker = makerOf(value);
  if (!maker || !isNode(value) || value.kind !== 'call') return undefined;
  const { shape: extents, dtype, content, fortranOrder } = maker(value);
  const shape = itemsOf(extents)?.map(Number);
  const type = typeOf(dtype);
  const data = bytesOf(content);
  if (!shape?.every((extent) => Number.isSafeInteger(extent) && extent >= 0) || !type || !data)
    return undefined;
  const size = shape.reduce((product, extent) => product * extent, Number(type.name.slice(1)));
  if (size !== data.length) return undefined;
  const { name, littleEndian } = type;
  return { shape, type: name, littleEndian, fortranOrder, data };
}

function typeOf(value: PickleValue | undefined): { name: string; littleEndian: boolean } | undefined {
  if (value === undefined || calleeOf(value) !== 'numpy.dtype' || !isNode(value) || value.kind !== 'call')
    return undefined;
  const name = textOf(itemsOf(value.args)?.[0]) ?? '';
  const order = textOf(itemsOf(value.state)?.[1]);
  return /^[fiub][1248]$/.test(name) ? { name, littleEndian: order !== '>' } : undefined;
}
