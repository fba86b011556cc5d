/** What a file that should be an ONNX model looks like from its first bytes. */

/** A finding about a file: what it is, and what to do about it. */
export interface Sniffed {
  readonly what: string;
  readonly hint: string;
}

const EXPORT = 'Export the model to ONNX first.';

const startsWith = (head: Uint8Array, offset: number, ascii: string): boolean =>
  head.length >= offset + ascii.length &&
  Buffer.from(head.buffer, head.byteOffset + offset, ascii.length).toString('latin1') === ascii;

const BINARY: readonly { readonly offset: number; readonly magic: string; readonly found: Sniffed }[] = [
  {
    offset: 4,
    magic: 'ORTM',
    found: {
      what: "a model in onnxruntime's own ORT format",
      hint: 'mlat reads the ONNX file that it was converted from: give that one.',
    },
  },
  { offset: 4, magic: 'TFL3', found: { what: 'a TensorFlow Lite model', hint: EXPORT } },
  { offset: 0, magic: '\x89HDF', found: { what: 'an HDF5 file (a Keras model?)', hint: EXPORT } },
  {
    offset: 0,
    magic: 'PK\x03\x04',
    found: {
      what: 'a zip archive (a PyTorch model, or a model still packed)',
      hint: 'Export it to ONNX, or unpack it.',
    },
  },
  { offset: 0, magic: '\x1f\x8b', found: { what: 'a gzip archive', hint: 'Unpack it first.' } },
  {
    offset: 0,
    magic: '\x93NUMPY',
    found: { what: 'a NumPy array', hint: 'Give the model, and this file as its input.' },
  },
];

/** UTF-8 without control characters: no ONNX file starts so, its first byte is a field number. */
const isText = (head: Uint8Array): boolean => {
  if (head.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) return false;
  try {
    // A sample may end inside a character, which `stream` allows.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
};

const sniffText = (text: string): Sniffed => {
  const start = text.trimStart().slice(0, 200).toLowerCase();
  if (start.startsWith('version https://git-lfs')) {
    return {
      what: 'a git-lfs pointer, not the model itself',
      hint: 'Run "git lfs pull" where it came from.',
    };
  }
  if (/^(?:<!doctype html|<html|<head|<\?xml)/.test(start)) {
    return {
      what: 'an HTML or XML page, perhaps an error page of a download',
      hint: 'Download the model again.',
    };
  }
  if (start.startsWith('{') || start.startsWith('[')) {
    return { what: 'JSON text', hint: 'Give the .onnx file.' };
  }
  return { what: 'plain text', hint: 'Give the .onnx file.' };
};

/**
 * What else the file is, judged by its first bytes (4 kB are plenty); null when it may be ONNX.
 */
export const sniff = (head: Uint8Array): Sniffed | null => {
  const binary = BINARY.find(({ offset, magic }) => startsWith(head, offset, magic));
  if (binary !== undefined) return binary.found;
  // safetensors: eight bytes of header length, then the header as JSON.
  if (head[6] === 0 && head[7] === 0 && startsWith(head, 8, '{"'))
    return { what: 'a safetensors file: weights without a graph', hint: EXPORT };
  if (head.length > 0 && isText(head)) return sniffText(new TextDecoder().decode(head));
  return null;
};
