/**
 * Generates the loops of host kernels: JavaScript functions over Float32Arrays, one function for all loops of the same
 * text. Arithmetic between load and store is in float64.
 */
import type { Shape } from '../../../graph/index.ts';

/** A walk over `dims`; each operand has a stride for each dimension, in elements. */
export interface Walk {
  readonly dims: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Row-major strides. */
export function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/** Strides of a tensor of shape `from` that is spread to `to` by NumPy's rule. */
export function spreadStrides(from: Shape, to: Shape): number[] {
  const own = stridesOf(from);
  const added = to.length - from.length;
  return to.map((_, axis) => (axis < added || from[axis - added] === 1 ? 0 : own[axis - added]));
}

/** The same walk with as few dimensions as possible: neighbors along which every operand goes on evenly become one. */
export function collapse({ dims, strides }: Walk): Walk {
  const kept: number[] = [];
  const steps: number[][] = strides.map(() => []);
  dims.forEach((size, axis) => {
    if (size === 1) return;
    const last = kept.length - 1;
    const even = last >= 0 && strides.every((own, at) => steps[at][last] === own[axis] * size);
    if (even) kept[last] *= size;
    else kept.push(size);
    strides.forEach((own, at) => {
      if (even) steps[at][last] = own[axis];
      else steps[at].push(own[axis]);
    });
  });
  return { dims: kept, strides: steps };
}

const product = (index: string, stride: number) => (stride === 1 ? index : `${index} * ${stride}`);

/** The position of an operand inside the loops `i0`, `i1`, ...: an expression. */
export function position(strides: readonly number[]): string {
  const terms = strides.flatMap((stride, axis) => (stride === 0 ? [] : [product(`i${axis}`, stride)]));
  return terms.length === 0 ? '0' : terms.join(' + ');
}

/** Loops `i<first>`, `i<first + 1>`, ... around a body. */
export function nest(dims: readonly number[], body: string, first = 0): string {
  return dims.reduceRight((inner, size, at) => {
    const index = `i${first + at}`;
    return `for (let ${index} = 0; ${index} < ${size}; ${index}++) {\n${inner}\n}`;
  }, body);
}

export type HostFunction = (...operands: Float32Array[]) => void;

const compiled = new Map<string, HostFunction>();

/** The function of operands `p0`, `p1`, ... with this body. */
export function compileLoop(operands: number, body: string): HostFunction {
  const key = `${operands} ${body}`;
  const known = compiled.get(key);
  if (known) return known;
  const names = Array.from({ length: operands }, (_, at) => `p${at}`);
  // The text is made of literals of this engine and sizes; nothing of a user's gets into it.
  const made = new Function(...names, `'use strict';\n${body}`) as HostFunction;
  compiled.set(key, made);
  return made;
}
