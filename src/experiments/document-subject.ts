/** What the documents of a run speak of: which weights, data and engine. */
import { type DocumentSubject, engineSubject } from '../analysis/index.ts';
import type { Engine } from '../engines/engine.ts';
import { type Run, subjectOf, type Trained } from '../runs/index.ts';

/** The subject of a run's checkpoint that was loaded into an engine. */
export function runSubject(run: Run, trained: Trained, engine: Engine): DocumentSubject {
  return { ...subjectOf(run, trained, engine), engine: engineSubject(engine.describe()) };
}
