/** Reductions, matrix products, and operations that move elements. */
import type { Lowering } from '../graph-builder.ts';

const reduction =
  (operation: string): Lowering<'sum' | 'max'> =>
  ({ attributes: { axes, keep } }, [x], { graph }) =>
    graph.node(operation, [x, graph.ints(axes)], { keepdims: keep ? 1 : 0 });

export const lowerSum: Lowering<'sum'> = reduction('ReduceSum');

/**
 * ReduceMax takes its axes as an attribute until operator set 17, and as an input from 18 on. Whether it keeps a NaN is
 * each runtime's own affair.
 */
export const lowerMax: Lowering<'max'> = (node, [x], context) => {
  const { graph } = context;
  const largest = reduction('ReduceMax')(node, [x], context);
  const broken = graph.node('Where', [graph.node('IsNaN', [x]), graph.scalar(1), graph.scalar(0)]);
  const any = reduction('ReduceMax')(node, [broken], context);
  const isBroken = graph.node('Greater', [any, graph.scalar(0)]);
  return graph.node('Where', [isBroken, graph.scalar(Number.NaN), largest]);
};

export const lowerBroadcast: Lowering<'broadcast'> = ({ inputs: [from], shape }, [x], { graph, expanded }) =>
  graph.node('Expand', [x, expanded(from.shape, shape)]);

export const lowerReshape: Lowering<'reshape'> = ({ inputs: [from], shape }, [x], { graph, reshaped }) =>
  graph.node('Reshape', [x, reshaped(from.shape, shape)]);

export const lowerSlice: Lowering<'slice'> = ({ attributes: { axis, start, end } }, [x], { graph }) =>
  graph.node('Slice', [x, graph.ints([start]), graph.ints([end]), graph.ints([axis])]);

export const lowerPad: Lowering<'pad'> = ({ attributes: { axis, before, after }, shape }, [x], { graph }) => {
  const at = (size: number) => shape.map((_, each) => (each === axis ? size : 0));
  return graph.node('Pad', [x, graph.ints([...at(before), ...at(after)])]);
};

export const lowerConcatenate: Lowering<'concatenate'> = ({ attributes: { axis } }, inputs, { graph }) =>
  graph.node('Concat', inputs, { axis });

export const lowerMatmul: Lowering<'matmul'> = (
  { attributes: { transposeA, transposeB } },
  [a, b],
  { graph },
) => graph.node('Gemm', [a, b], { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 });

export const lowerGlobalAveragePool: Lowering<'globalAveragePool'> = (_, [x], { graph }) =>
  graph.node('ReduceMean', [x, graph.ints([2, 3])], { keepdims: 0 });

/** Broadcasting writes the pixels: every one is dy[n, c] / (H W). */
export const lowerGlobalAveragePoolGradient: Lowering<'globalAveragePoolGradient'> = (
  { attributes: { height, width } },
  [dy],
  { graph },
) => {
  const pixels = height * width;
  const share = graph.floats([1, 1, height, width], new Array<number>(pixels).fill(1 / pixels));
  return graph.node('Mul', [graph.node('Unsqueeze', [dy, graph.ints([2, 3])]), share]);
};
