/**
 * Convolution and its gradients by ONNX's Conv.
 *
 * dx = dy *^T w is a convolution itself, of dy with flipped filters whose channels changed places. With a stride s,
 * pixel h of dx meets only the taps r = h + padding (mod s): each of the s^2 phases is a small convolution with every
 * s-th tap. All phases are computed as channels of one convolution, and DepthToSpace interleaves them (Shi et al. 2016, arXiv
 * 1609.05158). Zero taps before the kernel make the padding a multiple of s, so that phase 0 starts at pixel 0.
 *
 * dw = x *' dy is a convolution over the batch: images and channels change places, strides become dilations.
 */
import type { Window } from '../../graph/index.ts';
import type { GraphBuilder, Lowering, Value } from '../graph-builder.ts';

type Pair = readonly [number, number];

/** Of images `whole` pixels high and wide, those from `start` on, `size` high and wide. */
function cut(graph: GraphBuilder, x: Value, whole: Pair, start: Pair, size: Pair): Value {
  if (start.every((at, axis) => at === 0 && size[axis] === whole[axis])) return x;
  const end = start.map((at, axis) => at + size[axis]);
  return graph.node('Slice', [x, graph.ints(start), graph.ints(end), graph.ints([2, 3])]);
}

export const lowerConvolution: Lowering<'convolution'> = ({ attributes }, inputs, { graph }) => {
  const { stride, padding, bias, residual, relu } = attributes;
  const [x, w, ...rest] = inputs;
  const pads = [padding, padding, padding, padding];
  let y = graph.node('Conv', [x, w, ...(bias ? rest.slice(0, 1) : [])], { strides: [stride, stride], pads });
  if (residual) y = graph.node('Add', [y, rest[bias ? 1 : 0]]);
  return relu ? graph.node('Relu', [y]) : y;
};

/** One axis of the convolution that gives dx. */
interface BackwardAxis {
  /** Zero taps before the kernel. */
  readonly tapsBefore: number;
  /** Taps of one phase. */
  readonly taps: number;
  /** Zeros around dy; negative numbers cut. */
  readonly before: number;
  readonly after: number;
  /** Of one phase. */
  readonly pixels: number;
}

function backwardAxis(
  size: number,
  kernel: number,
  gradient: number,
  { stride, padding }: Window,
): BackwardAxis {
  const tapsBefore = (stride - (padding % stride)) % stride;
  const taps = Math.ceil((tapsBefore + kernel) / stride);
  const pixels = Math.ceil(size / stride);
  const before = taps - 1 - (padding + tapsBefore) / stride;
  return {
    tapsBefore,
    taps,
    before,
    after: pixels + taps - 1 - gradient - before,
    pixels,
  };
}

/**
 * Filters [K, C, R, S] as those that lead back, [s s C, K, R', S']: flipped, a group of channels for each phase. Which tap
 * goes where is a matrix of zeros and ones, [R S, s s R' S'], as moving single numbers is slow everywhere.
 */
function backwardFilters(
  graph: GraphBuilder,
  w: Value,
  [k, c, r, s]: readonly number[],
  stride: number,
  [rows, columns]: readonly [BackwardAxis, BackwardAxis],
): Value {
  const groups = stride * stride;
  const taps = rows.taps * columns.taps;
  if (groups === 1 && taps === 1) return graph.node('Transpose', [w], { perm: [1, 0, 2, 3] });
  const moves = Array.from({ length: r * s }, () => new Array<number>(groups * taps).fill(0));
  for (let tap = 0; tap < r * s; tap += 1) {
    const [row, column] = [Math.floor(tap / s) + rows.tapsBefore, (tap % s) + columns.tapsBefore];
    const phase = stride * (row % stride) + (column % stride);
    const [down, right] = [Math.floor(row / stride), Math.floor(column / stride)];
    const flipped = columns.taps * (rows.taps - 1 - down) + columns.taps - 1 - right;
    moves[tap][phase * taps + flipped] = 1;
  }
  const flat = graph.node('Reshape', [w, graph.ints([k * c, r * s])]);
  const moved = graph.node('MatMul', [flat, graph.floats([r * s, groups * taps], moves.flat())]);
  const phases = graph.node('Transpose', [graph.node('Reshape', [moved, graph.ints([k, c, groups, taps])])], {
    perm: [2, 1, 0, 3],
  });
  return graph.node('Reshape', [phases, graph.ints([groups * c, k, rows.taps, columns.taps])]);
}

/**
 * Where dy needs more zeros on one side than on the other, `even` gives it the larger number on both, and cuts the result:
 * uneven padding goes wrong on the WebGPU provider of ONNX Runtime 1.30. `exact` computes nothing that is cut.
 */
export const inputGradientPadded =
  (padding: 'even' | 'exact'): Lowering<'convolutionInputGradient'> =>
  ({ inputs: [from, filters], attributes: { height, width, ...window } }, [dy, w], { graph }) => {
    const axes = [
      backwardAxis(height, filters.shape[2], from.shape[2], window),
      backwardAxis(width, filters.shape[3], from.shape[3], window),
    ] as const;
    const flipped = backwardFilters(graph, w, filters.shape, window.stride, axes);
    const larger = axes.map(({ before, after }) => Math.max(before, after, 0));
    const even = [...larger, ...larger];
    const exact = [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)];
    const pads = padding === 'even' ? even : exact.map((size) => Math.max(0, size));
    const [top, left, bottom, right] = pads;
    const phases = cut(
      graph,
      graph.node('Conv', [dy, flipped], { pads }),
      [from.shape[2] + top + bottom - axes[0].taps + 1, from.shape[3] + left + right - axes[1].taps + 1],
      [top - axes[0].before, left - axes[1].before],
      [axes[0].pixels, axes[1].pixels],
    );
    if (window.stride === 1) return phases;
    const pixels = graph.node('DepthToSpace', [phases], { blocksize: window.stride, mode: 'DCR' });
    const size = [window.stride * axes[0].pixels, window.stride * axes[1].pixels] as const;
    return cut(graph, pixels, size, [0, 0], [height, width]);
  };

export const lowerConvolutionWeightGradient: Lowering<'convolutionWeightGradient'> = (
  { inputs: [images, gradients], attributes: { height, width, stride, padding } },
  [x, dy],
  { graph },
) => {
  const swap = { perm: [1, 0, 2, 3] };
  const [left, right] = [graph.node('Transpose', [x], swap), graph.node('Transpose', [dy], swap)];
  const pads = [padding, padding, padding, padding];
  const filters = graph.node('Conv', [left, right], { dilations: [stride, stride], pads }); // [C, K, R', S']
  // What the last window does not reach of the padded images has no part in the gradient.
  const reached = (axis: number) => images.shape[axis] + 2 * padding - stride * (gradients.shape[axis] - 1);
  const taps = cut(graph, filters, [reached(2), reached(3)], [0, 0], [height, width]);
  return graph.node('Transpose', [taps], swap);
};
