/**
 * Text that comes out of a document is somebody else's: a label, a reason, the last lines of a
 * process that crashed. Before it goes to a terminal it loses everything that a terminal would obey.
 */

// Written with escapes only, so that this file holds no control character itself.
/** CSI sequences (colours, cursor), OSC sequences (titles, links), and the two-character escapes. */
const ESCAPES =
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]?|(?:\u001B\]|\u009D)[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)?|\u001B[ -/]*[0-~]?/gu;

/** What separates words or lines: tab, newline, vertical tab, form feed, return, NEL, the separators. */
const BLANKS = /[\s\u0085]+/gu;

/** The C0 and C1 controls that are left, DEL, and halves of surrogate pairs. */
const CONTROLS = /[\u0000-\u001F\u007F-\u009F\p{Surrogate}]/gu;

/**
 * Characters that take no room and change how others are shown: bidi overrides and isolates, zero
 * width spaces, the byte order mark, tags. The zero width joiner stays where it joins emoji.
 */
const INVISIBLE =
  /[\u00AD\u061C\u180E\u200B\u200C\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]|(?<!\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?)\u200D/gu;

/**
 * One line of text that is safe to print: without escape sequences and invisible characters, every
 * run of white space a single blank, every other control character shown as the replacement mark.
 */
export const clean = (text: string): string =>
  text
    .replace(ESCAPES, '')
    .replace(INVISIBLE, '')
    .replace(BLANKS, ' ')
    .replace(CONTROLS, '\uFFFD')
    .normalize('NFC')
    .trim();
