/**
 * Elementwise operations: chains of one shape become one kernel, so that nothing in between is stored.
 *
 * A tensor is computed when somebody needs it. All elementwise tensors of its shape that it is made of, and that lie
 * nowhere yet, are computed with it; those that others need as well are stored on the way. What such a group reads is
 * computed before, and so cannot depend on the group.
 *
 * Large sums and ReLUs of images go to oneDNN, which runs them on all threads; everything else is one generated loop.
 */
import { type OperationName, sameShape, sizeOf, type Tensor } from '../../../graph/tensor.ts';
import { type Addressing, type Emitter, isScalar, isWhole, type Place } from '../emitter.ts';
import type { Layout } from '../library.ts';
import { collapse, compileLoop, nest, position, spreadStrides, stridesOf, type Walk } from './loop.ts';
import { compileStretch, hasVectorForm, type Stretch, type Term } from './vector.ts';
import { asGatedGradient, lowerWinogradInputGradient } from './winograd.ts';

const expressions = {
  add: (a, b) => `${a} + ${b}`,
  subtract: (a, b) => `${a} - ${b}`,
  multiply: (a, b) => `${a} * ${b}`,
  divide: (a, b) => `${a} / ${b}`,
  maximum: (a, b) => `Math.max(${a}, ${b})`,
  minimum: (a, b) => `Math.min(${a}, ${b})`,
  greater: (a, b) => `${a} > ${b} ? 1 : 0`,
  exp: (a) => `Math.exp(${a})`,
  log: (a) => `Math.log(${a})`,
  sqrt: (a) => `Math.sqrt(${a})`,
  absolute: (a) => `Math.abs(${a})`,
  sign: (a) => `Math.sign(${a})`,
  relu: (a) => `Math.max(${a}, 0)`,
  reluGradient: (dy, y) => `${y} > 0 ? ${dy} : 0`,
  stopGradient: (a) => a,
  broadcast: (a) => a,
} satisfies Partial<Record<OperationName, (a: string, b: string) => string>>;

export type ElementwiseName = keyof typeof expressions;

const isElementwise = (tensor: Tensor): tensor is Extract<Tensor, { operation: ElementwiseName }> =>
  tensor.operation in expressions;

/** Images at least this large (elements) are worth oneDNN's threads. */
const LARGE = 32768;

interface Group {
  /** In order of making; the last is the root. */
  readonly members: readonly Tensor[];
  /** What the members read from outside, each once; constants are not among them. */
  readonly operands: readonly Tensor[];
  /** Members that are needed outside the group. */
  readonly results: readonly Tensor[];
}

/** Members of the group of `root`; first computes what is computed in no group of its own. */
function collect(root: Tensor, emitter: Emitter): Group {
  const belongs = (tensor: Tensor) => {
    if (tensor === root) return true;
    // A ReLU may be part of the normalization before it.
    if (tensor.operation === 'relu' && tensor.inputs[0].operation === 'normalize')
      emitter.require(tensor.inputs[0]);
    if (!isElementwise(tensor) || !sameShape(tensor.shape, root.shape) || emitter.isPlaced(tensor))
      return false;
    return asGatedGradient(tensor, emitter) === undefined;
  };
  const walk = (visit: (outside: Tensor) => void): Set<Tensor> => {
    const members = new Set<Tensor>([root]);
    for (const member of members)
      for (const input of member.inputs) {
        if (belongs(input)) members.add(input);
        else if (input.operation !== 'constant') visit(input);
      }
    return members;
  };
  // Computing an operand can place tensors that looked like members; the second walk sees them where they lie.
  walk((outside) => emitter.get(outside));
  const operands = new Set<Tensor>();
  const members = walk((outside) => operands.add(outside));
  const results = [...members].filter(
    (member) =>
      member === root || emitter.isResult(member) || emitter.users(member).some((user) => !members.has(user)),
  );
  const byId = (a: Tensor, b: Tensor) => a.id - b.id;
  return { members: [...members].sort(byId), operands: [...operands], results: results.sort(byId) };
}

/**
 * The layout all full-sized operands and results take: that which needs the fewest reorders. Operands that are spread
 * can be read in row-major order only.
 */
function chooseLayout({ operands, results, members }: Group, emitter: Emitter): Layout {
  const { shape } = members[0];
  const plain = emitter.library.plain(shape);
  if (operands.some((operand) => !isScalar(operand) && !sameShape(operand.shape, shape))) return plain;
  const full = operands.filter((operand) => sameShape(operand.shape, shape));
  const candidates = full.flatMap((operand) => emitter.layouts(operand)).filter((layout) => !layout.padded);
  const cost = (layout: Layout) =>
    full.filter((operand) => !emitter.layouts(operand).includes(layout)).length +
    (layout.plain ? 0 : results.filter((result) => emitter.isResult(result)).length);
  return candidates.reduce(
    (best, layout) => (cost(layout) < cost(best) ? layout : best),
    candidates[0] ?? plain,
  );
}

const threaded: ReadonlySet<string> = new Set(['add', 'relu', 'reluGradient']);

function emitThreaded({ members }: Group, layout: Layout, emitter: Emitter): void {
  for (const member of members) {
    const [first, second] = member.inputs.map((input) => emitter.getAs(input, layout));
    const target = emitter.define(member, layout);
    if (member.operation === 'add') {
      const primitive = emitter.primitive(`add ${layout.id}`, () =>
        emitter.library.binary('add', layout, false),
      );
      emitter.emitPrimitive('add', primitive, { x: first, x1: second }, { y: target });
    } else if (member.operation === 'relu') {
      const primitive = emitter.primitive(`relu ${layout.id}`, () => emitter.library.relu(layout));
      emitter.emitPrimitive('relu', primitive, { x: first }, { y: target });
    } else {
      const key = `reluGradient ${layout.id}`;
      const primitive = emitter.primitive(key, () => emitter.library.reluGradient(layout));
      emitter.emitPrimitive('reluGradient', primitive, { dy: first, y: second }, { dx: target });
    }
  }
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

function emitLoop({ members, operands, results }: Group, layout: Layout, emitter: Emitter): void {
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

/** Computes an elementwise tensor with the group it is the root of. */
export function lowerElementwise(root: Tensor, emitter: Emitter): void {
  if (root.operation === 'relu' && root.inputs[0].operation === 'normalize') emitter.require(root.inputs[0]);
  if (emitter.isPlaced(root)) return;
  const gated = asGatedGradient(root, emitter);
  if (gated) {
    lowerWinogradInputGradient(gated.node, root, gated, emitter);
    return;
  }
  const group = collect(root, emitter);
  const layout = chooseLayout(group, emitter);
  const toThreads =
    sizeOf(root.shape) >= LARGE &&
    group.members.every(
      (member) =>
        threaded.has(member.operation) && member.inputs.every((input) => sameShape(input.shape, root.shape)),
    );
  if (toThreads) emitThreaded(group, layout, emitter);
  else emitLoop(group, layout, emitter);
}

/** A scalar constant that something other than an elementwise operation reads. */
export function lowerConstant(tensor: Tensor, emitter: Emitter): void {
  if (tensor.operation === 'constant') emitter.alias(tensor, emitter.filled(tensor.attributes.value, 1));
}
