/** The cases of every operation; the compiler checks that none is missing. */
import type { OperationName } from '../../../graph/index.ts';
import type { Case } from '../case.ts';
import { convolutionCases } from './convolution.ts';
import { elementwiseCases } from './elementwise.ts';
import { normalizationCases } from './normalization.ts';
import { averagePoolCases, maxPoolCases } from './pooling.ts';
import { shapeCases } from './shapes.ts';

export const cases: Readonly<Record<OperationName, readonly Case[]>> = {
  ...shapeCases,
  ...elementwiseCases,
  ...convolutionCases,
  ...normalizationCases,
  maximum: [...elementwiseCases.maximum, ...maxPoolCases],
  add: [...elementwiseCases.add, ...averagePoolCases],
};
