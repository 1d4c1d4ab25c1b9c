/**
 * A folder of images by class: root/{train,test}/<class>/image, or root/<class>/image with a test split set apart by
 * seed. PNG and JPEG, decoded by sharp. All images of both splits have one shape, which is decided by their headers before any is
 * decoded: a test set of another one is an error before training. Nothing is cropped or resized unless asked.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { type Contents, kindOf, reason } from './content.ts';
import { type ImageShape, imageSize, type Split } from './dataset.ts';
import { stratify } from './split.ts';

export interface FolderOptions {
  /** Height and width to resize to, covering the target and cropping the center; without it all must have one size. */
  readonly size?: { readonly height: number; readonly width: number };
  /** 1 is gray. By default 1 when every image of both splits is gray, else 3. */
  readonly channels?: 1 | 3;
  /** Share of the images held out for testing where the folder has no train and test (default 0.2). */
  readonly testFraction?: number;
  /** Seed of that choice (default 0). */
  readonly splitSeed?: number;
}

export interface Folder extends ImageShape, Contents {
  readonly classes: readonly string[];
}

interface ImageFile {
  readonly path: string;
  /** Path below the root, with '/', for the checksum. */
  readonly name: string;
  readonly label: number;
}

const IMAGE = /\.(png|jpe?g)$/i;
const CONCURRENT = 16;

/**
 * Reads one split.
 *
 * @throws InputError for a folder of another form, an image that cannot be decoded, or images of several sizes.
 */
export async function readFolder(root: string, split: Split, options: FolderOptions = {}): Promise<Folder> {
  const { classes, files, others } = await filesOfSplit(root, split, options);
  if (files.length === 0) throw new InputError(`${root}: the ${split} split holds no images`);
  const shape = await commonShape(split === 'train' ? [...files, ...others] : [...others, ...files], options);
  const { channels } = shape;
  const hash = createHash('sha256');
  const images = new Uint8Array(files.length * imageSize(shape));
  for (let start = 0; start < files.length; start += CONCURRENT) {
    const group = files.slice(start, start + CONCURRENT);
    const contents = await Promise.all(group.map(({ path }) => readFile(path)));
    const decoded = await Promise.all(
      group.map(({ path }, i) => decode(path, contents[i], channels, options)),
    );
    for (const [i, image] of decoded.entries()) {
      hash.update(`${group[i].name}\0`).update(contents[i]);
      toPlanes(image.pixels, channels, images.subarray((start + i) * imageSize(shape)));
    }
  }
  const labels = Uint16Array.from(files, ({ label }) => label);
  return { ...shape, classes, count: files.length, images, labels, checksum: hash.digest('hex') };
}

async function filesOfSplit(
  root: string,
  split: Split,
  options: FolderOptions,
): Promise<{
  classes: readonly string[];
  files: readonly ImageFile[];
  /** Those of the other split. */
  others: readonly ImageFile[];
}> {
  if ((await kindOf(root)) !== 'directory') throw new InputError(`there is no directory ${root}`);
  const children = await subdirectories(root);
  const splits = (['train', 'test'] as const).filter((name) => children.includes(name));
  if (splits.length === 1) {
    throw new InputError(`${root} has ${splits[0]}/ but no ${splits[0] === 'train' ? 'test' : 'train'}/`);
  }
  if (splits.length === 2) {
    const classes = await subdirectories(join(root, 'train'));
    const unknown = (await subdirectories(join(root, 'test'))).find((name) => !classes.includes(name));
    if (unknown)
      throw new InputError(
        `${join(root, 'test', unknown)}: there is no such class in ${join(root, 'train')}`,
      );
    const other = split === 'train' ? 'test' : 'train';
    return {
      classes,
      files: await imagesByClass(root, classes, `${split}/`),
      others: await imagesByClass(root, classes, `${other}/`),
    };
  }
  const files = await imagesByClass(root, children, '');
  const fraction = options.testFraction ?? 0.2;
  if (!(fraction > 0 && fraction < 1)) {
    throw new InputError(`test fraction ${fraction}: expected a number between 0 and 1`);
  }
  const labels = Uint16Array.from(files, ({ label }) => label);
  const stratified = stratify(labels, Math.round(files.length * fraction), {
    seed: options.splitSeed ?? 0,
    draw: 0,
  });
  const { chosen, rest } = stratified;
  const [own, other] = split === 'test' ? [chosen, rest] : [rest, chosen];
  return {
    classes: children,
    files: Array.from(own, (i) => files[i]),
    others: Array.from(other, (i) => files[i]),
  };
}

async function imagesByClass(root: string, classes: readonly string[], prefix: string): Promise<ImageFile[]> {
  if (classes.length < 2) {
    throw new InputError(
      `${join(root, prefix)}: expected a folder for each class, with PNG or JPEG images in it; found ` +
        `${classes.length === 0 ? 'no folder' : `one, ${classes[0]}`}`,
    );
  }
  const files: ImageFile[] = [];
  for (const [label, name] of classes.entries()) {
    const directory = join(root, prefix, name);
    const names = (await kindOf(directory)) === 'directory' ? await readdir(directory) : [];
    for (const file of names.filter((entry) => IMAGE.test(entry)).sort()) {
      files.push({ path: join(directory, file), name: `${prefix}${name}/${file}`, label });
    }
  }
  return files;
}

async function subdirectories(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}

/** The shape of all images, by their headers; the first says the size. @throws InputError for one of another size. */
async function commonShape(
  files: readonly ImageFile[],
  { channels, size }: FolderOptions,
): Promise<ImageShape & { readonly channels: 1 | 3 }> {
  let isGray = true;
  let first = size;
  for (let start = 0; start < files.length; start += CONCURRENT) {
    const group = files.slice(start, start + CONCURRENT);
    const headers = await Promise.all(group.map(({ path }) => header(path)));
    for (const [i, { height, width, gray }] of headers.entries()) {
      isGray &&= gray;
      first ??= { height, width };
      if (!size && (height !== first.height || width !== first.width))
        throw new InputError(
          `${group[i].path} has ${height} x ${width} pixels (height x width), expected ` +
            `${first.height} x ${first.width} as ${files[0].path} has; make them one size, or ask for a size to resize to`,
        );
    }
  }
  return { channels: channels ?? (isGray ? 1 : 3), ...(first ?? { height: 0, width: 0 }) };
}

/** Height and width as an image is shown, and whether it is gray. */
async function header(path: string): Promise<{ height: number; width: number; gray: boolean }> {
  const { default: sharp } = await import('sharp');
  const { autoOrient, space } = await sharp(path)
    .metadata()
    .catch((error: unknown) => refuse(path, error));
  return { height: autoOrient.height, width: autoOrient.width, gray: space === 'b-w' || space === 'grey16' };
}

async function decode(
  path: string,
  content: Buffer,
  channels: 1 | 3,
  { size }: FolderOptions,
): Promise<{ pixels: Buffer; height: number; width: number }> {
  const { default: sharp } = await import('sharp');
  let image = sharp(content, { failOn: 'truncated' }).autoOrient();
  if (size) image = image.resize(size.width, size.height, { fit: 'cover' });
  image = channels === 1 ? image.grayscale() : image.toColourspace('srgb');
  const { data, info } = await image
    .flatten({ background: '#000' })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => refuse(path, error));
  if (info.channels !== channels)
    throw new InputError(`${path}: decoded to ${info.channels} channels, expected ${channels}`);
  return { pixels: data, height: info.height, width: info.width };
}

function refuse(path: string, error: unknown): never {
  throw new InputError(`${path}: not a whole PNG or JPEG image (${reason(error)})`);
}

/** [H, W, C] to [C, H, W]. */
function toPlanes(pixels: Uint8Array, channels: number, out: Uint8Array): void {
  const plane = pixels.length / channels;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < plane; i++) out[c * plane + i] = pixels[i * channels + c];
  }
}
