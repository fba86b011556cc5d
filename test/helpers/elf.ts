/**
 * Tiny shared libraries for tests: ELF files that nothing could run, with just what the dynamic loader
 * and mlat's probe read of one.
 */

export interface FakeLibrary {
  /** DT_NEEDED. */
  readonly needed?: readonly string[];
  readonly runpath?: string;
  readonly rpath?: string;
  /** Texts in .rodata, each between zero bytes; left out: the file has no sections. */
  readonly constants?: readonly string[];
  /** e_machine; 62 is x64. */
  readonly machine?: number;
}

/** Addresses differ from offsets by this much, as they do in real libraries. */
const BASE = 0x10000;

const tableOf = (texts: readonly string[]): { bytes: Buffer; offsets: number[] } => {
  const offsets: number[] = [];
  let bytes = Buffer.from([0]);
  for (const text of texts) {
    offsets.push(bytes.length);
    bytes = Buffer.concat([bytes, Buffer.from(`${text}\0`, 'latin1')]);
  }
  return { bytes, offsets };
};

const words = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), index * 8);
  return bytes;
};

const segment = (type: number, offset: number, size: number): Buffer => {
  const bytes = Buffer.alloc(56);
  bytes.writeUInt32LE(type, 0);
  words(offset, BASE + offset, BASE + offset, size, size).copy(bytes, 8);
  return bytes;
};

const sectionHeader = (name: number, offset: number, size: number): Buffer => {
  const bytes = Buffer.alloc(64);
  bytes.writeUInt32LE(name, 0);
  words(offset, size).copy(bytes, 24);
  return bytes;
};

/** The bytes of a 64-bit little-endian shared library. */
export const fakeLibrary = ({
  needed = [],
  runpath,
  rpath,
  constants,
  machine = 62,
}: FakeLibrary): Buffer => {
  const paths = [...(rpath === undefined ? [] : [rpath]), ...(runpath === undefined ? [] : [runpath])];
  const strings = tableOf([...needed, ...paths]);
  const stringsAt = 64 + 2 * 56;
  const dynamicAt = stringsAt + strings.bytes.length;
  const pathsAt = strings.offsets.slice(needed.length);
  const dynamic = words(
    ...strings.offsets.slice(0, needed.length).flatMap((offset) => [1, offset]),
    ...(rpath === undefined ? [] : [15, pathsAt[0] ?? 0]),
    ...(runpath === undefined ? [] : [29, pathsAt.at(-1) ?? 0]),
    5,
    BASE + stringsAt,
    10,
    strings.bytes.length,
    0,
    0,
  );
  const rodata = Buffer.from(`junk\0${(constants ?? []).join('\0')}\0`, 'latin1');
  const rodataAt = dynamicAt + dynamic.length;
  const names = tableOf(['.rodata', '.shstrtab']);
  const namesAt = rodataAt + rodata.length;
  const sectionsAt = namesAt + names.bytes.length;
  const [rodataName = 0, namesName = 0] = names.offsets;
  const sections = Buffer.concat([
    sectionHeader(0, 0, 0),
    sectionHeader(rodataName, rodataAt, rodata.length),
    sectionHeader(namesName, namesAt, names.bytes.length),
  ]);

  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(2, 56);
  if (constants !== undefined) {
    header.writeBigUInt64LE(BigInt(sectionsAt), 40);
    header.writeUInt16LE(64, 58);
    header.writeUInt16LE(3, 60);
    header.writeUInt16LE(2, 62);
  }
  return Buffer.concat([
    header,
    segment(1, 0, sectionsAt),
    segment(2, dynamicAt, dynamic.length),
    strings.bytes,
    dynamic,
    rodata,
    names.bytes,
    sections,
  ]);
};
