/** The commands, in the order of the help. */

import type { AddCommand } from '../program.ts';
import { addBench } from './bench.ts';
import { addConfig } from './config.ts';
import { addData } from './data.ts';
import { addDoctor } from './doctor.ts';
import { addEvaluate } from './evaluate.ts';
import { addResume } from './resume.ts';
import { addTrain } from './train.ts';

export const commands: readonly AddCommand[] = [
  addTrain,
  addResume,
  addEvaluate,
  addBench,
  addConfig,
  addData,
  addDoctor,
];
