/** The numbers that an ONNX file holds, each with what it is used for, so that they can be checked before the graph is read. */
import type { Model, TensorValue } from '../model.ts';

/** A factor of a sum of products or of a normalization; a variance; or anything else, such as a mask or a bound. */
export type WeightUse = 'weight' | 'variance' | 'constant';

export interface StoredWeight {
  readonly name: string;
  readonly values: Float32Array | Float64Array;
  readonly uses: readonly WeightUse[];
}

/** Uses by the place among a node's inputs. A bias is a constant: -Infinity there masks a class. */
const usesOf: Readonly<Record<string, readonly WeightUse[]>> = {
  Conv: ['weight', 'weight'],
  ConvTranspose: ['weight', 'weight'],
  Gemm: ['weight', 'weight'],
  MatMul: ['weight', 'weight'],
  BatchNormalization: ['weight', 'weight', 'weight', 'weight', 'variance'],
};

const passOn: readonly string[] = ['Identity', 'Cast'];

/** The numbers of float types that nodes use, whether they are initializers or results of Constant nodes. */
export function weightsOf({ graph: { initializers, nodes } }: Model): StoredWeight[] {
  const stored = new Map<string, TensorValue>(initializers.map((tensor) => [tensor.name, tensor]));
  const uses = new Map<TensorValue, WeightUse[]>();
  for (const { operation, domain, inputs, outputs, attributes } of nodes) {
    const [first] = inputs;
    const passed = passOn.includes(operation) ? stored.get(first) : undefined;
    if (operation === 'Constant' && attributes.value?.kind === 'tensor')
      stored.set(outputs[0], { ...attributes.value.value, name: outputs[0] });
    else if (passed) stored.set(outputs[0], passed);
    else
      inputs.forEach((input, at) => {
        const tensor = stored.get(input);
        if (!tensor?.type.startsWith('float')) return;
        const use =
          (domain === '' && Object.hasOwn(usesOf, operation) && usesOf[operation][at]) || 'constant';
        uses.set(tensor, [...(uses.get(tensor) ?? []), use]);
      });
  }
  return [...uses].map(([{ name, values }, of]) => ({ name, values, uses: of }));
}
