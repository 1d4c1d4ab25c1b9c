/** Pooling of an ONNX graph, over the whole image or over windows, in terms of ours. */
import { averagePool, globalAveragePool, max, maxPool, reshape, type Tensor } from '../../graph/index.ts';
import type { Call } from './call.ts';
import { padsOf } from './linear.ts';
import { Unreadable } from './value.ts';

/** [N, C, H, W] to [N, C, 1, 1]. */
export function readGlobalAveragePool(call: Call): Tensor {
  const x = imageOf(call);
  return reshape(globalAveragePool(x), [x.shape[0], x.shape[1], 1, 1]);
}

export const readGlobalMaxPool = (call: Call): Tensor => max(imageOf(call), [2, 3], true);

export const readMaxPool = (call: Call): Tensor => maxPool(imageOf(call), windowsOf(call));

export function readAveragePool(call: Call): Tensor {
  const windows = windowsOf(call);
  if (call.int('count_include_pad', 0) === 1 && windows.padding.some((size) => size > 0))
    throw new Unreadable('its means count the padding');
  return averagePool(imageOf(call), windows);
}

function windowsOf(call: Call) {
  const window = pairOf(call, 'kernel_shape');
  const stride = pairOf(call, 'strides', [1, 1]);
  if ((call.intList('dilations') ?? []).some((dilation) => dilation !== 1))
    throw new Unreadable('it is dilated');
  return {
    window,
    stride,
    padding: padsOf(call, imageOf(call), window, stride),
    ceil: call.int('ceil_mode', 0) === 1,
  };
}

function pairOf(call: Call, name: string, otherwise: readonly number[] = []): readonly [number, number] {
  const given = call.intList(name) ?? otherwise;
  const [rows, columns] = given;
  if (given.length !== 2) throw new Unreadable(`its ${name} has ${given.length} numbers, not two`);
  return [rows, columns];
}

function imageOf(call: Call): Tensor {
  const x = call.tensor(0);
  if (x.shape.length !== 4)
    throw new Unreadable(`it pools [${x.shape.join(', ')}]; only images [N, C, H, W] are supported`);
  return x;
}
