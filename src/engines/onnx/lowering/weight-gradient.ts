/**
 * The gradient of a convolution for its filters, for a GPU: a matrix product for each tap, in which groups of images are a batch of
 * products that are summed at the end. A product of all images at once would be a few long sums, for most of a GPU nothing to do; as a
 * Conv whose images and channels changed places it took half of a training step of ResNet-18 (WebGPU, NVIDIA H200).
 *
 *   dw[k, c, r, s] = sum over groups g of  sum over n, p, q in g of  dy[n, k, p, q] x[n, c, stride p + r, stride q + s]
 */
import type { Lowering } from '../../../onnx/index.ts';

/** Terms of a sum within a group, at least, where there are as many. */
const LEAST_TERMS = 1024;

/** As many groups as leave each the least number of terms, all of the same number of images. */
export function groupsOf(images: number, pixels: number): number {
  for (let groups = images; groups > 1; groups -= 1)
    if (images % groups === 0 && (images / groups) * pixels >= LEAST_TERMS) return groups;
  return 1;
}

export const weightGradientByGroups: Lowering<'convolutionWeightGradient'> = (
  { inputs: [, gradients], attributes: { stride, padding }, shape },
  [x, dy],
  { graph },
) => {
  const [k, c, rows, columns] = shape;
  const [n, , p, q] = gradients.shape;
  const groups = groupsOf(n, p * q);
  const terms = (n / groups) * p * q;
  const left = graph.node('Reshape', [
    graph.node('Transpose', [graph.node('Reshape', [dy, graph.ints([groups, n / groups, k, p * q])])], {
      perm: [0, 2, 1, 3],
    }),
    graph.ints([groups, k, terms]),
  ]);
  const pixels = graph.node('Transpose', [x], { perm: [0, 2, 3, 1] }); // [N, H, W, C]
  const whole =
    padding === 0
      ? pixels
      : graph.node('Pad', [pixels, graph.ints([0, padding, padding, 0, 0, padding, padding, 0])]);
  const taps = Array.from({ length: rows * columns }, (_, tap) => {
    const [r, s] = [Math.floor(tap / columns), tap % columns];
    const window = graph.node('Slice', [
      whole,
      graph.ints([r, s]),
      graph.ints([r + stride * (p - 1) + 1, s + stride * (q - 1) + 1]),
      graph.ints([1, 2]),
      graph.ints([stride, stride]),
    ]);
    const right = graph.node('Reshape', [window, graph.ints([groups, terms, c])]);
    const products = graph.node('MatMul', [left, right]); // [G, K, C]
    return graph.node('ReduceSum', [products, graph.ints([0])], { keepdims: 0 });
  });
  const stacked = taps.map((each) => graph.node('Unsqueeze', [each, graph.ints([2])]));
  const filters = stacked.length === 1 ? stacked[0] : graph.node('Concat', stacked, { axis: 2 }); // [K, C, R S]
  return graph.node('Reshape', [filters, graph.ints(shape)]);
};
