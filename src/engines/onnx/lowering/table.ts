/** The rows of the table that differ from standard ONNX, by device. */
import { type Lowerings, standardLowerings } from '../../../onnx/index.ts';
import {
  directInputGradient,
  lowerConvolution,
  lowerConvolutionInputGradient,
  lowerConvolutionWeightGradient,
  weightGradientByProducts,
} from './convolution.ts';

/** For a processor, with direct convolutions only. */
export const directLowerings: Lowerings = {
  ...standardLowerings,
  convolutionInputGradient: directInputGradient,
  convolutionWeightGradient: weightGradientByProducts,
};

/** For a processor: Winograd where it pays. */
export const winogradLowerings: Lowerings = {
  ...standardLowerings,
  convolution: lowerConvolution,
  convolutionInputGradient: lowerConvolutionInputGradient,
  convolutionWeightGradient: lowerConvolutionWeightGradient,
};

/** For a GPU or another device: nothing that only ONNX Runtime's processor kernels know. */
export const deviceLowerings: Lowerings = standardLowerings;
