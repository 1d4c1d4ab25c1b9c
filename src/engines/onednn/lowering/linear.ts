/** Matrix products and pooling as oneDNN primitives. */
import type { Tensor, TensorOf } from '../../../graph/tensor.ts';
import type { Emitter, Place } from '../emitter.ts';
import type { Layout } from '../library.ts';

export function lowerMatmul(node: TensorOf<'matmul'>, result: Tensor, emitter: Emitter): void {
  const { library } = emitter;
  const { transposeA, transposeB } = node.attributes;
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

/** The layout of images that all kernels but convolutions work on: blocks of channels, where channels fill them. */
export function workingLayout(images: Tensor, emitter: Emitter): Layout {
  const { layout } = emitter.get(images);
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
