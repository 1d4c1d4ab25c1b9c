/** Elementwise operations: ONNX broadcasts as NumPy does, and so as the graph does. */
import type { OperationName } from '../../graph/tensor.ts';
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

/** 1 where a > b, else 0. */
export const lowerGreater: Lowering<'greater'> = (_, inputs, { graph }) =>
  graph.node('Where', [graph.node('Greater', inputs), graph.scalar(1), graph.scalar(0)]);

/** dy where y > 0, else 0. */
export const lowerReluGradient: Lowering<'reluGradient'> = (_, [dy, y], { graph }) =>
  graph.node('Where', [graph.node('Greater', [y, graph.scalar(0)]), dy, graph.scalar(0)]);
