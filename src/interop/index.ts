/** The interop room's public surface: trained networks leave for, and come from, the Python world. */
export { type CellRequest, chooseCell, chooseFrom } from './export-subject.ts';
export {
  type ExportedWeights,
  type ExportOptions,
  exportSafetensors,
  exportTorch,
} from './export-weights.ts';
export {
  type Expected,
  type ExternalFile,
  type ExternalModel,
  externalFunction,
  externalNetwork,
  openExternalModel,
  readExternalFile,
} from './external-model.ts';
export { type ExternalState, readExternalState } from './external-state.ts';
export {
  type ImportAs,
  type ImportedRun,
  type ImportRequest,
  importRun,
  type PlannedImport,
  planImport,
} from './import-run.ts';
export type { OnnxCheck } from './onnx-check.ts';
export { type ExportedModel, exportOnnx, type OnnxExportOptions } from './onnx-export.ts';
export {
  exportRobustBench,
  type RobustBenchEntry,
  type RobustBenchRequest,
  type RobustBenchText,
  robustBenchEntry,
  standardAutoAttackOf,
} from './robustbench.ts';
export { type ImageFolder, refuseUsedFolder, withImageFolder } from './saved-images.ts';
export {
  mapState,
  plainName,
  plainState,
  type StateMapping,
} from './state-dict.ts';
