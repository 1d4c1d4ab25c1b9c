/** Runs tensors in order of making, one kernel each, and forgets a value after its last use. Knows no steps. */
import { type OperationName, reachable, type Tensor, type TensorOf } from '../../graph/index.ts';
import type { Kernel, Leaves } from './kernel.ts';
import { kernels } from './kernels/table.ts';

export interface Evaluation {
  readonly values: Float64Array[];
  /** Bytes of values alive at the most. */
  readonly peakBytes: number;
}

/** The values of `wanted`, in their order. */
export function evaluateTensors(wanted: readonly Tensor[], leaves: Leaves): Evaluation {
  const order = reachable(wanted);
  const uses = new Map<Tensor, number>();
  for (const tensor of [...order.flatMap((each) => each.inputs), ...wanted])
    uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  const values = new Map<Tensor, Float64Array>();
  let bytes = 0;
  let peakBytes = 0;
  for (const tensor of order) {
    const inputs = tensor.inputs.map((each) => known(values, each));
    const value = run(tensor, inputs, leaves);
    values.set(tensor, value);
    bytes += value.byteLength;
    peakBytes = Math.max(peakBytes, bytes);
    for (const each of tensor.inputs) {
      const left = (uses.get(each) ?? 0) - 1;
      uses.set(each, left);
      if (left > 0) continue;
      bytes -= known(values, each).byteLength;
      values.delete(each);
    }
  }
  return { values: wanted.map((tensor) => known(values, tensor).slice()), peakBytes };
}

function known(values: ReadonlyMap<Tensor, Float64Array>, tensor: Tensor): Float64Array {
  const value = values.get(tensor);
  // Ids are a topological order, so this is a bug of whoever made the graph by other means than apply().
  if (!value) throw new Error(`${tensor.operation} ${tensor.id} is used before it is made`);
  return value;
}

function run(tensor: Tensor, inputs: readonly Float64Array[], leaves: Leaves): Float64Array {
  // The table's row and the tensor carry the same name, which the type of an indexed union cannot express.
  const kernel = kernels[tensor.operation] as Kernel<OperationName>;
  return kernel(tensor as TensorOf<OperationName>, inputs, leaves);
}
