/** What the report of a reproduction is made of: the document that decides, and what was read of its runs. */

import type { Generated } from '../../figures/index.ts';
import type { ReportRun } from '../../report/index.ts';
import type { ReproductionDocument } from '../document.ts';

export interface ReproductionReport {
  readonly document: ReproductionDocument;
  /** Those that could be read, named as in the document. */
  readonly runs: readonly ReportRun[];
  /** What could not be read, and why. */
  readonly problems: readonly string[];
  readonly generated: Generated;
}

export type Claim = ReproductionDocument['claims'][number];
export type Statement = Claim['statements'][number];
