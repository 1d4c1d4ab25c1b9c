/**
 * Sums over the steps of an epoch, which a checkpoint in the middle of it carries along, so that a resumed run reports
 * the same averages as one that was never cut.
 */
import { predictedClass } from '../attacks/index.ts';

export interface PassMetrics {
  loss: number;
  correct: number;
}

export interface RunningMetrics {
  examples: number;
  steps: number;
  /** Sum over steps of the step's loss. */
  loss: number;
  readonly passes: Record<string, PassMetrics>;
}

export const emptyRunningMetrics = (passes: readonly string[]): RunningMetrics => ({
  examples: 0,
  steps: 0,
  loss: 0,
  passes: Object.fromEntries(passes.map((pass) => [pass, { loss: 0, correct: 0 }])),
});

/** Take in the outputs of one step (step.ts). */
export function count(
  runningMetrics: RunningMetrics,
  outputs: Readonly<Record<string, Float32Array>>,
  labels: Int32Array,
  classes: number,
) {
  runningMetrics.examples += labels.length;
  runningMetrics.steps += 1;
  runningMetrics.loss += outputs.loss?.[0] ?? Number.NaN;
  for (const [name, pass] of Object.entries(runningMetrics.passes)) {
    const losses = outputs[`loss.${name}`] ?? new Float32Array();
    const logits = outputs[`logits.${name}`] ?? new Float32Array();
    pass.loss += losses.reduce((total, value) => total + value, 0);
    labels.forEach((label, at) => {
      if (predictedClass(logits, classes, at) === label) pass.correct += 1;
    });
  }
}

/** Means over what was counted: the loss, and each pass's cross-entropy and accuracy. */
export function averages({ examples, steps, loss, passes }: RunningMetrics) {
  return {
    loss: loss / steps,
    passes: Object.fromEntries(
      Object.entries(passes).map(([name, pass]) => [
        name,
        { loss: pass.loss / examples, accuracy: pass.correct / examples },
      ]),
    ),
  };
}

export type Averages = ReturnType<typeof averages>;
