/**
 * The few facts of a shared library that say whether it can be loaded: what it needs, where it looks
 * for it, for which processor it is, which texts are in its constants. 64-bit little-endian ELF, which
 * is what x64 and arm64 Linux have. Layout: man 5 elf.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface Elf {
  /** e_machine as Node names it: "x64", "arm64"; another number as text. */
  readonly arch: string;
  /** DT_NEEDED: names of the libraries it is linked against. */
  readonly needed: readonly string[];
  /** DT_RUNPATH, or DT_RPATH where there is none: folders, $ORIGIN not yet replaced. */
  readonly searched: readonly string[];
  /** Whether `searched` comes before LD_LIBRARY_PATH, as an RPATH does and a RUNPATH doesn't. */
  readonly searchedFirst: boolean;
}

const MACHINES: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64' };

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
const DT_STRSZ = 10n;
const DT_RPATH = 15n;
const DT_RUNPATH = 29n;

/** More than any library has; a damaged header must not make mlat read the whole disk. */
const MAX_TABLE = 16 * 2 ** 20;
const MAX_CONSTANTS = 512 * 2 ** 20;

type Read = (offset: number, length: number) => Buffer | null;

/** Opens a file for positional reads; `body` gets null for what lies beyond its end. */
const withFile = <T>(path: string, body: (read: Read) => T): T | null => {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    const { size } = fstatSync(file);
    return body((offset, length) => {
      if (offset < 0 || length < 0 || offset + length > size) return null;
      const buffer = Buffer.alloc(length);
      return readSync(file, buffer, 0, length, offset) === length ? buffer : null;
    });
  } catch {
    // A folder, or a disk that fails: nothing can be said of it.
    return null;
  } finally {
    closeSync(file);
  }
};

const isElf64 = (header: Buffer): boolean =>
  header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2 && header[5] === 1;

const textAt = (table: Buffer, offset: number): string => {
  const end = table.indexOf(0, offset);
  return table.toString('latin1', offset, end === -1 ? table.length : end);
};

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

const segmentsOf = (header: Buffer, read: Read): Segment[] => {
  const size = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  const table = size < 56 ? null : read(Number(header.readBigUInt64LE(32)), size * count);
  if (table === null) return [];
  return Array.from({ length: count }, (_, index) => {
    const at = index * size;
    return {
      type: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: Number(table.readBigUInt64LE(at + 16)),
      size: Number(table.readBigUInt64LE(at + 32)),
    };
  });
};

/** The dynamic section as pairs of tag and value. */
const dynamicOf = (segments: readonly Segment[], read: Read): [bigint, number][] => {
  const found = segments.find(({ type }) => type === PT_DYNAMIC);
  const section = found === undefined || found.size > MAX_TABLE ? null : read(found.offset, found.size);
  if (section === null) return [];
  const pairs = Array.from({ length: Math.floor(section.length / 16) }, (_, index): [bigint, number] => [
    section.readBigUInt64LE(index * 16),
    Number(section.readBigUInt64LE(index * 16 + 8)),
  ]);
  const end = pairs.findIndex(([tag]) => tag === 0n);
  return end === -1 ? pairs : pairs.slice(0, end);
};

/** Reads a shared library. Null when the file is missing or is not a 64-bit little-endian ELF file. */
export const readElf = (path: string): Elf | null =>
  withFile(path, (read) => {
    const header = read(0, 64);
    if (header === null || !isElf64(header)) return null;
    const segments = segmentsOf(header, read);
    const dynamic = dynamicOf(segments, read);
    const valueOf = (tag: bigint): number | undefined => dynamic.find(([other]) => other === tag)?.[1];
    const address = valueOf(DT_STRTAB);
    const home = segments.find(
      (segment) =>
        segment.type === PT_LOAD &&
        address !== undefined &&
        address >= segment.address &&
        address < segment.address + segment.size,
    );
    const size = valueOf(DT_STRSZ) ?? 0;
    const strings =
      address === undefined || home === undefined || size > MAX_TABLE
        ? null
        : read(home.offset + address - home.address, size);
    const machine = header.readUInt16LE(18);
    const arch = MACHINES[machine] ?? `machine ${machine}`;
    if (strings === null) return { arch, needed: [], searched: [], searchedFirst: false };
    const textsOf = (tag: bigint): string[] =>
      dynamic.filter(([other]) => other === tag).map(([, offset]) => textAt(strings, offset));
    const runpath = textsOf(DT_RUNPATH);
    const paths = runpath.length > 0 ? runpath : textsOf(DT_RPATH);
    return {
      arch,
      needed: textsOf(DT_NEEDED),
      searched: paths.flatMap((list) => list.split(':')).filter((folder) => folder !== ''),
      searchedFirst: runpath.length === 0,
    };
  });

/** The constants (.rodata) of a shared library; null when it has no such section. */
const constantsOf = (path: string): Buffer | null =>
  withFile(path, (read) => {
    const header = read(0, 64);
    if (header === null || !isElf64(header)) return null;
    const size = header.readUInt16LE(58);
    const count = header.readUInt16LE(60);
    const table = size < 64 ? null : read(Number(header.readBigUInt64LE(40)), size * count);
    if (table === null) return null;
    const place = (index: number): { offset: number; size: number } => ({
      offset: Number(table.readBigUInt64LE(index * size + 24)),
      size: Number(table.readBigUInt64LE(index * size + 32)),
    });
    const namesAt = header.readUInt16LE(62);
    if (namesAt >= count) return null;
    const { offset, size: length } = place(namesAt);
    const names = length > MAX_TABLE ? null : read(offset, length);
    if (names === null) return null;
    for (let index = 0; index < count; index++) {
      if (textAt(names, table.readUInt32LE(index * size)) !== '.rodata') continue;
      const section = place(index);
      return section.size > MAX_CONSTANTS ? null : read(section.offset, section.size);
    }
    return null;
  });

/** What the runtime calls its own version, in every one of its libraries: "1.30.0" between two zero bytes. */
const VERSION = /\0(1\.\d{1,3}\.\d{1,3})(?=\0)/g;

/** Version numbers that stand alone among a library's constants; null when there are none to be read. */
export const versionsIn = (path: string): string[] | null => {
  const constants = constantsOf(path);
  if (constants === null) return null;
  return [...new Set([...constants.toString('latin1').matchAll(VERSION)].map((match) => match[1] ?? ''))];
};
