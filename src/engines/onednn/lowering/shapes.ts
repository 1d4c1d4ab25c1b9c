/**
 * Operations that sum, spread or move elements, on the host in row-major order; where the elements need not move, the
 * result is another view of the same memory.
 */
import { sizeOf, type Tensor, type TensorOf } from '../../../graph/index.ts';
import type { Emitter, Place } from '../emitter.ts';
import type { Layout } from '../library.ts';
import { collapse, compileLoop, nest, position, stridesOf } from './loop.ts';

/** Whether rows (axis 0) lie one after the other, so that some of them are a tensor too, in `rowsOf` this layout. */
const hasWholeRows = (layout: Layout, { library }: Emitter) =>
  layout.plain || layout === library.blocked(layout.dims);

/** The layout for another number of rows. */
function rowsOf(layout: Layout, rows: number, { library }: Emitter): Layout {
  const dims = [rows, ...layout.dims.slice(1)];
  return layout.plain ? library.plain(dims) : library.blocked(dims);
}

const rowBytes = ({ bytes, dims }: Layout) => bytes / dims[0];

export function lowerReshape(
  { inputs: [x], shape }: TensorOf<'reshape'>,
  result: Tensor,
  emitter: Emitter,
): void {
  const place = emitter.getPlain(x);
  emitter.alias(result, { ...place, layout: emitter.library.plain(shape) });
}

const reductions = {
  sum: { start: '0', combine: (total: string, value: string) => `${total} + ${value}` },
  max: { start: '-Infinity', combine: (total: string, value: string) => `Math.max(${total}, ${value})` },
};

export function lowerReduction(
  { operation, inputs: [x], attributes: { axes } }: TensorOf<'sum'> | TensorOf<'max'>,
  result: Tensor,
  emitter: Emitter,
): void {
  const { start, combine } = reductions[operation];
  const own = stridesOf(x.shape);
  const kept = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const from = emitter.getPlain(x);
  const to = emitter.define(result, emitter.library.plain(result.shape));
  const outer = collapse({
    dims: kept.map((axis) => x.shape[axis]),
    strides: [kept.map((axis) => own[axis]), stridesOf(kept.map((axis) => x.shape[axis]))],
  });
  const inner = collapse({
    dims: axes.map((axis) => x.shape[axis]),
    strides: [axes.map((axis) => own[axis])],
  });
  const read = position([...outer.strides[0], ...inner.strides[0]]);
  const loop = nest(inner.dims, `total = ${combine('total', `p0[${read}]`)};`, outer.dims.length);
  const body = nest(outer.dims, `let total = ${start};\n${loop}\np1[${position(outer.strides[1])}] = total;`);
  emitter.emit({
    name: `host ${operation}`,
    reads: [from.slot],
    writes: [to.slot],
    bind: (memory) => {
      const run = compileLoop(2, body);
      const arrays = [memory.floats(from), memory.floats(to)];
      return () => run(...arrays);
    },
  });
}

/** A box of elements that moves from one row-major tensor to another: `outer` runs of `length` floats. */
interface Move {
  readonly from: Place;
  readonly to: Place;
  readonly outer: number;
  readonly length: number;
  readonly fromStart: number;
  readonly fromStride: number;
  readonly toStart: number;
  readonly toStride: number;
}

function emitMove(name: string, move: Move, emitter: Emitter, clear: boolean): void {
  const { from, to, outer, length, fromStart, fromStride, toStart, toStride } = move;
  emitter.emit({
    name: `host ${name}`,
    // A result that others wrote parts of is read too: it must stay alive between the parts.
    reads: [from.slot],
    writes: [to.slot],
    bind: (memory) => {
      const [source, target] = [memory.floats(from), memory.floats(to)];
      const runs = Array.from({ length: outer }, (_, at) => ({
        values: source.subarray(fromStart + at * fromStride, fromStart + at * fromStride + length),
        at: toStart + at * toStride,
      }));
      return () => {
        if (clear) target.fill(0);
        for (const run of runs) target.set(run.values, run.at);
      };
    },
  });
}

/** Elements after an axis: how far apart neighbors along it are. */
const inner = (shape: readonly number[], axis: number) => sizeOf(shape.slice(axis + 1));
const outer = (shape: readonly number[], axis: number) => sizeOf(shape.slice(0, axis));

export function lowerSlice(node: TensorOf<'slice'>, result: Tensor, emitter: Emitter): void {
  const [x] = node.inputs;
  const { axis, start, end } = node.attributes;
  const lies = emitter.get(x);
  if (axis === 0 && hasWholeRows(lies.layout, emitter)) {
    const offset = lies.offset + start * rowBytes(lies.layout);
    emitter.alias(result, {
      slot: lies.slot,
      offset,
      layout: rowsOf(lies.layout, end - start, emitter),
    });
    return;
  }
  const step = inner(x.shape, axis);
  const move: Move = {
    from: emitter.getPlain(x),
    to: emitter.define(result, emitter.library.plain(result.shape)),
    outer: outer(x.shape, axis),
    length: (end - start) * step,
    fromStart: start * step,
    fromStride: x.shape[axis] * step,
    toStart: 0,
    toStride: (end - start) * step,
  };
  emitMove('slice', move, emitter, false);
}

export function lowerPad(node: TensorOf<'pad'>, result: Tensor, emitter: Emitter): void {
  const [x] = node.inputs;
  const { axis, before } = node.attributes;
  const step = inner(x.shape, axis);
  const move: Move = {
    from: emitter.getPlain(x),
    to: emitter.define(result, emitter.library.plain(result.shape)),
    outer: outer(x.shape, axis),
    length: x.shape[axis] * step,
    fromStart: 0,
    fromStride: x.shape[axis] * step,
    toStart: before * step,
    toStride: result.shape[axis] * step,
  };
  emitMove('pad', move, emitter, true);
}

export function lowerConcatenate(node: TensorOf<'concatenate'>, result: Tensor, emitter: Emitter): void {
  const { axis } = node.attributes;
  const [first] = node.inputs;
  const { layout } = emitter.get(first);
  const rows = axis === 0 && hasWholeRows(layout, emitter);
  const target = rows ? rowsOf(layout, result.shape[0], emitter) : emitter.library.plain(result.shape);
  const partLayout = (part: Tensor) =>
    rows ? rowsOf(layout, part.shape[0], emitter) : emitter.library.plain(part.shape);
  const parts = node.inputs.map((part) => emitter.getAs(part, partLayout(part)));
  const to = emitter.define(result, target);
  const step = inner(result.shape, axis);
  let at = 0;
  node.inputs.forEach((part, index) => {
    const length = part.shape[axis] * step;
    const move: Move = {
      from: parts[index],
      to,
      outer: outer(part.shape, axis),
      length,
      fromStart: 0,
      fromStride: length,
      toStart: at,
      toStride: result.shape[axis] * step,
    };
    emitMove('concatenate', move, emitter, false);
    at += length;
  });
}
