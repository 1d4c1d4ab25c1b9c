/** The ONNX Runtime engine's public surface. */
export { createOnnxEngine, type OnnxOptions } from './engine.ts';
export { loadRuntime, offeredDevices } from './runtime.ts';
