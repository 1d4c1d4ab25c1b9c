/** Elementwise operations: ONNX broadcasts as NumPy does, and so as the graph does. */
import type { OperationName } from '../../graph/index.ts';
import type { Lowering } from './context.ts';

/** An operation that ONNX has under another name. */
export const named =
  (operation: string): Lowering<OperationName> =>
  (_, inputs, { graph }) =>
    graph.node(operation, inputs);

/** The values as they are: where gradients stop, nothing else happens. */
export const lowerStopGradient: Lowering<'stopGradient'> = (_, [x]) => x;

export const lowerConstant: Lowering<'constant'> = ({ attributes: { value } }, _, { graph }) =>
  graph.scalar(value);

/** 1 where a > b, 0 where a <= b, else NaN. */
export const lowerGreater: Lowering<'greater'> = (_, inputs, { graph }) => {
  const rest = graph.node('Where', [
    graph.node('LessOrEqual', inputs),
    graph.scalar(0),
    graph.scalar(Number.NaN),
  ]);
  return graph.node('Where', [graph.node('Greater', inputs), graph.scalar(1), rest]);
};

/** 0 where y <= 0, else dy. */
export const lowerReluGradient: Lowering<'reluGradient'> = (_, [dy, y], { graph }) =>
  graph.node('Where', [graph.node('LessOrEqual', [y, graph.scalar(0)]), graph.scalar(0), dy]);
