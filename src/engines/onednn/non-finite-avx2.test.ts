/** As ../non-finite.test.ts, with the kernels of processors that have AVX2 only, our own Winograd among them. */
import { expect, test } from 'vitest';
import { describeNonFinite } from '../testing/non-finite.ts';
import { createOnednnEngine } from './engine.ts';

// oneDNN reads it when it is first used; test files have processes of their own.
process.env.ONEDNN_MAX_CPU_ISA = 'AVX2';

test('AVX2 it is', () => {
  const engine = createOnednnEngine({ threads: 1 });
  expect(engine.describe().instructionSet).toBe('avx2');
  engine.dispose();
});

describeNonFinite({ name: 'onednn, AVX2', create: () => createOnednnEngine({ threads: 2 }) });
