/** Exports go to new files only. */
import { existsSync } from 'node:fs';
import { InputError } from '../errors.ts';

/** @throws InputError where something of that name is there. */
export function refuseTaken(path: string): void {
  if (existsSync(path)) throw new InputError(`${path} is there already: give another name`);
}
