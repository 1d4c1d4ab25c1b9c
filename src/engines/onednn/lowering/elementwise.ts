/**
 * Elementwise operations: chains of one shape become one kernel, so that nothing in between is stored.
 *
 * A tensor is computed when somebody needs it. All elementwise tensors of its shape that it is made of, and that lie
 * nowhere yet, are computed with it; those that others need as well are stored on the way. What such a group reads is
 * computed before, and so cannot depend on the group.
 *
 * Large sums and ReLUs of images go to oneDNN, which runs them on all threads; everything else is one generated loop.
 */
import { sameShape, sizeOf, type Tensor } from '../../../graph/index.ts';
import { type Emitter, isScalar } from '../emitter.ts';
import type { Layout } from '../library.ts';
import { emitLoop, type Group, isElementwise } from './host-loop.ts';
import { reluKernel } from './relu.ts';
import { asGatedGradient, lowerWinogradInputGradient } from './winograd.ts';

/** Images at least this large (elements) are worth oneDNN's threads. */
const LARGE = 32768;

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
      const primitive = emitter.primitive(`add ${layout.id}`, () => emitter.library.binary('add', layout));
      emitter.emitPrimitive('add', primitive, { x: first, x1: second }, { y: target });
    } else if (member.operation === 'relu') {
      emitter.emit(reluKernel(first, target, emitter));
    } else {
      const key = `reluGradient ${layout.id}`;
      const primitive = emitter.primitive(key, () => emitter.library.reluGradient(layout));
      emitter.emitPrimitive('reluGradient', primitive, { dy: first, y: second }, { dx: target });
    }
  }
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
