/** The commands, in the order of the help. */

import type { AddCommand } from '../options.ts';
import { addAnalyze } from './analyze.ts';
import { addBench } from './bench.ts';
import { addConfig } from './config.ts';
import { addData } from './data.ts';
import { addDemo } from './demo.ts';
import { addDoctor } from './doctor.ts';
import { addEvaluate } from './evaluate.ts';
import { addExport } from './export.ts';
import { addImport } from './import.ts';
import { addReport } from './report.ts';
import { addReproduce } from './reproduce.ts';
import { addResume, addTrain } from './train.ts';

export const commands: readonly AddCommand[] = [
  addDemo,
  addTrain,
  addResume,
  addEvaluate,
  addAnalyze,
  addReproduce,
  addReport,
  addExport,
  addImport,
  addBench,
  addConfig,
  addData,
  addDoctor,
];
