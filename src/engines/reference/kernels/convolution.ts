/**
 * Convolution and its two gradients, as one walk over all products x[n, c, h, w] w[k, c, r, s] that meet in
 * y[n, k, p, q]. The three differ only in which of x, w and y is written.
 */
import { type Shape, sizeOf, type Window } from '../../../graph/index.ts';
import type { Kernel } from '../kernel.ts';

/** A row of products: `length` elements of y from `yAt`, of x from `xAt` in steps of the stride, one weight. */
type Row = (xAt: number, wAt: number, yAt: number, length: number) => void;

function eachRow(x: Shape, w: Shape, y: Shape, { stride, padding }: Window, row: Row): void {
  const [images, channels, height, width] = x;
  const [filters, , kernelHeight, kernelWidth] = w;
  const [, , rows, columns] = y;
  for (let n = 0; n < images; n += 1)
    for (let k = 0; k < filters; k += 1)
      for (let c = 0; c < channels; c += 1)
        for (let r = 0; r < kernelHeight; r += 1)
          for (let s = 0; s < kernelWidth; s += 1) {
            const wAt = ((k * channels + c) * kernelHeight + r) * kernelWidth + s;
            // The q for which 0 <= q stride + s - padding < width.
            const first = Math.max(0, Math.ceil((padding - s) / stride));
            const end = Math.min(columns, Math.floor((width - 1 + padding - s) / stride) + 1);
            if (end <= first) continue;
            for (let p = 0; p < rows; p += 1) {
              const h = p * stride + r - padding;
              if (h < 0 || h >= height) continue;
              const xAt = ((n * channels + c) * height + h) * width + first * stride + s - padding;
              row(xAt, wAt, ((n * filters + k) * rows + p) * columns + first, end - first);
            }
          }
}

type ConvolutionName = 'convolution' | 'convolutionInputGradient' | 'convolutionWeightGradient';

export const convolutionKernels: { readonly [Name in ConvolutionName]: Kernel<Name> } = {
  convolution: (node, [x, w, ...rest]) => {
    const { stride, bias, residual, relu } = node.attributes;
    const y = residual ? rest[bias ? 1 : 0].slice() : new Float64Array(sizeOf(node.shape));
    if (bias) {
      const [, filters, rows, columns] = node.shape;
      for (let i = 0; i < y.length; i += 1) y[i] += rest[0][Math.floor(i / (rows * columns)) % filters];
    }
    eachRow(
      node.inputs[0].shape,
      node.inputs[1].shape,
      node.shape,
      node.attributes,
      (xAt, wAt, yAt, length) => {
        const weight = w[wAt];
        for (let q = 0; q < length; q += 1) y[yAt + q] += weight * x[xAt + q * stride];
      },
    );
    return relu ? y.map((value) => Math.max(value, 0)) : y;
  },
  convolutionInputGradient: (node, [dy, w]) => {
    const { stride } = node.attributes;
    const dx = new Float64Array(sizeOf(node.shape));
    eachRow(
      node.shape,
      node.inputs[1].shape,
      node.inputs[0].shape,
      node.attributes,
      (xAt, wAt, yAt, length) => {
        const weight = w[wAt];
        for (let q = 0; q < length; q += 1) dx[xAt + q * stride] += weight * dy[yAt + q];
      },
    );
    return dx;
  },
  convolutionWeightGradient: (node, [x, dy]) => {
    const { stride } = node.attributes;
    const dw = new Float64Array(sizeOf(node.shape));
    eachRow(
      node.inputs[0].shape,
      node.shape,
      node.inputs[1].shape,
      node.attributes,
      (xAt, wAt, yAt, length) => {
        let total = 0;
        for (let q = 0; q < length; q += 1) total += x[xAt + q * stride] * dy[yAt + q];
        dw[wAt] += total;
      },
    );
    return dw;
  },
};
