/** A network of one linear layer on an engine: whatever an attack should find on it can be worked out by hand. */
import type { Engine } from '../../engines/index.ts';
import { createReferenceEngine } from '../../engines/index.ts';
import { matmul, reshape, type Tensor } from '../../graph/index.ts';
import { defineNetwork, type ImageShape } from '../../nn/network.ts';
import { each } from '../../nn/pass.ts';
import { shared } from '../../nn/variables.ts';
import type { Model } from '../model.ts';

/** Logits z = W f(x) of images flattened to [N, D]; `weights` are the rows of W, one a class. f changes nothing unless given. */
export function linearModel(
  images: ImageShape,
  weights: readonly (readonly number[])[],
  engine: Engine = createReferenceEngine(),
  f: (x: Tensor) => Tensor = (x) => x,
): Model {
  const classes = weights.length;
  const size = images.channels * images.height * images.width;
  const sets = { statistics: [shared], affine: [shared] };
  const network = defineNetwork({ name: 'linear', classes, images, sets }, (declare) => {
    const weight = declare({
      name: 'weight',
      shape: [classes, size],
      role: 'head',
      branch: shared,
      initialization: { kind: 'constant', value: 0 },
    });
    return each((x, read) => matmul(f(reshape(x, [x.shape[0], size])), read(weight), { transposeB: true }));
  });
  for (const of of network.variables) engine.write(of, weights.flat());
  return { engine, network, cell: { statistics: shared, affine: shared } };
}
