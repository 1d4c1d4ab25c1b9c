/** What a command is: a function that adds itself to the program. */
import type { Command } from 'commander';
import type { Io } from './io.ts';

export type AddCommand = (program: Command, io: Io) => void;
