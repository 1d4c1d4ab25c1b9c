/**
 * One loop for a group of elementwise tensors: over which elements it goes, and its two forms, generated JavaScript and
 * vectors (vector.ts). Which tensors make a group is decided in elementwise.ts.
 */
import { type OperationName, sameShape, sizeOf, type Tensor } from '../../../graph/index.ts';
import { type Addressing, type Emitter, isScalar, isWhole, type Place } from '../emitter.ts';
import type { Layout } from '../library.ts';
import { collapse, compileLoop, nest, position, spreadStrides, stridesOf, type Walk } from './loop.ts';
import { compileStretch, hasVectorForm, type Stretch, type Term } from './vector.ts';

const expressions = {
  add: (a, b) => `${a} + ${b}`,
  subtract: (a, b) => `${a} - ${b}`,
  multiply: (a, b) => `${a} * ${b}`,
  divide: (a, b) => `${a} / ${b}`,
  maximum: (a, b) => `Math.max(${a}, ${b})`,
  minimum: (a, b) => `Math.min(${a}, ${b})`,
  greater: (a, b) => `${a} > ${b} ? 1 : ${a} <= ${b} ? 0 : NaN`,
  exp: (a) => `Math.exp(${a})`,
  log: (a) => `Math.log(${a})`,
  sqrt: (a) => `Math.sqrt(${a})`,
  absolute: (a) => `Math.abs(${a})`,
  sign: (a) => `Math.sign(${a})`,
  relu: (a) => `Math.max(${a}, 0)`,
  reluGradient: (dy, y) => `${y} <= 0 ? 0 : ${dy}`,
  stopGradient: (a) => a,
  broadcast: (a) => a,
} satisfies Partial<Record<OperationName, (a: string, b: string) => string>>;

export type ElementwiseName = keyof typeof expressions;

export const isElementwise = (tensor: Tensor): tensor is Extract<Tensor, { operation: ElementwiseName }> =>
  tensor.operation in expressions;

export interface Group {
  /** In order of making; the last is the root. */
  readonly members: readonly Tensor[];
  /** What the members read from outside, each once; constants are not among them. */
  readonly operands: readonly Tensor[];
  /** Members that are needed outside the group. */
  readonly results: readonly Tensor[];
}

const literal = (value: number) => (Object.is(value, -0) ? '(-0)' : `(${value})`);

/** A group with the walk of its operands and results over the elements. */
interface Loop {
  readonly group: Group;
  readonly walk: Walk;
}

/** The loop as generated JavaScript. */
function bindText({ group, walk }: Loop, places: readonly Place[], memory: Addressing): () => void {
  const { members, operands, results } = group;
  const names = new Map<Tensor, string>();
  const before: string[] = [];
  const inside: string[] = [];
  operands.forEach((operand, at) => {
    const load = `const a${at} = p${at}[${position(walk.strides[at])}];`;
    // Not inside the loop: a scalar's memory may be the result's, for all the compiler knows.
    (walk.strides[at].every((stride) => stride === 0) ? before : inside).push(load);
    names.set(operand, `a${at}`);
  });
  const name = (tensor: Tensor) =>
    tensor.operation === 'constant' ? literal(tensor.attributes.value) : (names.get(tensor) ?? '');
  members.forEach((member, at) => {
    if (!isElementwise(member)) return;
    const [a, b = ''] = member.inputs.map(name);
    names.set(member, `v${at}`);
    inside.push(`const v${at} = ${expressions[member.operation](a, b)};`);
  });
  results.forEach((result, at) => {
    const operand = operands.length + at;
    inside.push(`p${operand}[${position(walk.strides[operand])}] = ${name(result)};`);
  });
  const run = compileLoop(places.length, [...before, nest(walk.dims, inside.join('\n'))].join('\n'));
  const arrays = places.map((place) => memory.floats(place));
  return () => run(...arrays);
}

/** Shorter stretches do not repay the call. */
const SHORTEST = 32;
const MOST_STRETCHES = 65536;

interface Stretches {
  readonly stretch: Stretch;
  readonly bytes: number;
  /** For each stretch, the position of each operand and result, in elements. */
  readonly starts: readonly (readonly number[])[];
}

/** The loop as stretches of memory that every operand goes through evenly, or undefined where it is not so. */
function stretchesOf(
  { group, walk }: Loop,
  reads: readonly Place[],
  writes: readonly Place[],
): Stretches | undefined {
  const { members, operands, results } = group;
  const { dims, strides } = walk;
  const length = dims[dims.length - 1] ?? 1;
  const outer = dims.slice(0, -1);
  const inner = strides.map((own) => own[own.length - 1] ?? 1);
  if (length < SHORTEST || sizeOf(outer) > MOST_STRETCHES) return undefined;
  if (!members.every((member) => hasVectorForm(member.operation))) return undefined;
  if (!inner.every((stride) => stride === 0 || stride === 1)) return undefined;
  // The last vector may reach over the end where there is nothing but the slot's own padding.
  const even = length % 4 === 0 || (outer.length === 0 && [...reads, ...writes].every(isWhole));
  if (!even) return undefined;
  const number = new Map(members.map((member, at) => [member, at]));
  const termOf = (tensor: Tensor): Term => {
    if (tensor.operation === 'constant') return { constant: tensor.attributes.value };
    const statement = number.get(tensor);
    return statement === undefined ? { operand: operands.indexOf(tensor) } : { statement };
  };
  const starts = Array.from({ length: sizeOf(outer) }, (_, index) => {
    let rest = index;
    const at = outer.map(() => 0);
    for (let axis = outer.length - 1; axis >= 0; axis -= 1) {
      at[axis] = rest % outer[axis];
      rest = Math.floor(rest / outer[axis]);
    }
    return strides.map((own) => at.reduce((total, here, axis) => total + here * own[axis], 0));
  });
  return {
    starts,
    bytes: Math.ceil(length / 4) * 16,
    stretch: {
      splat: operands.map((_, at) => inner[at] === 0),
      statements: members.map((member) => ({
        operation: member.operation,
        terms: member.inputs.map(termOf),
      })),
      stored: results.map((result) => number.get(result) ?? 0),
    },
  };
}

/** The loop as vector code, if the program lies in the shared memory. */
function bindStretches(
  { stretch, bytes, starts }: Stretches,
  places: readonly Place[],
  memory: Addressing,
): (() => void) | undefined {
  const wasm = memory.wasm;
  if (!wasm) return undefined;
  const offsets = places.map((place) => memory.wasmOffset(place) ?? 0);
  const run = compileStretch(stretch, wasm);
  const calls = starts.map((start) => offsets.map((offset, at) => offset + 4 * start[at]));
  return () => {
    for (const call of calls) run(bytes, ...call);
  };
}

/** Emits the loop, with every full-sized operand and result in one layout. */
export function emitLoop({ members, operands, results }: Group, layout: Layout, emitter: Emitter): void {
  const { shape } = members[0];
  const flat = sizeOf(shape);
  const reads = operands.map((operand) =>
    sameShape(operand.shape, shape) ? emitter.getAs(operand, layout) : emitter.getPlain(operand),
  );
  const writes = results.map((result) => emitter.define(result, layout));
  // In a common layout the order of elements does not matter; only spread operands need the shape.
  const even = operands.every((operand) => isScalar(operand) || sameShape(operand.shape, shape));
  const dims = even ? [flat] : shape;
  const own = even ? [1] : stridesOf(shape);
  const walk = collapse({
    dims,
    strides: [
      ...operands.map((operand) =>
        even ? [isScalar(operand) && flat > 1 ? 0 : 1] : spreadStrides(operand.shape, shape),
      ),
      ...results.map(() => own),
    ],
  });
  const loop: Loop = { group: { members, operands, results }, walk };
  const aligned = reads.filter(
    (place, at) => isWhole(place) && place.layout === layout && sameShape(operands[at].shape, shape),
  );
  const stretches = stretchesOf(loop, reads, writes);
  emitter.emit({
    name: `host ${[...new Set(members.map((member) => member.operation))].join(' ')}`,
    reads: reads.map(({ slot }) => slot),
    writes: writes.map(({ slot }) => slot),
    inPlace: aligned.flatMap((read) => writes.map((write) => [read.slot, write.slot] as const)),
    bind: (memory) =>
      (stretches && bindStretches(stretches, [...reads, ...writes], memory)) ??
      bindText(loop, [...reads, ...writes], memory),
  });
}
