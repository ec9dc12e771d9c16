/** What makes the variants of images. */
import type { Readable } from 'node:stream';

/** A size in which images are kept. */
export interface PictureTier {
  /** The name of the variant. */
  name: string;
  /** The longer side, in pixels. */
  box: number;
  format: 'avif' | 'webp';
  /** It is made of smaller images, too. */
  always: boolean;
}

/** One variant of an image. */
export interface MadeVariant {
  name: string;
  format: string;
  width: number;
  height: number;
  bytes: Uint8Array;
}

/** The variants of an image. */
export interface MadePicture {
  /** Pixels, as the image is shown: its orientation is applied. */
  width: number;
  height: number;
  /** The image has metadata, such as where it was taken. The variants have none. */
  metadata: boolean;
  variants: MadeVariant[];
}

/** The image to make variants of. */
export interface PictureInput {
  /** Reads the image. It is called once at most. */
  open: () => Readable;
  /** The format that the image has to have. */
  format: string;
  tiers: readonly PictureTier[];
}

/** Makes the variants of images. */
export interface Pictures {
  /**
   * @returns null when this installation can't: the optional package `sharp` is not there
   * @throws CloudilloError `usage.image` when the image can't be decoded within the limits; `rate.busy`; what the input throws
   */
  make(input: PictureInput): Promise<MadePicture | null>;
}
