/** Presets by name, and the chain of files that `extends` makes. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { didYouMean } from '../suggestions.ts';
import { type Layer, readLayer } from './layers.ts';

/** The folder that holds package.json and presets/: the same from src/ and from the built dist/. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url));

/** The version of this package. */
export const packageVersion = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))).version;

/** Where a layer of a configuration came from. */
export interface Source {
  readonly kind: 'preset' | 'file' | 'override';
  /** A preset's name, a file's path, an override as typed. */
  readonly name: string;
}

export interface SourcedLayer {
  readonly source: Source;
  readonly layer: Layer;
}

const PRESET_FOLDER = join(packageRoot, 'presets');
const EXTENSION = /\.ya?ml$/;

/** The names of the presets that come with the package. */
export function presetNames(): string[] {
  return readdirSync(PRESET_FOLDER)
    .filter((file) => EXTENSION.test(file))
    .map((file) => file.replace(EXTENSION, ''))
    .sort();
}

/**
 * The layers of a preset or file, what it extends first.
 *
 * A name with a slash, a backslash or the ending .yaml is a file, relative to the working directory or, in `extends`, to
 * the file that says it; any other is a preset.
 *
 * @throws InputError for an unknown preset, an unreadable file, or files that extend each other in a circle.
 */
export function sourcedLayers(preset: string, from = '.', visited: readonly string[] = []): SourcedLayer[] {
  const isFile = EXTENSION.test(preset) || /[/\\]/.test(preset);
  if (!isFile && !presetNames().includes(preset)) {
    const known = presetNames();
    throw new InputError(
      `unknown preset '${preset}'${didYouMean(preset, known)} (presets: ${known.join(', ')}; a file ends in .yaml)`,
    );
  }
  const path = isFile ? resolve(from, preset) : join(PRESET_FOLDER, `${preset}.yaml`);
  if (visited.includes(path)) {
    throw new InputError(`configurations extend each other in a circle: ${[...visited, path].join(' -> ')}`);
  }
  const file = readLayer(path);
  const { extends: base, ...values } = file.values;
  const here: SourcedLayer = {
    source: { kind: isFile ? 'file' : 'preset', name: preset },
    layer: { ...file, values },
  };
  if (base === undefined) return [here];
  if (typeof base !== 'string') {
    throw new InputError(`cannot read ${path}: extends: expected the name of a preset or a file`);
  }
  return [...sourcedLayers(base, dirname(path), [...visited, path]), here];
}
