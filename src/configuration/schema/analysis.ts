/** What is looked at while a network trains. Nothing here changes what is learned. */
import { z } from 'zod';

export const analysisSchema = z.strictObject({
  gapEverySteps: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'Steps between two records of the domain gap (NS of adversarial, noisy and clean batches) and of the distance' +
        ' between branches in metrics.jsonl; 0 for none. The training stays the same to the bit.',
    ),
  gapBatchSize: z
    .int()
    .min(2)
    .default(64)
    .describe('Training images in each of the two batches that the gap is measured on, the same every time.'),
});
