/** All transform kernels as one WebAssembly module, a few dozen kilobytes that are assembled in some milliseconds. */

import { inputMatrix, outputMatrix, transpose } from '../../winograd-matrices.ts';
import { emitFilterFromPlanes, emitFilterToPlanes, FILTER_PARAMETERS } from './filters.ts';
import { emitGather, GATHER_PARAMETERS } from './gather.ts';
import { type CompiledModule, compile } from './host.ts';
import { emitScatter, SCATTER_PARAMETERS } from './scatter.ts';
import { assembleModule } from './wasm.ts';

/** Channels that lie beside each other in an activation: nChw8c or nChw16c. */
export type Block = 8 | 16;

export const PRODUCT_PARAMETERS = [
  'transposeLeft',
  'rows',
  'columns',
  'inner',
  'left',
  'leftStride',
  'leftPlane',
  'right',
  'rightStride',
  'rightPlane',
  'accumulate',
  'result',
  'resultStride',
  'resultPlane',
  'count',
] as const;

/** Every kernel a plan can call, with its parameters in order. `product` is the matrix product the engine passes in. */
export const KERNEL_PARAMETERS = {
  gatherInput: GATHER_PARAMETERS,
  gatherGradient: GATHER_PARAMETERS,
  scatter: SCATTER_PARAMETERS,
  scatterResidual: SCATTER_PARAMETERS,
  scatterGate: SCATTER_PARAMETERS,
  scatterResidualGate: SCATTER_PARAMETERS,
  filterForward: FILTER_PARAMETERS,
  filterBackward: FILTER_PARAMETERS,
  filterGradient: FILTER_PARAMETERS,
  product: PRODUCT_PARAMETERS,
} as const;

export type KernelName = keyof typeof KERNEL_PARAMETERS;
export type KernelArguments<K extends KernelName> = Readonly<
  Record<(typeof KERNEL_PARAMETERS)[K][number], number>
>;

/** One call of a kernel, its arguments laid out once so that running does nothing but call. */
export interface Call {
  readonly kernel: KernelName;
  readonly args: readonly number[];
}

export function call<K extends KernelName>(kernel: K, named: KernelArguments<K>): Call {
  const names: readonly (typeof KERNEL_PARAMETERS)[K][number][] = KERNEL_PARAMETERS[kernel];
  return { kernel, args: names.map((name) => named[name]) };
}

export function compileKernels(block: Block): CompiledModule {
  return compile(
    assembleModule({
      gatherInput: emitGather({ matrix: inputMatrix, border: 1, block }),
      gatherGradient: emitGather({ matrix: transpose(outputMatrix), border: 0, block }),
      scatter: emitScatter({ block, residual: false, gate: false }),
      scatterResidual: emitScatter({ block, residual: true, gate: false }),
      scatterGate: emitScatter({ block, residual: false, gate: true }),
      scatterResidualGate: emitScatter({ block, residual: true, gate: true }),
      filterForward: emitFilterToPlanes({ rotated: false }),
      filterBackward: emitFilterToPlanes({ rotated: true }),
      filterGradient: emitFilterFromPlanes(),
    }),
  );
}
