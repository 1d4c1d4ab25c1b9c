/** What can compute. The names are those of ONNX Runtime's execution providers; oneDNN and the reference know cpu only. */
export const devices = ['cpu', 'cuda', 'webgpu', 'coreml', 'dml'] as const;
export type Device = (typeof devices)[number];
