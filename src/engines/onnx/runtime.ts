/** ONNX Runtime, loaded when an engine is made: what it can run on, and what to do where it is missing. */
import { createRequire } from 'node:module';
import { arch, platform } from 'node:process';
import type * as Onnx from 'onnxruntime-node';
import { type Device, devices, EngineUnavailable } from '../engine.ts';

export type Runtime = typeof Onnx;

let loaded: Runtime | undefined;

/** @throws EngineUnavailable where the package or its binary for this machine is missing. */
export function loadRuntime(): Runtime {
  try {
    if (loaded) return loaded;
    loaded = createRequire(import.meta.url)('onnxruntime-node') as Runtime;
    // What fails is thrown as well; the runtime's own lines would only stand beside it.
    loaded.env.logLevel = 'fatal';
    return loaded;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new EngineUnavailable(
      `engine onnx: ONNX Runtime cannot be loaded on ${platform} ${arch} (${reason}); install the package ` +
        'onnxruntime-node, which has binaries for Linux, macOS and Windows on x64 and arm64, or use another engine',
      { why: 'cannot be loaded' },
    );
  }
}

/** The devices that the installed runtime was built for. Whether the hardware is there shows when it is used. */
export function offeredDevices(runtime: Runtime): readonly Device[] {
  const offered = new Set(runtime.listSupportedBackends().map(({ name }) => name));
  return devices.filter((device) => offered.has(device));
}

/** @throws EngineUnavailable with the list of devices, where the runtime does not offer this one. */
export function checkDevice(runtime: Runtime, device: Device): void {
  const offered = offeredDevices(runtime);
  if (!offered.includes(device))
    throw new EngineUnavailable(
      `engine onnx: the installed ONNX Runtime does not offer the device ${device}; it offers ${offered.join(', ')}`,
      { why: `does not offer the device ${device}` },
    );
}
