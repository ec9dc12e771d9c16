import { CloudilloError } from '../../protocol/errors.ts';

/** What kind of thing a media type is, by the classes of descriptors (specification: Descriptors). */
export type MediaClass = 'vis' | 'vid' | 'aud' | 'doc' | 'raw';

/** How a file is kept: its class, and the format that its descriptor names. */
export interface Media {
  mediaClass: MediaClass;
  format: string;
}

/** The media types that the network's server knows; everything else is raw. */
const MEDIA: Readonly<Record<string, Media>> = {
  'image/jpeg': { mediaClass: 'vis', format: 'jpeg' },
  'image/png': { mediaClass: 'vis', format: 'png' },
  'image/webp': { mediaClass: 'vis', format: 'webp' },
  'image/avif': { mediaClass: 'vis', format: 'avif' },
  'image/gif': { mediaClass: 'vis', format: 'gif' },
  'image/svg+xml': { mediaClass: 'vis', format: 'svg' },
  'video/mp4': { mediaClass: 'vid', format: 'mp4' },
  'video/quicktime': { mediaClass: 'vid', format: 'mp4' },
  'video/webm': { mediaClass: 'vid', format: 'webm' },
  'video/x-matroska': { mediaClass: 'vid', format: 'mkv' },
  'video/x-msvideo': { mediaClass: 'vid', format: 'avi' },
  'audio/mpeg': { mediaClass: 'aud', format: 'mp3' },
  'audio/wav': { mediaClass: 'aud', format: 'wav' },
  'audio/ogg': { mediaClass: 'aud', format: 'ogg' },
  'audio/flac': { mediaClass: 'aud', format: 'flac' },
  'audio/aac': { mediaClass: 'aud', format: 'aac' },
  'audio/webm': { mediaClass: 'aud', format: 'weba' },
  'application/pdf': { mediaClass: 'doc', format: 'pdf' },
};
const RAW: Media = { mediaClass: 'raw', format: 'bin' };

/** What each preset takes, as on the network; a name that isn't here takes what `default` does. */
const PRESETS: Readonly<Record<string, readonly MediaClass[]>> = {
  default: ['vis', 'vid', 'aud', 'doc'],
  file: ['raw'],
  archive: ['vis', 'vid', 'aud', 'doc', 'raw'],
  podcast: ['aud', 'vid'],
  high_quality: ['vis', 'vid', 'aud'],
  mobile: ['vis', 'vid', 'aud'],
  video: ['vid'],
  'profile-picture': ['vis'],
  cover: ['vis'],
};

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(; ?[\w-]+=[\w!#$&^.+-]+)*$/;
/** It goes into views and into FSHR (action-types.json). */
const MAX_LENGTH = 255;

/**
 * How a preset keeps a file of this media type. `file` keeps anything, as it is.
 * @throws CloudilloError `usage.content-type`, `usage.media` when the preset doesn't take it
 */
export function mediaOf(preset: string, contentType: string): Media {
  if (!isMediaType(contentType)) {
    throw new CloudilloError('usage.content-type', `${JSON.stringify(contentType)} is not a media type`, {
      stage: 'input',
      hint: 'Write it like text/plain or image/png',
    });
  }
  const taken = PRESETS[preset] ?? PRESETS['default'] ?? [];
  const media = preset === 'file' ? RAW : knownMedia(contentType);
  if (taken.includes(media.mediaClass)) return media;
  throw new CloudilloError('usage.media', `The preset ${preset} doesn't take ${contentType}`, {
    stage: 'input',
    hint: 'The preset "file" takes anything, as it is',
  });
}

/** Media by its type; what isn't known is raw. */
export function knownMedia(contentType: string): Media {
  const essence = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return (Object.hasOwn(MEDIA, essence) && MEDIA[essence]) || RAW;
}

/** May this go into a header and a view? */
export function isMediaType(text: string): boolean {
  return text.length <= MAX_LENGTH && MEDIA_TYPE.test(text);
}
