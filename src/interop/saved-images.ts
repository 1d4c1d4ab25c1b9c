/**
 * The adversarial images of an evaluation as a folder for other programs:
 *
 *   index.json                     what was evaluated, and of each cell and attack what its images are
 *   ns-adv-ap-adv/aa.npy           all images of a cell and an attack, [N, C, H, W], float32, exactly as they were found
 *   ns-adv-ap-adv/aa.safetensors   the same, as the tensor `images`
 *   ns-adv-ap-adv/aa/INDEX.png     the same in 8 bits, to look at: rounding changes them
 *
 * The folder is made under another name beside it and renamed when it is whole: there is all of it, or nothing.
 */
import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Dataset } from '../data/index.ts';
import { InputError } from '../errors.ts';
import type { AttackedImages, EvaluationDocument } from '../evaluation/index.ts';
import { pngBytes, slug } from '../figures/index.ts';
import { fileError, readableJson, systemErrorCode, writeAtomically } from '../files/index.ts';
import { cellLabel, cellOf } from '../nn/index.ts';
import { writeSafetensors } from '../runs/index.ts';
import { npyBytes } from './npy.ts';

export interface ImageFolder {
  /** Write the images of an attack in a cell. */
  readonly add: (found: AttackedImages) => Promise<void>;
  /** Write the index, and put the folder where it belongs. */
  readonly finish: (about: Pick<EvaluationDocument, 'subject' | 'request'>) => Promise<void>;
  /** Leave nothing behind of what is not finished. */
  readonly discard: () => Promise<void>;
}

/** @throws InputError where there is something other than an empty folder, and for the working directory. */
export async function refuseUsedFolder(directory: string): Promise<void> {
  // The folder takes the place of an empty one, so whoever stands in that would be left in one that is gone.
  if (resolve(directory) === process.cwd())
    throw new InputError(
      `the folder for the images is ${directory === '' ? 'an empty name' : 'the working directory'}: give a new folder in it, such as adversarial`,
    );
  try {
    if ((await readdir(directory)).length > 0)
      throw new InputError(`${directory} is not empty: give a new folder for the images`, [], {
        code: 'taken',
      });
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw fileError('use', directory, error);
  }
}

/**
 * Do what fills a folder with images of a data set's test images; without a name of a folder, without one. What is not finished goes.
 *
 * @throws InputError as refuseUsedFolder, and where it cannot be made.
 */
export async function withImageFolder<Result>(
  directory: string | undefined,
  dataset: ImagesOf,
  fill: (folder: ImageFolder | undefined) => Promise<Result>,
): Promise<Result> {
  if (directory === undefined) return fill(undefined);
  const folder = await openImageFolder(directory, dataset);
  try {
    return await fill(folder);
  } finally {
    await folder.discard();
  }
}

type ImagesOf = Pick<Dataset, 'channels' | 'height' | 'width' | 'classes'>;

async function openImageFolder(
  directory: string,
  { channels, height, width, classes }: ImagesOf,
): Promise<ImageFolder> {
  await refuseUsedFolder(directory);
  const target = resolve(directory);
  const unfinished = join(dirname(target), `.${basename(target)}.${process.pid}.partial`);
  const writing = async <Result>(path: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw fileError('write', path, error);
    }
  };
  await writing(directory, async () => {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
  });
  const nameOf = uniqueNames();
  const attacks: object[] = [];
  // PNG has gray and color, and nothing else.
  const hasPng = channels === 1 || channels === 3;

  return {
    async add(found) {
      const { attack, cell, images, indices, labels, norm, epsilon } = found;
      const folder = nameOf('', cellLabel(cell));
      const stem = `${folder}/${nameOf(folder, attack)}`;
      const path = join(unfinished, stem);
      const shape = [labels.length, channels, height, width];
      await writing(directory, () => mkdir(hasPng ? path : dirname(path), { recursive: true }));
      await writeAtomically(`${path}.npy`, npyBytes(images, shape));
      await writeSafetensors(`${path}.safetensors`, {
        tensors: new Map([['images', { shape, values: images }]]),
        metadata: { ...cellOf(cell), attack, norm, epsilon: String(epsilon) },
      });
      const size = channels * height * width;
      for (let at = 0; hasPng && at < labels.length; at += 1) {
        const png = await pngBytes(images.subarray(at * size, (at + 1) * size), [channels, height, width]);
        await writing(directory, () => writeFile(join(path, `${indices[at]}.png`), png));
      }
      attacks.push({
        ...{ ...cellOf(cell), attack, norm, epsilon },
        ...{
          npy: `${stem}.npy`,
          safetensors: `${stem}.safetensors`,
          png: hasPng ? `${stem}/{index}.png` : null,
        },
        examples: columnsOf(found),
      });
    },
    async finish({ subject, request }) {
      const index = {
        ...{ document: 'adversarial-images', version: 1, subject, request },
        ...{ classes, shape: [channels, height, width], attacks },
      };
      await writeAtomically(join(unfinished, 'index.json'), readableJson(index));
      await writing(directory, async () => {
        // Not every system renames a folder over an empty one.
        await rmdir(target).catch((error) => {
          if (systemErrorCode(error) !== 'ENOENT') throw error;
        });
        await rename(unfinished, target);
      });
    },
    discard: () => rm(unfinished, { recursive: true, force: true }),
  };
}

/** A list a key, an example a place: thousands of examples as objects are no text for people. */
const columnsOf = ({ indices, labels, cleanCorrect, brokenBy, predicted, distance }: AttackedImages) => ({
  index: Array.from(indices),
  label: Array.from(labels),
  cleanCorrect: Array.from(cleanCorrect),
  brokenBy: Array.from(brokenBy),
  predicted: Array.from(predicted),
  distance: Array.from(distance, (value) => Number(value.toPrecision(7))),
});

/** Names of files for labels, the same for the same label of a folder, and of no two labels one. */
function uniqueNames() {
  const known = new Map<string, string>();
  return (folder: string, label: string): string => {
    const key = JSON.stringify([folder, label]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const taken = new Set([...known].flatMap(([of, name]) => (JSON.parse(of)[0] === folder ? [name] : [])));
    const plain = slug(label) || 'unnamed';
    let name = plain;
    for (let number = 2; taken.has(name); number += 1) name = `${plain}-${number}`;
    known.set(key, name);
    return name;
  };
}
