/**
 * Experiments on what the paper leaves open, as hypotheses with statements and margins, decided as claims are: each says what we
 * expect, and its verdict may be that it does not hold. They are run by `reproduce --questions`.
 */
import type { Hypothesis } from './statements.ts';

export const questions: readonly Hypothesis[] = [];
