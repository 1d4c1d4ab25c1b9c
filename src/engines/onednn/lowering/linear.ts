/**
 * Matrix products and pooling. Large products are oneDNN's; small ones, as of a classifier's head, are loops on the host:
 * they cost less than waking the threads, and an example's result has the same bits in any batch.
 */
import { sizeOf, type Tensor, type TensorOf } from '../../../graph/index.ts';
import type { Emitter, Place } from '../emitter.ts';
import type { Layout } from '../library.ts';
import { compileLoop } from './loop.ts';

/** Multiplications up to which a product is made on the host: some milliseconds. */
const SMALL = 4e6;

/** y[i, j] = sum over k of a[i, k] b[k, j], in float64; the sum runs along memory where one of the operands allows it. */
const productBody = (
  rows: number,
  columns: number,
  length: number,
  transposeA: boolean,
  transposeB: boolean,
) => `
const row = new Float64Array(${columns});
for (let i = 0; i < ${rows}; i++) {
  row.fill(0);
  ${
    transposeB
      ? `for (let j = 0; j < ${columns}; j++) {
    let total = 0;
    for (let k = 0; k < ${length}; k++) total += p0[${transposeA ? `k * ${rows} + i` : `i * ${length} + k`}] * p1[j * ${length} + k];
    row[j] = total;
  }`
      : `for (let k = 0; k < ${length}; k++) {
    const a = p0[${transposeA ? `k * ${rows} + i` : `i * ${length} + k`}];
    for (let j = 0; j < ${columns}; j++) row[j] += a * p1[k * ${columns} + j];
  }`
  }
  p2.set(row, i * ${columns});
}`;

function emitSmallMatmul(node: TensorOf<'matmul'>, result: Tensor, emitter: Emitter): void {
  const { transposeA, transposeB } = node.attributes;
  const [a, b] = node.inputs;
  const [rows, columns] = node.shape;
  const length = a.shape[transposeA ? 0 : 1];
  const reads = [emitter.getPlain(a), emitter.getPlain(b)];
  const y = emitter.define(result, emitter.library.plain(node.shape));
  emitter.emit({
    name: 'host matmul',
    reads: reads.map(({ slot }) => slot),
    writes: [y.slot],
    bind: (memory) => {
      const run = compileLoop(3, productBody(rows, columns, length, transposeA, transposeB));
      const arrays = [...reads, y].map((place) => memory.floats(place));
      return () => run(...arrays);
    },
  });
}

export function lowerMatmul(node: TensorOf<'matmul'>, result: Tensor, emitter: Emitter): void {
  const { library } = emitter;
  const { transposeA, transposeB } = node.attributes;
  const length = node.inputs[0].shape[transposeA ? 0 : 1];
  if (sizeOf(node.shape) * length <= SMALL) {
    emitSmallMatmul(node, result, emitter);
    return;
  }
  const layoutOf = ([rows, columns]: readonly number[], transposed: boolean) =>
    transposed ? library.strided([columns, rows], [1, columns]) : library.plain([rows, columns]);
  const [a, b] = node.inputs;
  const layouts = [layoutOf(a.shape, transposeA), layoutOf(b.shape, transposeB)] as const;
  const y = library.plain(node.shape);
  const key = `matmul ${layouts[0].id} ${layouts[1].id} ${y.id}`;
  const primitive = emitter.primitive(key, () => library.matmul(...layouts, y));
  // A transposed operand is the same bytes seen with other strides.
  const x: Place = { ...emitter.getPlain(a), layout: layouts[0] };
  const weights: Place = { ...emitter.getPlain(b), layout: layouts[1] };
  emitter.emitPrimitive('matmul', primitive, { x, weights }, { y: emitter.define(result, y) });
}

/**
 * The layout of images that all kernels but convolutions work on: blocks of channels, where channels fill them. A single plain
 * image stays plain: it is mostly a batch seen as one image, to be normalized by groups, and blocks would take a reordering
 * and, where only some batches fill them, kernels that differ in the last bits.
 */
export function workingLayout(images: Tensor, emitter: Emitter): Layout {
  const { layout } = emitter.get(images);
  if (images.shape[0] === 1 && layout.plain) return layout;
  return layout.plain || layout.padded ? emitter.library.blocked(images.shape) : layout;
}

/** Whether [N, C, 1, 1] in this layout is row by row [N, C]: blocks of channels do not matter when there is one pixel. */
const isMatrix = (layout: Layout) => !layout.padded;

export function lowerGlobalAveragePool(
  { inputs: [x], shape }: TensorOf<'globalAveragePool'>,
  result: Tensor,
  emitter: Emitter,
): void {
  const { library } = emitter;
  const layout = workingLayout(x, emitter);
  const primitive = emitter.primitive(`pool ${layout.id}`, () => library.averagePool(layout));
  const pooled = emitter.temporary(primitive.layouts.y ?? library.plain([...shape, 1, 1]));
  emitter.emitPrimitive('globalAveragePool', primitive, { x: emitter.getAs(x, layout) }, { y: pooled });
  const matrix = isMatrix(pooled.layout) ? pooled : emitter.reorder(pooled, library.plain([...shape, 1, 1]));
  emitter.alias(result, { ...matrix, layout: library.plain(shape) });
}

export function lowerGlobalAveragePoolGradient(
  { inputs: [dy], shape }: TensorOf<'globalAveragePoolGradient'>,
  result: Tensor,
  emitter: Emitter,
): void {
  const { library } = emitter;
  const layout = library.blocked(shape);
  const primitive = emitter.primitive(`poolGradient ${layout.id}`, () => library.averagePoolGradient(layout));
  const pooled = library.plain([...dy.shape, 1, 1]);
  const wanted = primitive.layouts.dy ?? pooled;
  const from = emitter.getPlain(dy);
  const place = isMatrix(wanted)
    ? { ...from, layout: wanted }
    : emitter.reorder({ ...from, layout: pooled }, wanted);
  const dx = emitter.define(result, layout);
  emitter.emitPrimitive('globalAveragePoolGradient', primitive, { dy: place }, { dx });
}
