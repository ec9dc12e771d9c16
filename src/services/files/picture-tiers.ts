/** Which variants each preset makes of an image (specification: Pictures). */

import type { PictureTier } from '../runtime/pictures.ts';

/** The variants of a preset. */
export interface PicturePreset {
  tiers: readonly PictureTier[];
  /** The original is kept beside them. */
  original: boolean;
}

/** The preset of profile pictures. */
export const PROFILE_PICTURE = 'profile-picture';
/** The preset of the picture above a profile. */
export const COVER = 'cover';

const SIDES = { pf: 80, tn: 256, sd: 720, md: 1280, hd: 1920, xd: 3840 } as const;

type Quality = keyof typeof SIDES;

const PRESETS: Readonly<Record<string, { qualities: readonly Quality[]; original: boolean }>> = {
  default: { qualities: ['tn', 'sd', 'md', 'hd'], original: true },
  high_quality: { qualities: ['tn', 'sd', 'md', 'hd', 'xd'], original: true },
  archive: { qualities: ['tn'], original: true },
  mobile: { qualities: ['tn', 'sd', 'md'], original: false },
  cover: { qualities: ['tn', 'sd', 'md', 'hd'], original: false },
  [PROFILE_PICTURE]: { qualities: ['pf', 'tn', 'sd', 'md', 'hd'], original: false },
};

/** The preset that keeps files with their metadata (place, camera). */
const AS_IT_IS = 'archive';

/** The variants that a preset makes. An unknown preset makes those of `default`. */
export function picturePreset(preset: string): PicturePreset {
  const { qualities, original } = PRESETS[
    Object.hasOwn(PRESETS, preset) ? preset : 'default'
  ] as (typeof PRESETS)[string];
  const tiers = qualities.map((quality, index) => ({
    name: `vis.${quality}`,
    box: SIDES[quality],
    format: quality === 'pf' ? ('avif' as const) : ('webp' as const),
    always: index === 0,
  }));
  return { tiers, original };
}

/** Whether the original is kept although it has metadata (place, camera). Whoever may read the file may read that. */
export function keepsMetadata(preset: string): boolean {
  return preset === AS_IT_IS;
}
