/**
 * Experiments on what the paper leaves open, as hypotheses with statements and margins, decided as claims are: each says what is
 * expected, and may turn out not to hold. `reproduce --questions` runs them. The margins are those of the claims; the letters those of
 * docs/reproduction.md.
 */
import { analyzedQuestions } from './analyzed-questions.ts';
import type { Hypothesis } from './statements.ts';
import { trainedQuestions } from './trained-questions.ts';

export const questions: readonly Hypothesis[] = [...trainedQuestions, ...analyzedQuestions].sort((a, b) =>
  a.id < b.id ? -1 : 1,
);
