import { isContentId } from './content-id.ts';
import { CloudilloError } from './errors.ts';

/** One rendition of a file. */
export interface Variant {
  /** `orig`, `<class>.<quality>`, or a bare quality in old descriptors. */
  name: string;
  blobId: string;
  /** Format, such as `webp` or `bin`. */
  format: string;
  /** Bytes. */
  size: number;
  /** Pixels; 0 for what has none. */
  width: number;
  height: number;
  /** Seconds. */
  duration?: number;
  /** Bits per second, in thousands. */
  bitrate?: number;
  pages?: number;
}

/** A file's descriptor: its hash is the file's ID. */
export interface Descriptor {
  version: 1 | 2;
  /** The file that this one belongs to. */
  root?: string;
  variants: Variant[];
}

const MAX_LENGTH = 64 * 1024;
const NAME = /^(?:(?:vis|vid|aud|doc|raw)\.)?(?:pf|tn|sd|md|hd|xd|orig)$/;
const WHOLE = /^(?:0|[1-9][0-9]*)$/;

/** What to take when the wanted quality isn't there, best first. */
const FALLBACKS: Readonly<Record<string, readonly string[]>> = {
  pf: ['tn'],
  tn: ['pf'],
  sd: ['md', 'tn', 'pf'],
  md: ['sd', 'tn'],
  hd: ['md', 'sd', 'tn'],
  xd: ['hd', 'md', 'sd', 'tn'],
  orig: ['xd', 'hd', 'md', 'sd', 'tn', 'pf'],
};

/**
 * Reads a descriptor: `d2,` with entries joined by `;`, or the legacy `d1~` with `,`. Keys stand in any order, unknown ones
 * are ignored.
 *
 * @throws `peer.descriptor`
 */
export function parseDescriptor(text: string): Descriptor {
  if (text.length > MAX_LENGTH) throw malformed(text, `it has ${text.length} characters; ${MAX_LENGTH} are allowed`);
  const version = text.startsWith('d2,') ? 2 : text.startsWith('d1~') ? 1 : null;
  if (version === null) throw malformed(text, 'it starts with neither d2, nor d1~');
  const entries = text.slice(3).split(version === 2 ? ';' : ',');
  const root = entries[0]?.startsWith('R=') ? entries.shift()?.slice(2) : undefined;
  if (root !== undefined && !isContentId(root, 'f1')) throw malformed(text, `its root ${root} is not a file ID`);
  const variants = entries.map((entry) => parseVariant(entry, text));
  if (new Set(variants.map(({ name }) => name)).size < variants.length)
    throw malformed(text, 'it names a variant twice');
  return { version, ...(root !== undefined && { root }), variants };
}

/** Writes a descriptor the way the network's server does, so that the same file gets the same ID. */
export function formatDescriptor({ version, root, variants }: Descriptor): string {
  const entries = variants.map(formatVariant);
  if (root !== undefined) entries.unshift(`R=${root}`);
  return version === 2 ? `d2,${entries.join(';')}` : `d1~${entries.join(',')}`;
}

/**
 * The variant to serve or fetch for a request of `wanted` (`vis.sd`, or a bare quality), else the original or the best.
 *
 * @returns `null` when the descriptor has nothing fitting
 */
export function chooseVariant(descriptor: Descriptor, wanted = 'orig'): Variant | null {
  const exact = descriptor.variants.find(({ name }) => name === wanted);
  if (exact) return exact;
  const { kind, quality } = splitName(wanted);
  for (const candidate of [quality, ...(FALLBACKS[quality] ?? [])]) {
    const found = descriptor.variants.find(({ name }) => {
      const parts = splitName(name);
      return parts.quality === candidate && (kind === null || (parts.kind ?? 'vis') === kind);
    });
    if (found) return found;
  }
  return null;
}

function splitName(name: string): { kind: string | null; quality: string } {
  const dot = name.indexOf('.');
  return dot < 0 ? { kind: null, quality: name } : { kind: name.slice(0, dot), quality: name.slice(dot + 1) };
}

function parseVariant(entry: string, text: string): Variant {
  const [name, blobId, ...properties] = entry.split(':');
  if (name === undefined || !NAME.test(name))
    throw malformed(text, `"${brief(entry)}" does not start with a variant name`);
  if (blobId === undefined || !isContentId(blobId, 'b1')) throw malformed(text, `variant ${name} has no blob ID`);
  const values = new Map<string, string>();
  for (const property of properties) {
    const equals = property.indexOf('=');
    if (equals < 1) throw malformed(text, `variant ${name} has "${brief(property)}", which is no key=value`);
    const key = property.slice(0, equals);
    if (values.has(key)) throw malformed(text, `variant ${name} has ${key}= twice`);
    values.set(key, property.slice(equals + 1));
  }
  const resolution = /^(0|[1-9][0-9]*)x(0|[1-9][0-9]*)$/.exec(values.get('r') ?? '');
  if (!resolution) throw malformed(text, `variant ${name} has no resolution (r=<width>x<height>)`);
  const format = values.get('f') ?? '';
  if (!/^[a-z0-9][a-z0-9.+-]{0,31}$/.test(format)) throw malformed(text, `variant ${name} has no format (f=)`);
  const whole = (key: string): number =>
    wholeNumber(values.get(key), () => malformed(text, `variant ${name} has a bad ${key}=`));
  const duration = Number(values.get('dur') ?? 0);
  if (!Number.isFinite(duration) || duration < 0) throw malformed(text, `variant ${name} has a bad dur=`);
  return {
    name,
    blobId,
    format,
    size: whole('s'),
    width: wholeNumber(resolution[1], () => malformed(text, `variant ${name} has a bad r=`)),
    height: wholeNumber(resolution[2], () => malformed(text, `variant ${name} has a bad r=`)),
    ...(duration > 0 && { duration }),
    ...(values.has('br') && { bitrate: whole('br') }),
    ...(values.has('pg') && { pages: whole('pg') }),
  };
}

function formatVariant({ name, blobId, format, size, width, height, duration, bitrate, pages }: Variant): string {
  const optional = [
    duration ? `:dur=${duration}` : '',
    bitrate ? `:br=${bitrate}` : '',
    pages ? `:pg=${pages}` : '',
  ].join('');
  return `${name}:${blobId}:f=${format}:s=${size}:r=${width}x${height}${optional}`;
}

function wholeNumber(text: string | undefined, error: () => CloudilloError): number {
  const value = text !== undefined && WHOLE.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw error();
  return value;
}

function brief(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function malformed(text: string, reason: string): CloudilloError {
  return new CloudilloError('peer.descriptor', `The file descriptor is malformed: ${reason}`, {
    stage: 'response',
    details: { descriptor: brief(text) },
  });
}
