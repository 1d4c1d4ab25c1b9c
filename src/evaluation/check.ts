/** What a sanity check is: a rule over what an evaluation found in a cell. The rules are listed in sanity-checks.ts. */
import type { AskedAttack, AttackRun } from './attack-plan.ts';
import type { CellEvaluation } from './cell.ts';

/** What a rule looks at. */
export interface Checked extends CellEvaluation {
  readonly classes: number;
  /** What the names of attacks stand for. */
  readonly asked: readonly AskedAttack[];
}

export interface SanityCheck {
  readonly name: string;
  /** One line for the documentation: when it fails. */
  readonly failsWhen: string;
  /** What is wrong and what to run next, each in a sentence; nothing where nothing is. */
  readonly find: (checked: Checked) => readonly string[];
}

export const namesOf = ({ name, reported }: AttackRun) =>
  reported.map((attack) => attack.name).join(', ') || name;

/** More than a share of the examples, and more than one of them. */
export const many = (some: number, share: number, of: number) => some > Math.max(1, share * of);
