/** Data sets: finding, downloading and loading them, splits, augmentation and batches. */

export type { Augment, AugmentationKey, Placement } from './augment.ts';
export { cropAndFlip, IDENTITY, place, placement } from './augment.ts';
export type { Batch, BatchOptions } from './batches.ts';
export { batchCount, batches, gather } from './batches.ts';
export type { Augmentation, Dataset, ImageShape, Split } from './dataset.ts';
export { imageSize, NO_AUGMENTATION } from './dataset.ts';
export type { DownloadProgress, GetOptions } from './download.ts';
export { getDataset } from './download.ts';
export type { DatasetCheck, DatasetListing } from './inspect.ts';
export { checkDataset, listDatasets } from './inspect.ts';
export type { LoadOptions } from './load.ts';
export { loadDataset } from './load.ts';
export type { DataOptions, Location } from './locate.ts';
export { cacheDirectory } from './locate.ts';
export { type DatasetArrays, datasetFrom } from './memory.ts';
export type { ValidationSplit } from './split.ts';
export { evaluationSubset, subset, trainValidationSplit } from './split.ts';
