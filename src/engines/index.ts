/** The engines' room: what others make, hold and ask of an engine. Each engine is loaded when one is made by its name. */
export { createEngine, type EngineOptions, fasterEngine } from './create.ts';
export {
  type CompileOptions,
  type Device,
  devices,
  type Engine,
  type EngineDescription,
  type EngineName,
  EngineUnavailable,
  engineNames,
  type Program,
  type Values,
} from './engine.ts';
export { loadRuntime, offeredDevices } from './onnx/runtime.ts';
export { createReferenceEngine, type ReferenceEngine } from './reference/engine.ts';
