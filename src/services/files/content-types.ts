/** The media types of formats and file names. */

/** The media types of a descriptor's formats (`f=`). */
const BY_FORMAT: Readonly<Record<string, string>> = {
  aac: 'audio/aac',
  avi: 'video/x-msvideo',
  avif: 'image/avif',
  css: 'text/css',
  flac: 'audio/flac',
  gif: 'image/gif',
  html: 'text/html; charset=utf-8',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
  mkv: 'video/x-matroska',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  wav: 'audio/wav',
  weba: 'audio/webm',
  webm: 'video/webm',
  webp: 'image/webp',
};

/** The media type of a variant. An unknown format becomes `application/octet-stream`, which no browser runs. */
export function contentTypeOf(format: string): string {
  return BY_FORMAT[format] ?? 'application/octet-stream';
}

/** The media type for a file's extension. */
export function contentTypeOfName(fileName: string): string {
  const end = /\.([a-z0-9]{1,8})$/i.exec(fileName)?.[1]?.toLowerCase() ?? '';
  // No charset: the bytes were not examined.
  const known = Object.hasOwn(BY_FORMAT, end) ? BY_FORMAT[end] : undefined;
  return known?.split(';', 1)[0] ?? contentTypeOf('bin');
}
