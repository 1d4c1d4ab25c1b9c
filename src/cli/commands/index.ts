/** The commands, in the order of the help. */

import type { AddCommand } from '../program.ts';
import { addBench } from './bench.ts';
import { addConfig } from './config.ts';
import { addData } from './data.ts';
import { addDoctor } from './doctor.ts';
import { addResume } from './resume.ts';
import { addTrain } from './train.ts';

export const commands: readonly AddCommand[] = [addTrain, addResume, addBench, addConfig, addData, addDoctor];
