/** Media types: their classes, and what each preset accepts. */
import { CloudilloError } from '../../protocol/errors.ts';

/** The classes of media types (specification: Descriptors). */
export type MediaClass = 'vis' | 'vid' | 'aud' | 'doc' | 'raw';

/** The class of a file, and its format in the descriptor. */
export interface Media {
  mediaClass: MediaClass;
  format: string;
}

/** The media types that the network's server knows. All others are raw. */
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

/** The classes that each preset takes, as in the network. Other presets take what `default` does. */
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
/** The longest media type: it goes into views and into FSHR (action-types.json). */
const MAX_LENGTH = 255;

/**
 * The class and format that a preset gives a file of this media type. `file` takes any type unchanged.
 * @throws CloudilloError `usage.content-type`, `usage.media` when the preset does not take it
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
    hint: 'The preset "file" accepts any type, unchanged',
  });
}

/** Class and format of a media type; raw for unknown types. */
export function knownMedia(contentType: string): Media {
  const essence = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return (Object.hasOwn(MEDIA, essence) && MEDIA[essence]) || RAW;
}

/** Whether the text is a media type that is safe in a header and a view. */
export function isMediaType(text: string): boolean {
  return text.length <= MAX_LENGTH && MEDIA_TYPE.test(text);
}
