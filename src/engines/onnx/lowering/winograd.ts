/**
 * 3x3 convolutions by Winograd's F(4x4, 3x3), written as matrix products, which are what ONNX Runtime does best on a
 * processor. With the matrices A, B, G of winograd-matrices.ts, for tiles of 4x4 outputs:
 *
 *   forward            Y  = A^T [ (G w G^T) . (B^T x B) ] A          summed over channels, for each of 36 elements
 *   input gradient     the same of dy with flipped filters whose channels changed places
 *   filter gradient    dw = G^T [ sum over tiles (A dy A^T) . (B^T x B) ] G
 *
 * A transform of all tiles of an image is linear in its rows and in its columns: a matrix [6 tiles, H] from the left and
 * one [6 tiles, W] from the right, zeros included, so that overlapping tiles and padding need no nodes of their own. As
 * matrix products that read their second operand transposed, the two leave the tile's elements in front, which is where
 * the 36 products over channels want them. Results differ from direct convolution in the last digits (about 1e-6).
 */
import type { TensorOf } from '../../../graph/index.ts';
import type { Context, GraphBuilder, Value } from '../../../onnx/index.ts';
import {
  filterMatrix,
  INPUT_TILE,
  inputMatrix,
  type Matrix,
  OUTPUT_TILE,
  outputMatrix,
  PLANES,
  transpose,
} from '../../winograd-matrices.ts';

/** Images [N, C, H, W] that go in or come out. */
type Images = readonly number[];

const tilesOf = (size: number) => Math.ceil(size / OUTPUT_TILE);

/** Larger images would have most of their transforms' products be with zeros. */
const LARGEST = 16;

/**
 * Time of a tile in multiply-adds' worth: direct 9 u C K for u pixels of the tile inside the image, here 36 C K for the
 * products and, measured, about 3000 (C + K) for the transforms. So it pays where
 *
 *     u / 4 - 1  >  84 (1 / C + 1 / K)
 *
 * On a Zen 3 core, 128 channels at 16x16 gain 1.8 times, 256 at 8x8 2.2 times, 64 at 32x32 nothing. The batch has no say:
 * the same image must get the same bits in a small one as in a large one.
 */
export function winogradApplies(
  [, channels, height, width]: Images,
  filters: readonly number[],
  { stride, padding }: { readonly stride: number; readonly padding: number },
): boolean {
  const [k, , r, s] = filters;
  if (r !== 3 || s !== 3 || stride !== 1 || padding !== 1 || Math.max(height, width) > LARGEST) return false;
  const pixels = (height * width) / (tilesOf(height) * tilesOf(width));
  return pixels / 4 - 1 > 84 * (1 / channels + 1 / k);
}

const constant = (graph: GraphBuilder, matrix: Matrix) =>
  graph.floats([matrix.length, matrix[0]?.length ?? 0], matrix.flat());

/** [6 tiles, size]: row i of tile t reads pixels 4t - 1 to 4t + 4 by B^T; beyond the image there are zeros. */
const gathering = (size: number): Matrix =>
  Array.from({ length: INPUT_TILE * tilesOf(size) }, (_, row) =>
    Array.from({ length: size }, (_, pixel) => {
      const tap = pixel + 1 - OUTPUT_TILE * Math.floor(row / INPUT_TILE);
      return inputMatrix[row % INPUT_TILE]?.[tap] ?? 0;
    }),
  );

/** [size, 6 tiles]: each pixel is made of its own tile by A^T. */
const spreading = (size: number): Matrix =>
  Array.from({ length: size }, (_, pixel) =>
    Array.from({ length: INPUT_TILE * tilesOf(size) }, (_, column) =>
      Math.floor(column / INPUT_TILE) === Math.floor(pixel / OUTPUT_TILE)
        ? (outputMatrix[pixel % OUTPUT_TILE]?.[column % INPUT_TILE] ?? 0)
        : 0,
    ),
  );

const kronecker = (a: Matrix, b: Matrix): Matrix =>
  a.flatMap((left) => b.map((right) => left.flatMap((x) => right.map((y) => x * y))));

// [36, 9]; filters of the input gradient are flipped, and so are the columns.
const filterPlanes = kronecker(filterMatrix, filterMatrix);
const flippedPlanes = filterPlanes.map((row) => row.toReversed());

/** Images [N, C, H, W] to [36, tiles N, C] by a matrix for columns [6 tiles, W] and one for rows [6 tiles, H]. */
function transformed(graph: GraphBuilder, x: Value, images: Images, matrix: (size: number) => Matrix): Value {
  const [n, c, h, w] = images;
  const [down, across] = [tilesOf(h), tilesOf(w)];
  const rows = graph.node('Reshape', [x, graph.ints([n * c * h, w])]);
  const once = graph.node('Gemm', [constant(graph, matrix(w)), rows], { transB: 1 }); // [6 across, N C H]
  const lines = graph.node('Reshape', [once, graph.ints([INPUT_TILE * across * n * c, h])]);
  const twice = graph.node('Gemm', [constant(graph, matrix(h)), lines], { transB: 1 }); // [6 down, 6 across N C]
  const tiles = graph.node('Reshape', [twice, graph.ints([down, INPUT_TILE, across, INPUT_TILE, n * c])]);
  const planes = down * across === 1 ? tiles : graph.node('Transpose', [tiles], { perm: [1, 3, 0, 2, 4] });
  return graph.node('Reshape', [planes, graph.ints([PLANES, down * across * n, c])]);
}

/** [36, tiles N, K] back to images [N, K, H, W]. */
function outputs(graph: GraphBuilder, products: Value, [n, k, h, w]: Images): Value {
  const [down, across] = [tilesOf(h), tilesOf(w)];
  const planes = graph.node('Reshape', [products, graph.ints([INPUT_TILE, INPUT_TILE, down, across, n * k])]);
  const tiles = down * across === 1 ? planes : graph.node('Transpose', [planes], { perm: [2, 0, 3, 1, 4] });
  const lines = graph.node('Reshape', [tiles, graph.ints([INPUT_TILE * down, INPUT_TILE * across * n * k])]);
  const transposed = { transA: 1, transB: 1 };
  const once = graph.node('Gemm', [lines, constant(graph, spreading(h))], transposed); // [6 across N K, H]
  const columns = graph.node('Reshape', [once, graph.ints([INPUT_TILE * across, n * k * h])]);
  const twice = graph.node('Gemm', [columns, constant(graph, spreading(w))], transposed); // [N K H, W]
  return graph.node('Reshape', [twice, graph.ints([n, k, h, w])]);
}

/** Filters [K, C, 3, 3] to [36, K, C]. */
function filterTransform(graph: GraphBuilder, w: Value, [k, c]: readonly number[], matrix: Matrix): Value {
  const taps = graph.node('Reshape', [w, graph.ints([k * c, 9])]);
  const planes = graph.node('Gemm', [constant(graph, matrix), taps], { transB: 1 });
  return graph.node('Reshape', [planes, graph.ints([PLANES, k, c])]);
}

const product = (graph: GraphBuilder, a: Value, b: Value, given: { transA?: 1; transB?: 1 }) =>
  graph.node('FusedMatMul', [a, b], given, 'com.microsoft');

/** x [N, C, H, W] by filters [K, C, 3, 3]. */
export function winogradForward(
  { inputs: [x, w], shape }: TensorOf<'convolution'>,
  values: readonly Value[],
  { graph }: Context,
): Value {
  const tiles = transformed(graph, values[0], x.shape, gathering); // [36, T, C]
  const filters = filterTransform(graph, values[1], w.shape, filterPlanes); // [36, K, C]
  return outputs(graph, product(graph, tiles, filters, { transB: 1 }), shape);
}

/** dy [N, K, H, W] by filters [K, C, 3, 3] to [N, C, H, W]. */
export function winogradInputGradient(
  { inputs: [dy, w], shape }: TensorOf<'convolutionInputGradient'>,
  values: readonly Value[],
  { graph }: Context,
): Value {
  const tiles = transformed(graph, values[0], dy.shape, gathering); // [36, T, K]
  const filters = filterTransform(graph, values[1], w.shape, flippedPlanes); // [36, K, C]
  return outputs(graph, graph.node('MatMul', [tiles, filters]), shape);
}

/** x [N, C, H, W] and dy [N, K, H, W] to [K, C, 3, 3]; the transform of x is the forward pass's own. */
export function winogradWeightGradient(
  { inputs: [x, dy], shape }: TensorOf<'convolutionWeightGradient'>,
  values: readonly Value[],
  { graph }: Context,
): Value {
  const [k, c] = shape;
  const tiles = transformed(graph, values[0], x.shape, gathering); // [36, T, C]
  const gradients = transformed(graph, values[1], dy.shape, (size) => transpose(spreading(size))); // [36, T, K]
  const planes = product(graph, gradients, tiles, { transA: 1 }); // [36, K, C]
  const flat = graph.node('Reshape', [planes, graph.ints([PLANES, k * c])]);
  const taps = graph.node('Gemm', [flat, constant(graph, filterPlanes)], { transA: 1 }); // [K C, 9]
  return graph.node('Reshape', [taps, graph.ints([k, c, 3, 3])]);
}
