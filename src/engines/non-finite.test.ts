/**
 * No engine hides a NaN or an infinity, in any operation, fused or not: a network that is broken must not pass for one
 * that an attack does not move (a ReLU that makes 0 of NaN does just that).
 */
import { createOnednnEngine } from './onednn/engine.ts';
import { createOnnxEngine } from './onnx/engine.ts';
import { createReferenceEngine } from './reference/engine.ts';
import { describeNonFinite } from './testing/non-finite.ts';

describeNonFinite({ name: 'reference', create: createReferenceEngine, small: true });
for (const convolution of ['auto', 'direct'] as const) {
  const options = { threads: 2, convolution };
  describeNonFinite({ name: `onednn, ${convolution}`, create: () => createOnednnEngine(options) });
  describeNonFinite({ name: `onnx, ${convolution}`, create: () => createOnnxEngine(options) });
}
